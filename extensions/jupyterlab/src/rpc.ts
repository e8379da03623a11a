/** JSON-RPC 2.0 over one WebSocket of the Jupyter server, one message each. */
import { URLExt } from "@jupyterlab/coreutils";
import { ServerConnection } from "@jupyterlab/services";

interface Answer {
  id?: number;
  method?: string;
  params?: unknown;
  result?: unknown;
  error?: { message: string };
}

interface Question {
  resolve(result: unknown): void;
  reject(error: Error): void;
}

/** One connection, from its opening to its end. A new one is made after it. */
export class Rpc {
  private readonly waiting = new Map<number, Question>();
  private asked = 0;

  private constructor(
    private readonly socket: WebSocket,
    private readonly notified: (method: string, params: unknown) => void,
  ) {}

  /**
   * Rejects when the server lets nobody in.
   *
   * @param path a place of the contents API in the repository that is meant.
   * @param ended called once, with one sentence, when an open connection ends.
   */
  static open(
    settings: ServerConnection.ISettings,
    path: string,
    notified: (method: string, params: unknown) => void,
    ended: (reason: string) => void,
  ): Promise<Rpc> {
    const address = URLExt.join(settings.wsUrl, "intern", "api", "rpc");
    const query: Record<string, string> = { path };
    // Only where page and server have different hosts; else the login cookie is sent.
    if (settings.appendToken && settings.token) query.token = settings.token;
    const socket = new settings.WebSocket(address + URLExt.objectToQueryString(query));
    const rpc = new Rpc(socket, notified);
    return new Promise((resolve, reject) => {
      let open = false;
      socket.onopen = () => {
        open = true;
        resolve(rpc);
      };
      socket.onmessage = ({ data }: MessageEvent<string>) => {
        rpc.take(JSON.parse(data) as Answer);
      };
      socket.onclose = ({ code, reason }) => {
        const sentence = closed(code, reason);
        rpc.end(sentence);
        if (open) ended(sentence);
        else reject(new Error(sentence));
      };
    });
  }

  request(method: string, params: unknown): Promise<unknown> {
    this.asked += 1;
    const id = this.asked;
    return new Promise((resolve, reject) => {
      if (this.socket.readyState !== WebSocket.OPEN) {
        reject(new Error("The connection to Intern's daemon has ended; it is made again."));
        return;
      }
      this.waiting.set(id, { resolve, reject });
      this.socket.send(JSON.stringify({ jsonrpc: "2.0", id, method, params }));
    });
  }

  notify(method: string, params: unknown): void {
    if (this.socket.readyState === WebSocket.OPEN) {
      this.socket.send(JSON.stringify({ jsonrpc: "2.0", method, params }));
    }
  }

  close(): void {
    this.socket.close(1000);
  }

  private take(message: Answer): void {
    if (message.method !== undefined) {
      // A request of the daemon's (such as a refresh) wants an answer; nothing is all we say.
      if (message.id !== undefined) {
        this.socket.send(JSON.stringify({ jsonrpc: "2.0", id: message.id, result: null }));
      }
      this.notified(message.method, message.params);
      return;
    }
    const question = message.id === undefined ? undefined : this.waiting.get(message.id);
    if (message.id !== undefined) this.waiting.delete(message.id);
    if (message.error) question?.reject(new Error(message.error.message));
    else question?.resolve(message.result);
  }

  private end(sentence: string): void {
    for (const { reject } of this.waiting.values()) reject(new Error(sentence));
    this.waiting.clear();
  }
}

function closed(code: number, reason: string): string {
  if (code === 1012) return "Intern's daemon went away; it is started again.";
  if (code === 1006) return "The Jupyter server does not answer, or does not let this page in.";
  return `The connection to Intern's daemon ended (${reason || `code ${code}`}).`;
}
