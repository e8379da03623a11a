/** The three dashboards: how each is started, and where its chart stands in the page. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import path from "node:path";
import { serveIntern } from "./bridge.mjs";

async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  await once(server, "close");
  return port;
}

/** Starts a server and waits until it answers. */
async function serve(command, args, url, env, home) {
  const server = spawn(command, args, { env, cwd: home, stdio: "ignore" });
  const end = Date.now() + 120_000;
  for (;;) {
    if (await fetch(url).then((answer) => answer.ok, () => false)) break;
    if (server.exitCode !== null || Date.now() > end) throw new Error(`${command} does not answer at ${url}.`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  return {
    url,
    async close() {
      server.kill();
      if (server.exitCode === null) await once(server, "exit");
    },
  };
}

const SHOW = `
import sys, trackio
trackio.show(project="benchmark", open_browser=False, block_thread=True, share=False, server_port=int(sys.argv[1]))
`;

/** `chart` is the part of the page that holds lines and axes; what `drag` does is told in the results. */
export const DASHBOARDS = [
  {
    name: "Intern",
    chart: "intern-chart .u-wrap",
    plot: "intern-chart .u-over",
    points: "1,000 a series, min/max-LTTB of all; 2,000 for two widths of a zoomed view",
    drag: "pans",
    start: ({ bin, data, env }) => serveIntern(path.join(bin, "intern"), path.join(data, "intern"), env),
    /** The daemon ends with the benchmark, and not half an hour later. */
    after: ({ bin, data, env }) => once(spawn(path.join(bin, "intern"), ["stop-daemon"], { cwd: path.join(data, "intern"), env, stdio: "ignore" }), "exit"),
  },
  {
    name: "TensorBoard",
    chart: "line-chart",
    plot: "line-chart canvas",
    points: "1,000 a series, a sample; a zoom magnifies them",
    drag: "pans",
    async start({ bin, data, env, home, series }) {
      const port = String(await freePort());
      const args = ["--logdir", path.join(data, "tensorboard"), "--host", "127.0.0.1", "--port", port];
      const server = await serve(path.join(bin, "tensorboard"), args, `http://127.0.0.1:${port}/`, env, home);
      // It answers before it has read; what is measured is a server that has.
      for (;;) {
        const runs = await fetch(`${server.url}data/runs`).then((answer) => answer.json());
        if (runs.length === series) break;
        await new Promise((resolve) => setTimeout(resolve, 500));
      }
      await new Promise((resolve) => setTimeout(resolve, 20_000));
      return server;
    },
  },
  {
    name: "Trackio",
    chart: ".vega-embed",
    plot: ".vega-embed canvas",
    points: "3,000 a series at most",
    drag: "draws a brush: it does not pan",
    async start({ bin, data, env, home }) {
      const port = String(await freePort());
      const own = { ...env, TRACKIO_DIR: path.join(data, "trackio") };
      const url = `http://127.0.0.1:${port}/?project=benchmark`;
      return serve(path.join(bin, "python"), ["-c", SHOW, port], url, own, home);
    },
  },
];
