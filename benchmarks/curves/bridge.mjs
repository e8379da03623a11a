/**
 * Stands where an editor's extension does: one `intern lsp`, connected before a panel opens, whose
 * events and answers it hands to the page.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { createRequire } from "node:module";

const panels = createRequire(new URL("../../extensions/panels/package.json", import.meta.url));
const { WebSocketServer } = panels("ws");
const { build } = panels("esbuild");

const PAGE = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Curves</title>
<style>html, body { height: 100%; margin: 0 }</style></head>
<body><script src="page.js"></script></body></html>`;

/** Serves the panel for a workspace; the address, and a way to end it. */
export async function serveIntern(intern, workspace, env) {
  const bundled = await build({
    entryPoints: [new URL("page.ts", import.meta.url).pathname],
    bundle: true,
    minify: true,
    write: false,
    target: "es2022",
    nodePaths: [new URL("../../extensions/panels/node_modules", import.meta.url).pathname],
    tsconfigRaw: { compilerOptions: { experimentalDecorators: true, useDefineForClassFields: false } },
  });
  const script = Buffer.from(bundled.outputFiles[0].contents);
  const daemon = spawn(intern, ["lsp"], { cwd: workspace, env, stdio: ["pipe", "pipe", "inherit"] });
  const send = (message) => {
    const body = Buffer.from(JSON.stringify({ jsonrpc: "2.0", ...message }));
    daemon.stdin.write(`Content-Length: ${body.length}\r\n\r\n`);
    daemon.stdin.write(body);
  };

  const pages = new Map();
  const events = [];
  let pageNumber = 0;
  let ready;
  const subscribed = new Promise((resolve) => (ready = resolve));
  const hear = (body) => {
    // Answers are passed on as they came; to read megabytes of numbers here would be no bridge's work.
    const id = /^\{"jsonrpc":"2\.0","id":"(\d+)\.(\d+)",/.exec(body.subarray(0, 60).toString("latin1"));
    if (id) {
      const [head, page, number] = id;
      const rest = body.subarray(head.length).toString();
      pages.get(page)?.send(`{"id":${number},${rest}`);
      return;
    }
    const message = JSON.parse(body.toString());
    const refused = /^(\d+)\.(\d+)$/.exec(message.id);
    if (refused) pages.get(refused[1])?.send(JSON.stringify({ id: Number(refused[2]), error: message.error }));
    if (message.method === "intern/event") events.push(message.params);
    if (message.id === "hello") {
      send({ method: "initialized", params: {} });
      send({ id: "events", method: "intern/subscribe", params: { since: 0 } });
    }
    if (message.id === "events") {
      const head = message.result.head;
      const wait = setInterval(() => {
        if ((events.at(-1)?.seq ?? 0) < head) return;
        clearInterval(wait);
        ready();
      }, 20);
    }
  };
  daemon.stdout.on("data", frames(hear));
  const params = { processId: process.pid, rootUri: null, capabilities: {}, initializationOptions: { intern: { protocol: { min: 1, max: 1 } } } };
  send({ id: "hello", method: "initialize", params });
  await subscribed;

  const server = createServer((request, response) => {
    const isScript = request.url === "/page.js";
    response.writeHead(200, { "content-type": isScript ? "text/javascript" : "text/html" });
    response.end(isScript ? script : PAGE);
  });
  new WebSocketServer({ server, perMessageDeflate: false }).on("connection", (socket) => {
    const page = String(++pageNumber);
    pages.set(page, socket);
    socket.on("close", () => pages.delete(page));
    socket.on("message", (data) => {
      const { id, method, params } = JSON.parse(data.toString());
      if (method === "$/cancelRequest") send({ method, params: { id: `${page}.${params.id}` } });
      else send({ id: `${page}.${id}`, method, params });
    });
    socket.send(JSON.stringify({ events }));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${server.address().port}/`,
    async close() {
      server.closeAllConnections();
      server.close();
      daemon.stdin.end();
      await once(daemon, "exit");
    },
  };
}

/** Takes LSP's frames apart. */
function frames(hear) {
  let chunks = [];
  let size = 0;
  let needed = 0;
  return (chunk) => {
    chunks.push(chunk);
    size += chunk.length;
    while (size && size >= needed) {
      const all = chunks.length === 1 ? chunks[0] : Buffer.concat(chunks);
      if (!needed) {
        const end = all.indexOf("\r\n\r\n");
        if (end < 0) {
          chunks = [all];
          return;
        }
        needed = end + 4 + Number(/Content-Length: (\d+)/i.exec(all.subarray(0, end).toString())[1]);
      }
      if (size < needed) {
        chunks = [all];
        return;
      }
      hear(all.subarray(all.indexOf("\r\n\r\n") + 4, needed));
      chunks = size > needed ? [all.subarray(needed)] : [];
      size -= needed;
      needed = 0;
    }
  };
}

/** Version of a package in node_modules of the panels. */
export function versionOf(name) {
  return JSON.parse(readFileSync(panels.resolve(`${name}/package.json`), "utf8")).version;
}
