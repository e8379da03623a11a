/** Status-bar item: what goes on now, and what is left of the budget. */
import type { IStatusBar } from "@jupyterlab/statusbar";
import { Widget } from "@lumino/widgets";
import { goesOn } from "../../panels/src/folded";
import { OPEN } from "./ids";
import { runningSession } from "./improve";
import type { Parts } from "./parts";

export function addStatus(bar: IStatusBar, parts: Parts): void {
  const { app, connection, folded } = parts;
  const item = new Widget({ node: document.createElement("button") });
  item.addClass("jp-Intern-status");
  item.node.addEventListener("click", () => {
    void app.commands.execute(folded.waiting().length > 0 ? OPEN.chat : OPEN.improve);
  });
  const draw = (): void => {
    const { text, caption } = face(parts);
    item.node.textContent = text;
    item.node.title = caption;
  };
  connection.onState(draw);
  connection.onEvent(draw);
  bar.registerStatusItem("@intern/jupyterlab:status", { item, align: "left", rank: 200 });
}

function face(parts: Parts): { text: string; caption: string } {
  const { connection, folded, trans } = parts;
  const { state } = connection;
  if (state.state === "connecting") return { text: trans.__("Intern: connecting"), caption: "" };
  if (state.state === "offline") return { text: trans.__("Intern: offline"), caption: state.reason };
  const question = folded.waiting()[0];
  if (question) return { text: trans.__("Intern: waiting for you"), caption: question.title };
  const session = runningSession(parts);
  const runs = [...folded.runs.values()].filter(goesOn);
  if (session) {
    const used = trans.__("%1 of %2 runs", session.spent.runs, session.budget.runs);
    return { text: `Intern: ${used}`, caption: trans._n("%1 run goes on", "%1 runs go on", runs.length) };
  }
  const run = runs.at(-1);
  if (run) {
    const { step, totalSteps } = run.progress;
    const share = totalSteps ? `${Math.round((100 * step) / totalSteps)} %` : trans.__("step %1", step);
    return { text: `Intern: ${run.id} ${share}`, caption: run.command };
  }
  return { text: trans.__("Intern: ready"), caption: folded.newestSession()?.reason ?? "" };
}
