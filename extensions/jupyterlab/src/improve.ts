/** Improve This Training Run: the questions before it, and Stop. */
import { Dialog, showDialog } from "@jupyterlab/apputils";
import type { Session } from "../../panels/src/protocol";
import { goesOn } from "../../panels/src/folded";
import { confirm } from "./ask";
import { saveFirst } from "./dirty";
import type { Parts } from "./parts";

/** Returns whether a session was started. */
export async function improve(parts: Parts): Promise<boolean> {
  const { connection, settings, trans } = parts;
  const running = runningSession(parts);
  if (running) {
    const sentence = trans.__("%1 is improving this workspace already.", running.id);
    if (await confirm(trans.__("Improve"), sentence, trans.__("Stop It"))) await stop(parts);
    return false;
  }
  if (!(await saveFirst(parts, trans.__("What is on disk would be improved.")))) return false;
  const include = await askUncommitted(parts);
  if (include === null) return false;
  const model = ((await settings)?.composite.model ?? "playbook") as string;
  await connection.request("intern/improve", { includeUncommitted: include, model });
  return true;
}

export function runningSession({ folded }: Parts): Session | undefined {
  return [...folded.sessions.values()].find(({ state }) => state === "running");
}

/** Whether uncommitted changes are part of the start; null: cancelled. */
async function askUncommitted({ trans }: Parts): Promise<boolean | null> {
  const answer = await showDialog({
    title: trans.__("Improve this training run"),
    body: trans.__(
      "Intern tries one change at a time on a branch of its own and keeps what measurably helps. Your files stay as they are until you land something.",
    ),
    checkbox: {
      label: trans.__("Begin with my uncommitted changes"),
      caption: trans.__("Else with the last commit"),
      checked: true,
    },
    buttons: [Dialog.cancelButton(), Dialog.okButton({ label: trans.__("Start") })],
  });
  return answer.button.accept ? answer.isChecked === true : null;
}

/** Stop the session after telling which runs would go on. */
export async function stop(parts: Parts): Promise<void> {
  const { connection, folded, trans } = parts;
  const session = runningSession(parts);
  const live = [...folded.runs.values()].filter(goesOn);
  if (!session) {
    const runs = live.map(({ id }) => id);
    if (runs.length === 0) throw new Error(trans.__("Nothing goes on that could be stopped."));
    if (!(await confirm(trans.__("Stop"), runs.join(", "), trans.__("Stop Runs")))) return;
    for (const run of runs) await connection.request("intern/run/stop", { run });
    return;
  }
  const own = live.filter((run) => run.session === session.id);
  const answer = await showDialog({
    title: trans.__("Stop %1?", session.id),
    body: trans.__("What was kept so far stays on its branch."),
    ...(own.length > 0
      ? {
          checkbox: {
            label: trans._n("End its run too", "End its %1 runs too", own.length),
            caption: own.map(({ id }) => id).join(", "),
            checked: true,
          },
        }
      : {}),
    buttons: [Dialog.cancelButton(), Dialog.warnButton({ label: trans.__("Stop") })],
  });
  if (!answer.button.accept) return;
  const stopRuns = own.length === 0 || answer.isChecked === true;
  await connection.request("intern/session/stop", { session: session.id, stopRuns });
}
