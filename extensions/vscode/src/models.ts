/** Who thinks in a session: asked of the daemon, kept in the setting intern.model. */
import * as vscode from "vscode";
import type { ModelChoice } from "./protocol";
import type { Server } from "./server";

/** The id that sessions start with. */
export function chosenModel(): string {
  return vscode.workspace.getConfiguration("intern").get<string>("model", "playbook") || "playbook";
}

export async function selectModel(server: Server): Promise<void> {
  const { models } = await server.request("intern/models", {});
  const now = chosenModel();
  const items = models.map((model) => ({
    label: `${model.available ? "" : "$(circle-slash) "}${model.title}`,
    description: model.id === now ? "chosen" : "",
    detail: model.available ? model.detail : `${model.detail} ${model.reason ?? "It is not available."}`.trim(),
    model,
  }));
  const chosen = await vscode.window.showQuickPick<(typeof items)[number]>(items, { title: "Who thinks?", matchOnDetail: true });
  if (chosen) await choose(chosen.model);
}

async function choose(model: ModelChoice): Promise<void> {
  if (!model.available) {
    void vscode.window.showWarningMessage(`${model.title} can't be chosen now: ${model.reason ?? "it is not available"}`);
    return;
  }
  const setting = vscode.workspace.getConfiguration("intern");
  const place = setting.inspect("model");
  const target = place?.workspaceValue === undefined ? vscode.ConfigurationTarget.Global : vscode.ConfigurationTarget.Workspace;
  await setting.update("model", model.id, target);
}
