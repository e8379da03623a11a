/** Bundles the panels; `--demo` the demo page too, `--serve` serves it until interrupted. */
import { context, build } from "esbuild";

const demo = process.argv.includes("--demo");
const options = {
  entryPoints: demo ? ["demo/demo.ts"] : ["src/index.ts"],
  outdir: demo ? "demo/built" : "dist",
  bundle: true,
  format: demo ? "iife" : "esm",
  target: "es2022",
  minify: !demo,
  sourcemap: demo,
  logLevel: "info",
};
if (process.argv.includes("--serve")) {
  const served = await context(options);
  const { hosts, port } = await served.serve({ servedir: "demo", host: "127.0.0.1", port: 8123 });
  console.log(`Demo: http://${hosts[0]}:${port}/`);
} else {
  await build(options);
}
