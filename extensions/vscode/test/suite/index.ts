/** Mocha inside the extension host; the results go to a file that the driver prints. */
import { writeFileSync } from "node:fs";
import Mocha from "mocha";

export async function run(): Promise<void> {
  const mocha = new Mocha({ ui: "tdd", timeout: 60_000, bail: true });
  mocha.suite.emit("pre-require", globalThis, "", mocha);
  await import("./extension.test");
  const told: string[] = [];
  let failed = 0;
  let passed = 0;
  await new Promise<void>((done) => {
    const runner = mocha.run(() => done());
    runner.on("pass", (test) => {
      passed += 1;
      told.push(`ok   ${test.title} (${test.duration} ms)`);
    });
    runner.on("fail", (test, error: Error) => {
      failed += 1;
      told.push(`FAIL ${test.title}\n${error.stack}`);
    });
  });
  told.push(`${passed} passed, ${failed} failed`);
  writeFileSync(process.env["INTERN_TEST_RESULTS"]!, JSON.stringify({ told, failed }));
  if (failed > 0) throw new Error(`${failed} failed`);
}
