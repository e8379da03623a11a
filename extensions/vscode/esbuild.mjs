/** Bundles the extension, the panels' page when the panels were built, and with --tests the suite. */
import { existsSync, rmSync } from "node:fs";
import { build } from "esbuild";

const production = process.argv.includes("--production");
const common = { bundle: true, minify: production, sourcemap: !production, logLevel: "warning" };
const node = { ...common, platform: "node", format: "cjs", target: "node20" };

if (production) rmSync("dist", { recursive: true, force: true });
await build({ ...node, entryPoints: ["src/extension.ts"], outfile: "dist/extension.js", external: ["vscode"] });
if (existsSync("../panels/dist/index.js")) {
  const page = { ...common, platform: "browser", format: "iife", target: "es2022" };
  await build({ ...page, entryPoints: ["webview/page.ts"], outfile: "dist/page.js" });
} else {
  console.warn("extensions/panels/dist is not built: this build carries no panels.");
}
if (process.argv.includes("--tests")) {
  await build({ ...node, entryPoints: ["test/suite/index.ts"], outfile: "dist-test/index.js", external: ["vscode", "mocha"] });
}
