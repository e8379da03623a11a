/** What a quick fix asks for besides an edit of the text. */
import { InputDialog, Notification } from "@jupyterlab/apputils";
import type { Wish } from "../../../panels/src/protocol";
import { OPEN } from "../ids";
import type { Parts } from "../parts";

interface Wanted {
  run?: string;
  runs?: string[];
  rule?: string;
  wish?: Wish;
}

export async function runAction(parts: Parts, command: string, given: readonly unknown[]): Promise<void> {
  const wanted = (given[0] ?? {}) as Wanted;
  const { app, connection, trans } = parts;
  try {
    switch (command) {
      case "intern.tryCandidate":
        if (!wanted.wish) return;
        await connection.request("intern/experiment/try", { wish: wanted.wish });
        await app.commands.execute(OPEN.improve);
        return;
      case "intern.suppressFinding": {
        if (wanted.rule === undefined) return;
        const title = trans.__("Why is %1 not a problem here?", wanted.rule);
        const reason = await InputDialog.getText({ title, placeholder: trans.__("Kept in the workspace") });
        if (!reason.button.accept) return;
        const rule = { rule: wanted.rule, run: wanted.run ?? null, reason: reason.value ?? "" };
        await connection.request("intern/finding/suppress", rule);
        return;
      }
      case "intern.showFinding":
        await app.commands.execute(OPEN.diagnosis, wanted.run === undefined ? {} : { run: wanted.run });
        return;
      case "intern.openCurves":
        await app.commands.execute(OPEN.curves, { runs: wanted.runs ?? [] });
    }
  } catch (thrown) {
    Notification.error(thrown instanceof Error ? thrown.message : String(thrown), { autoClose: false });
  }
}
