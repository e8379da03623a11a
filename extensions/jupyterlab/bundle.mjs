/** Bundles our sources and the shared panels into lib/index.js; JupyterLab's own packages stay outside. */
import { readFileSync } from "node:fs";
import { build } from "esbuild";

const { dependencies } = JSON.parse(readFileSync("package.json", "utf8"));

await build({
  entryPoints: ["src/index.ts"],
  outfile: "lib/index.js",
  bundle: true,
  format: "esm",
  target: "es2022",
  loader: { ".svg": "text" },
  external: Object.keys(dependencies),
  logLevel: "warning",
});
