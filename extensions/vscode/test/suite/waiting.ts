/** Waiting in tests: for a state, asked again at each event that can bring it, never longer than a limit. */
import * as vscode from "vscode";

/** Milliseconds. */
const LIMIT = 60_000;

/**
 * The first answer that is true.
 *
 * @param what for the error: `a finished run`.
 * @param ask looks once.
 * @param events those after which to look again.
 */
export function until<T>(
  what: string,
  ask: () => T | Promise<T>,
  events: vscode.Event<any>[],
  limit = LIMIT,
): Promise<NonNullable<T>> {
  return new Promise((resolve, reject) => {
    let last: unknown = "nothing was asked yet";
    let again = false;
    let asking = false;
    const end = (deed: () => void): void => {
      clearTimeout(timer);
      subscriptions.dispose();
      deed();
    };
    const look = async (): Promise<void> => {
      again = true;
      if (asking) return;
      asking = true;
      while (again) {
        again = false;
        try {
          const answer = await ask();
          if (answer) return end(() => resolve(answer as NonNullable<T>));
          last = answer;
        } catch (error) {
          last = error;
        }
      }
      asking = false;
    };
    const timer = setTimeout(() => {
      end(() => reject(new Error(`${what} did not come about in ${limit / 1000} s; the last look gave: ${String(last)}`)));
    }, limit);
    const subscriptions = vscode.Disposable.from(...events.map((event) => event(() => void look())));
    void look();
  });
}

/** For what the editor tells of by no event, such as the answers of a language server: fires ten times a second. */
export const tick: vscode.Event<void> = (listener) => {
  const timer = setInterval(() => listener(), 100);
  return new vscode.Disposable(() => clearInterval(timer));
};
