/** Approvals: what waits for the person, told once each, answered here or in the chat; what they allowed for longer. */
import * as vscode from "vscode";
import type { Model } from "./model";
import type { Approval, Permission } from "./protocol";
import type { Server } from "./server";
import { clock, count, number } from "./words";

interface Answer extends vscode.QuickPickItem {
  readonly deed?: () => Promise<void>;
}

export class Approvals implements vscode.Disposable {
  private readonly subscription: vscode.Disposable;
  /** Told already in this window. */
  private readonly told = new Set<string>();

  constructor(
    private readonly server: Server,
    private readonly model: Model,
    /** The view whose badge stands on Intern's icon. */
    private readonly view: vscode.TreeView<unknown>,
  ) {
    this.subscription = model.onChange(() => this.draw());
  }

  dispose(): void {
    this.subscription.dispose();
  }

  /** Everything that waits, and everything that is allowed. */
  async list(): Promise<void> {
    const { waiting, permissions } = await this.server.request("intern/approvals", {});
    if (waiting.length === 0 && permissions.length === 0) {
      return void vscode.window.showInformationMessage("Nothing waits for your approval, and nothing is allowed for longer than once.");
    }
    const items: Answer[] = [
      ...(waiting.length > 0 ? [separator("Waiting for you")] : []),
      ...waiting.map((approval) => ({
        label: `$(bell-dot) ${approval.title}`,
        detail: effects(approval),
        deed: () => this.ask(approval),
      })),
      ...(permissions.length > 0 ? [separator("Allowed")] : []),
      ...permissions.map((permission) => ({
        label: `$(pass) ${permission.covers}`,
        description: reach(permission),
        detail: `${permission.match} (choose to revoke)`,
        deed: () => this.revoke(permission),
      })),
    ];
    const chosen = await vscode.window.showQuickPick(items, { title: "Approvals", matchOnDetail: true });
    await chosen?.deed?.();
  }

  /** Every way to answer one question. */
  async ask(approval: Approval): Promise<void> {
    const answers: Answer[] = [
      separator(effects(approval)),
      { label: "$(check) Allow once", deed: () => this.grant(approval, "once") },
      { label: "$(check-all) Allow for this session", description: approval.covers, deed: () => this.grant(approval, "session") },
      {
        label: "$(pass-filled) Always allow",
        description: `${approval.covers}, in this workspace, until revoked`,
        deed: () => this.grant(approval, "always"),
      },
      { label: "$(circle-slash) Deny", description: "with a reason, if you like", deed: () => this.deny(approval) },
      { label: "$(comment-discussion) Show in chat", deed: async () => void vscode.commands.executeCommand("intern.openChat") },
    ];
    const options = { title: approval.title, placeHolder: approval.because, ignoreFocusOut: true };
    const chosen = await vscode.window.showQuickPick(answers, options);
    await chosen?.deed?.();
  }

  async deny(approval: Approval): Promise<void> {
    const reason = await vscode.window.showInputBox({
      title: `Deny: ${approval.title}`,
      prompt: "Why not? It is told to the agent, which then looks for another way. May be empty.",
      ignoreFocusOut: true,
    });
    if (reason === undefined) return;
    const answer = { approval: approval.id, answer: "deny" as const, reason: reason.trim() || null };
    await this.server.request("intern/approval/answer", answer);
  }

  async grant(approval: Approval, reach: "once" | "session" | "always"): Promise<void> {
    await this.server.request("intern/approval/answer", { approval: approval.id, answer: "grant", reach });
  }

  private async revoke(permission: Permission): Promise<void> {
    const detail = `${permission.match}\n\nThe next time the agent wants to, it asks again.`;
    const question = `Revoke: ${permission.covers}?`;
    if ((await vscode.window.showWarningMessage(question, { modal: true, detail }, "Revoke")) === undefined) return;
    await this.server.request("intern/permission/revoke", { permission: permission.id });
  }

  private draw(): void {
    const waiting = this.model.caughtUp ? this.model.waiting : [];
    if ((this.view.badge?.value ?? 0) !== waiting.length) {
      const tooltip = `${count(waiting.length, "approval")} ${waiting.length === 1 ? "waits" : "wait"} for you`;
      this.view.badge = waiting.length > 0 ? { value: waiting.length, tooltip } : undefined;
    }
    if (vscode.workspace.getConfiguration("intern").get("notifications") === "none") return;
    for (const approval of waiting) {
      if (this.told.has(approval.id)) continue;
      this.told.add(approval.id);
      this.notify(approval);
    }
  }

  private notify(approval: Approval): void {
    const deeds: Record<string, string> = { "Allow Once": "grantOnce", "More...": "answer", Deny: "deny" };
    const sentence = `${approval.title.replace(/\.$/, "")}? ${effects(approval)}`;
    void vscode.window.showWarningMessage(sentence, ...Object.keys(deeds)).then((chosen) => {
      // By command, so that a refusal is told like any other: somebody may have answered elsewhere.
      if (chosen) void vscode.commands.executeCommand(`intern.approval.${deeds[chosen]!}`, approval);
    });
  }
}

function separator(label: string): Answer {
  return { label, kind: vscode.QuickPickItemKind.Separator };
}

function reach(permission: Permission): string {
  return permission.reach === "session" ? `in ${permission.session ?? "its session"}` : "always, in this workspace";
}

/** `python train.py, 3 runs, about 0:40, on this machine, writes train.py`. */
function effects({ effects: told }: Approval): string {
  const cost = told.usd === null ? "at an unknown price" : number(told.usd) > 0 ? `about $${number(told.usd).toFixed(2)}` : "";
  const time = told.seconds === null ? "of unknown length" : number(told.seconds) > 0 ? `about ${clock(told.seconds)}` : "";
  const parts = [
    told.command ?? "",
    told.runs > 0 ? count(told.runs, "run") : "",
    time,
    cost,
    told.place === "local" ? "on this machine" : `on ${told.place}`,
    told.files.length > 0 ? `writes ${told.files.join(", ")}` : "",
  ];
  return parts.filter(Boolean).join(", ");
}
