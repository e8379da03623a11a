/** Review: kept experiments as groups of the SCM view, their diffs, and the decisions on hunks. */
import * as vscode from "vscode";
import { versionUri } from "./gitContent";
import type { Model } from "./model";
import type { Decision, Experiment, Hunk, Review } from "./protocol";
import type { Server } from "./server";
import { WorktreeDiff } from "./quickDiff";
import { count, gain, name, short } from "./words";

/** One changed file of one kept experiment. */
export interface Change extends vscode.SourceControlResourceState {
  readonly experiment: Experiment;
  readonly path: string;
  readonly hunks: Hunk[];
}

export interface Group extends vscode.SourceControlResourceGroup {
  resourceStates: Change[];
}

export class Reviewer implements vscode.Disposable {
  private readonly control: vscode.SourceControl;
  private readonly subscriptions: vscode.Disposable[];
  private readonly changed = new vscode.EventEmitter<void>();
  /** As they stand in the Source Control view. */
  groups: Group[] = [];
  private asked = 0;

  readonly onChange = this.changed.event;
  /** The newest session's hunks; null before they were read, or when nothing was kept. */
  review: Review | null = null;

  constructor(
    private readonly server: Server,
    private readonly model: Model,
  ) {
    this.control = vscode.scm.createSourceControl("intern", "Intern", server.folder.uri);
    this.control.inputBox.visible = false;
    this.control.quickDiffProvider = new WorktreeDiff(server, model);
    this.subscriptions = [
      model.onCaughtUp(() => void this.refresh()),
      model.onLive(({ body }) => {
        const judged = body.kind === "experiment" && body.experiment.verdict?.name === "keep";
        if (judged || ["session", "hunk", "landed"].includes(body.kind)) void this.refresh();
      }),
    ];
  }

  dispose(): void {
    vscode.Disposable.from(...this.subscriptions, ...this.groups, this.control, this.changed).dispose();
  }

  /** Ask for the hunks again. Only the answer to the newest question counts. */
  async refresh(): Promise<void> {
    const question = ++this.asked;
    const session = this.model.newestSession;
    const keeps = session !== undefined && this.model.kept(session.id).length > 0;
    const review = session && keeps
      ? await this.server.request("intern/review", { session: session.id }).catch((error: unknown) => {
          this.server.log.warn(`The changes were not read: ${String(error)}`);
          return null;
        })
      : null;
    if (question !== this.asked) return;
    this.show(review);
  }

  async decide(hunks: Hunk[], decision: Decision): Promise<void> {
    const ids = hunks.map((hunk) => hunk.id);
    if (ids.length === 0 || !this.review) return;
    const wish = { session: this.review.session, hunks: ids, decision };
    const review = await this.server.request("intern/review/decide", wish);
    this.asked += 1;
    this.show(review);
  }

  /** All files of all kept experiments in one editor. */
  async openAll(): Promise<void> {
    await this.refresh();
    const review = this.review;
    if (!review || this.groups.length === 0) {
      void vscode.window.showInformationMessage("There is nothing to review: no experiment was kept.");
      return;
    }
    const changes = this.groups.flatMap((group) => group.resourceStates);
    const title = `Intern: ${review.branch} -> ${review.target}`;
    await vscode.commands.executeCommand("vscode.changes", title, changes.map(sides));
  }

  /** The diff of one experiment against the one that it stands on. */
  async openExperiment(experiment: Experiment): Promise<void> {
    const paths = [...new Set(experiment.changes.map((change) => change.place.path))];
    const rows = paths.map((path) => sides({ experiment, path }));
    const title = `Intern: ${name(experiment)} ${experiment.title}`;
    if (rows.length !== 1) await vscode.commands.executeCommand("vscode.changes", title, rows);
    else await vscode.commands.executeCommand("vscode.diff", rows[0]![1], rows[0]![2], title);
  }

  /** `3 hunks: 1 accepted, 1 rejected, 1 open`. */
  summary(): string {
    return tally(this.review?.hunks ?? []);
  }

  private show(review: Review | null): void {
    this.review = review;
    vscode.Disposable.from(...this.groups).dispose();
    const kept = review ? this.model.kept(review.session) : [];
    this.groups = kept.flatMap((experiment) => this.group(experiment, review?.hunks ?? []));
    this.control.count = (review?.hunks ?? []).filter((hunk) => hunk.decision === "open").length;
    this.control.statusBarCommands = review
      ? [{ command: "intern.land", title: `$(git-merge) ${this.summary()}`, tooltip: "Land what is accepted" }]
      : [];
    void vscode.commands.executeCommand("setContext", "intern.hasReview", review !== null);
    this.changed.fire();
  }

  private group(experiment: Experiment, all: Hunk[]): Group[] {
    const hunks = all.filter((hunk) => hunk.experiment === experiment.id);
    if (hunks.length === 0) return [];
    const delta = gain(experiment.verdict?.effect ?? null);
    const label = `${name(experiment)} ${delta} (${tally(hunks)}) ${experiment.title}`;
    const group = this.control.createResourceGroup(experiment.id, label) as Group;
    const paths = [...new Set(hunks.map((hunk) => hunk.path))];
    group.resourceStates = paths.map((path) => this.change(experiment, path, hunks));
    return [group];
  }

  private change(experiment: Experiment, path: string, all: Hunk[]): Change {
    const hunks = all.filter((hunk) => hunk.path === path);
    const [, before, after] = sides({ experiment, path });
    const title = `${path} (${name(experiment)}: ${experiment.title})`;
    const done = hunks.every((hunk) => hunk.decision !== "open");
    return {
      resourceUri: vscode.Uri.file(`${this.server.root}/${path}`),
      command: { command: "vscode.diff", title: "Open Changes", arguments: [before, after, title] },
      decorations: { faded: done, strikeThrough: hunks.every((hunk) => hunk.decision === "rejected"), tooltip: tally(hunks) },
      contextValue: done ? "decided" : "open",
      experiment,
      path,
      hunks,
    };
  }
}

/** Label, left and right of a file's row in a multi-file diff. */
function sides({ experiment, path }: { experiment: Experiment; path: string }): [vscode.Uri, vscode.Uri, vscode.Uri] {
  const commit = experiment.commit ?? "HEAD";
  const after = changeUri(experiment, commit, path);
  return [after, changeUri(experiment, `${commit}^`, path), after];
}

/** A file's version, addressed as the diff of its experiment shows it. */
export function changeUri(experiment: Experiment | undefined, ref: string, path: string): vscode.Uri {
  // One label for both sides: other names would be shown as a renamed file.
  const label = experiment ? `${name(experiment)} ${experiment.title}` : short(ref);
  return versionUri({ ref, path }, label.replace(/[/\\]/g, " "));
}

function tally(hunks: Hunk[]): string {
  const told = (["accepted", "rejected", "open"] as const)
    .map((decision) => [hunks.filter((hunk) => hunk.decision === decision).length, decision] as const)
    .filter(([amount]) => amount > 0)
    .map(([amount, decision]) => `${amount} ${decision}`);
  return `${count(hunks.length, "hunk")}: ${told.join(", ")}`;
}
