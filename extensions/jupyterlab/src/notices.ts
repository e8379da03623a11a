/** Notifications: progress of runs, verdicts, questions that wait. Nothing is told twice. */
import { Notification } from "@jupyterlab/apputils";
import type { Event, Experiment, Run, Session } from "../../panels/src/protocol";
import { goesOn } from "../../panels/src/folded";
import { OPEN } from "./ids";
import type { Parts } from "./parts";

export class Notices {
  private readonly told = new Set<string>();
  private readonly progress = new Map<string, string>();
  private past = true;
  private silent = false;

  constructor(private readonly parts: Parts) {
    void parts.settings.then((settings) => {
      const read = (): void => {
        this.silent = settings?.composite.notifications === false;
      };
      settings?.changed.connect(read);
      read();
    });
    parts.connection.onEvent((batch) => {
      const live = !this.past;
      this.past = false; // the first batch is what happened before this page
      for (const event of batch) this.tell(event, live);
    });
  }

  private tell({ body }: Event, live: boolean): void {
    if (this.silent) return;
    switch (body.kind) {
      case "run":
        { this.run(body.run, live); return; }
      case "experiment":
        if (live && body.experiment.verdict && body.experiment.number > 0) this.verdict(body.experiment);
        return;
      case "session":
        if (live && !["running", "interrupted"].includes(body.session.state)) this.session(body.session);
        return;
      case "approval":
        if (body.approval.state === "waiting" && this.once(body.approval.id)) {
          Notification.warning(body.approval.title, {
            autoClose: false,
            actions: [this.action(this.parts.trans.__("Show"), OPEN.chat)],
          });
        }
    }
  }

  private once(key: string): boolean {
    if (this.told.has(key)) return false;
    this.told.add(key);
    return true;
  }

  private action(label: string, command: string, args: Record<string, string> = {}): Notification.IAction {
    return { label, callback: () => void this.parts.app.commands.execute(command, args) };
  }

  /** Only the person's own: a session has dozens, and its panel. */
  private run(run: Run, live: boolean): void {
    if (run.session !== null) return;
    const { trans } = this.parts;
    const shown = this.progress.get(run.id);
    if (goesOn(run)) {
      const message = trans.__("%1 is running", run.id);
      const actions = [this.action(trans.__("Curves"), OPEN.curves)];
      if (shown === undefined) this.progress.set(run.id, Notification.emit(message, "in-progress", { autoClose: false, actions }));
      return;
    }
    const actions = [this.action(trans.__("Diagnose"), OPEN.diagnosis, { run: run.id })];
    const well = run.state === "succeeded";
    const message = well ? trans.__("%1 finished", run.id) : `${run.id} ${run.state}: ${run.message ?? run.cause ?? ""}`;
    const type = well ? "success" : "warning";
    if (shown !== undefined) {
      this.progress.delete(run.id);
      Notification.update({ id: shown, message, type, autoClose: 8000, actions });
    } else if (live && this.once(`${run.id}/${run.state}`)) Notification.emit(message, type, { autoClose: 8000, actions });
  }

  private verdict(experiment: Experiment): void {
    const verdict = experiment.verdict;
    if (verdict?.name !== "keep" || !this.once(`${experiment.id}/keep`)) return;
    const actions = experiment.commit === null ? [] : [this.action(this.parts.trans.__("Show"), OPEN.review, { commit: experiment.commit })];
    Notification.success(`${experiment.title}. ${verdict.reason}`, { autoClose: 8000, actions });
  }

  private session(session: Session): void {
    const { trans } = this.parts;
    if (!this.once(`${session.id}/${session.state}/${String(session.ended)}`)) return;
    const actions = [this.action(trans.__("Review"), OPEN.review)];
    if (session.report !== null) actions.push(this.action(trans.__("Report"), OPEN.report));
    const type = session.state === "failed" ? "error" : "info";
    Notification.emit(`${session.id} ${session.state}. ${session.reason ?? ""}`, type, { autoClose: false, actions });
  }
}
