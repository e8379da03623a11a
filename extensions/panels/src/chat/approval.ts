import { css, html, LitElement, nothing, type TemplateResult } from "lit";
import { repeat } from "lit/directives/repeat.js";
import { controls } from "../controls.js";
import type { Folded } from "../folded.js";
import type { Host } from "../host.js";
import { count, maybeNumber } from "../numbers.js";
import { define, sentence } from "../panel.js";
import type { AnswerApproval, Approval } from "../protocol.js";
import { tokens } from "../tokens.js";
import { answer } from "./entries.js";

/** The questions that wait for the person. */
export function approvalCards(host: Host | undefined, folded: Folded): TemplateResult | typeof nothing {
  const waiting = folded.waiting();
  if (!host || !waiting.length) return nothing;
  return html`<section class="approvals" aria-label="Waits for you">
    ${repeat(
      waiting,
      ({ id }) => id,
      (approval) => html`<intern-approval .host=${host} .approval=${approval}></intern-approval>`,
    )}
  </section>`;
}

/** Seconds in words that say they are an estimate. */
function estimate(seconds: number | null): string {
  if (seconds === null) return "unknown";
  if (seconds < 90) return `about ${Math.max(1, Math.round(seconds))} s`;
  return seconds < 5400 ? `about ${Math.round(seconds / 60)} min` : `about ${(seconds / 3600).toFixed(1)} h`;
}

/** One question of the agent, with everything that saying yes would do. */
export class InternApproval extends LitElement {
  static override styles = [tokens, controls, css`
    :host {
      background: var(--intern-raised);
      border: 1px solid var(--intern-border);
      border-left: 3px solid var(--intern-warning);
      border-radius: 4px;
      margin: 8px 12px;
      padding: 8px 12px 10px;
      overflow-wrap: anywhere;
      container-type: inline-size;
    }
    .card {
      display: grid;
      gap: 6px;
    }
    pre {
      margin: 0;
      padding: 4px 8px;
      border: 1px solid var(--intern-border);
      border-radius: 3px;
      background: var(--intern-background);
      white-space: pre-wrap;
      max-height: 8em;
      overflow: auto;
    }
    dl {
      display: grid;
      grid-template-columns: auto minmax(0, 1fr);
      gap: 2px 12px;
      margin: 0;
    }
    dd {
      margin: 0;
    }
    .actions {
      display: flex;
      flex-wrap: wrap;
      gap: 6px;
    }
    .actions button {
      white-space: normal;
      text-align: left;
    }
    label {
      display: grid;
      gap: 2px;
    }
    input {
      background: var(--intern-input);
      color: var(--intern-input-text);
      border: 1px solid var(--intern-input-border);
      border-radius: 3px;
      padding: 2px 6px;
      min-height: 24px;
      min-width: 0;
    }
  `];
  static override properties = { host: { attribute: false }, approval: { attribute: false } };

  declare host: Host | undefined;
  declare approval: Approval | undefined;
  /** The person says no, and is asked why. */
  private denying = false;
  private sending = false;
  private error: string | null = null;

  override render(): TemplateResult | typeof nothing {
    const { approval } = this;
    if (!approval) return nothing;
    return html`<div class="card" role="group" aria-label=${`Approval: ${approval.title}`}>
      <h3>${approval.title}</h3>
      ${this.told(approval)}
      ${this.error === null ? nothing : html`<p role="alert"><span class="critical">Refused.</span> ${this.error}</p>`}
      ${approval.state !== "waiting"
        ? html`<p class="muted">${answer(approval)}${approval.reason === null ? "." : `: ${approval.reason}`}</p>`
        : this.denying
          ? this.denial()
          : this.choices(approval)}
    </div>`;
  }

  private told({ because, covers, effects }: Approval): TemplateResult {
    const { command, place, runs, files } = effects;
    const usd = maybeNumber(effects.usd);
    const rows: [string, unknown][] = [
      ["Where", place],
      ...(runs ? [["Runs", count(runs, "run")] as [string, unknown]] : []),
      ["Time", estimate(maybeNumber(effects.seconds))],
      ["Price", usd === null ? "unknown" : usd === 0 ? "nothing" : `$${usd.toFixed(2)}`],
      ...(files.length ? [["Writes", html`<span class="mono">${files.join(", ")}</span>`] as [string, unknown]] : []),
      ["Because", because],
      ["Covers", html`${covers}<span class="muted">, if you allow it for longer</span>`],
    ];
    return html`${command === null ? nothing : html`<pre tabindex="0" aria-label="Command">${command}</pre>`}
      <dl>${rows.map(([name, what]) => html`<dt class="muted">${name}</dt><dd>${what}</dd>`)}</dl>`;
  }

  private choices({ covers }: Approval): TemplateResult {
    const allow = (reach: "once" | "session" | "always") => () => this.send({ answer: "grant", reach });
    return html`<div class="actions">
      <button class="primary" ?disabled=${this.sending} @click=${allow("once")}>Allow once</button>
      <button ?disabled=${this.sending} @click=${allow("session")}>Allow for this session</button>
      <button ?disabled=${this.sending} @click=${allow("always")}>Always for ${covers}</button>
      <button ?disabled=${this.sending} @click=${() => this.deny(true)}>Deny…</button>
    </div>`;
  }

  private denial(): TemplateResult {
    return html`<form
      class="card"
      @submit=${(event: Event) => {
        event.preventDefault();
        const reason = this.renderRoot.querySelector("input")?.value.trim() ?? "";
        void this.send({ answer: "deny", reason: reason === "" ? null : reason });
      }}
      @keydown=${(event: KeyboardEvent) => {
        if (event.key === "Escape") void this.deny(false);
      }}
    >
      <label>Why not? The agent is told; it may stay empty. <input type="text" name="reason" autocomplete="off" /></label>
      <div class="actions">
        <button class="primary" ?disabled=${this.sending}>Deny</button>
        <button type="button" @click=${() => this.deny(false)}>Back</button>
      </div>
    </form>`;
  }

  private async deny(denying: boolean): Promise<void> {
    this.denying = denying;
    this.requestUpdate();
    await this.updateComplete;
    const next = denying ? "input" : ".actions button:last-child";
    this.renderRoot.querySelector<HTMLElement>(next)?.focus();
  }

  private async send(how: Omit<AnswerApproval, "approval">): Promise<void> {
    const { host, approval } = this;
    if (!host || !approval) return;
    this.error = null;
    this.sending = true;
    this.requestUpdate();
    try {
      this.approval = await host.request("intern/approval/answer", { approval: approval.id, ...how });
    } catch (thrown) {
      this.error = sentence(thrown);
    }
    this.sending = false;
    this.requestUpdate();
  }
}

define("intern-approval", InternApproval);
