/** Mocha inside the extension host; each happening is a line of a file that the driver follows. */
import { appendFileSync } from "node:fs";
import Mocha from "mocha";
import type { Line } from "./told";

export async function run(): Promise<void> {
  const tell = (line: Line): void => appendFileSync(process.env["INTERN_TEST_RESULTS"]!, `${JSON.stringify(line)}\n`);
  const mocha = new Mocha({ ui: "tdd", timeout: 90_000 });
  mocha.suite.emit("pre-require", globalThis, "", mocha);
  try {
    await import("./all");
    let passed = 0;
    await new Promise<void>((done) => {
      const runner = mocha.run((failed) => {
        tell({ kind: "end", passed, failed });
        done();
      });
      runner.on("test", (test) => tell({ kind: "begin", title: test.title }));
      runner.on("pass", (test) => {
        passed += 1;
        tell({ kind: "pass", title: test.title, milliseconds: test.duration ?? 0 });
      });
      runner.on("fail", (test, error: Error) => tell({ kind: "fail", title: test.title, error: error.stack ?? String(error) }));
    });
  } catch (error) {
    tell({ kind: "fail", title: "the suite can't be loaded", error: String((error as Error).stack) });
    tell({ kind: "end", passed: 0, failed: 1 });
  }
}
