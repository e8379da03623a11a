import { css, html, LitElement, nothing, type TemplateResult } from "lit";
import { controls } from "../controls.js";
import type { Folded } from "../folded.js";
import type { Host } from "../host.js";
import { define, sentence } from "../panel.js";
import type { Finding } from "../protocol.js";
import { tokens } from "../tokens.js";

/** What a person may do about a finding: try what it names, or say that it is not a problem. */
export class InternAnswering extends LitElement {
  static override styles = [tokens, controls, css`
    :host {
      background: none;
    }
    :host > * + * {
      margin-top: 6px;
    }
    ul {
      display: grid;
      gap: 6px;
      list-style: none;
      margin: 4px 0 0;
      padding: 0;
    }
    li,
    .actions {
      display: flex;
      flex-wrap: wrap;
      gap: 4px 10px;
      align-items: center;
    }
    li span {
      flex: 1 1 12em;
      min-width: 0;
      overflow-wrap: anywhere;
    }
    form {
      display: grid;
      gap: 6px;
    }
    form label {
      display: flex;
      gap: 6px;
      align-items: center;
    }
    form label.words {
      display: grid;
      gap: 2px;
    }
    input[type="text"] {
      background: var(--intern-input);
      color: var(--intern-input-text);
      border: 1px solid var(--intern-input-border);
      border-radius: 3px;
      padding: 2px 6px;
      min-height: 24px;
      min-width: 0;
    }
  `];
  static override properties = {
    host: { attribute: false },
    folded: { attribute: false },
    run: { attribute: false },
    finding: { attribute: false },
    offline: { attribute: false },
  };

  declare host: Host | undefined;
  declare folded: Folded;
  declare run: string;
  declare finding: Finding | undefined;
  declare offline: boolean;
  private asking = false;
  private sending = false;
  /** What came of the person's last wish. */
  private told: TemplateResult | null = null;

  override render(): TemplateResult | typeof nothing {
    const { finding } = this;
    if (!finding) return nothing;
    const suppressed = finding.suppressed ?? null; // an older daemon does not tell
    const off = this.sending || this.offline;
    return html`${finding.interventions.length && suppressed === null
        ? html`<p>What to try</p>
            <ul>
              ${finding.interventions.map(
                ({ intervention, text }) => html`<li>
                  <span>${text}</span>
                  <button aria-label="Try this: ${text}" ?disabled=${off} @click=${() => this.tryThis(finding, intervention)}>
                    Try this
                  </button>
                </li>`,
              )}
            </ul>`
        : nothing}
      <div role="status">${this.told}</div>
      ${suppressed !== null
        ? html`<p class="actions">
            <span class="muted">Not a problem: ${suppressed}</span>
            <button ?disabled=${off} @click=${() => this.takeBack(finding)}>Take back</button>
          </p>`
        : this.asking
          ? this.question(finding, off)
          : html`<p><button class="link" ?disabled=${off} @click=${() => this.ask(true)}>Not a problem…</button></p>`}`;
  }

  private question(finding: Finding, off: boolean): TemplateResult {
    return html`<form
      @submit=${(event: Event) => {
        event.preventDefault();
        void this.suppress(finding, new FormData(event.target as HTMLFormElement));
      }}
      @keydown=${(event: KeyboardEvent) => {
        if (event.key === "Escape") void this.ask(false);
      }}
    >
      <label class="words">Why is it not a problem? <input type="text" name="reason" required autocomplete="off" /></label>
      <label><input type="radio" name="where" value="run" checked />in this run</label>
      <label><input type="radio" name="where" value="workspace" />in every run of this workspace</label>
      <p class="actions">
        <button class="primary" ?disabled=${off}>Not a problem</button>
        <button type="button" @click=${() => this.ask(false)}>Back</button>
      </p>
    </form>`;
  }

  private async ask(asking: boolean): Promise<void> {
    this.asking = asking;
    this.requestUpdate();
    await this.updateComplete;
    this.renderRoot.querySelector<HTMLElement>(asking ? "input" : "button.link")?.focus();
  }

  private async tryThis({ rule, title }: Finding, intervention: string): Promise<void> {
    await this.wish(async (host) => {
      const wish = { intervention, because: `${rule}: ${title}` };
      const session = await host.request("intern/experiment/try", { wish });
      const refused = session.wishes.findLast((one) => one.intervention === intervention)?.refused ?? null;
      return refused === null
        ? html`<p>
            ${session.slug} measures it like any other change.
            <button class="link" @click=${() => {
              host.openPanel("improve");
            }}>Show</button>
          </p>`
        : html`<p><span class="critical">Refused.</span> ${refused}</p>`;
    });
  }

  private async suppress({ rule }: Finding, form: FormData): Promise<void> {
    const run = form.get("where") === "workspace" ? null : this.run;
    const reason = form.get("reason");
    await this.wish(async (host) => {
      await host.request("intern/finding/suppress", { rule, run, reason: typeof reason === "string" ? reason.trim() : "", active: true });
      this.asking = false;
      return null;
    });
  }

  private async takeBack({ rule }: Finding): Promise<void> {
    await this.wish(async (host) => {
      for (const { run } of this.folded.suppressions(rule, this.run))
        await host.request("intern/finding/suppress", { rule, run, active: false });
      return null;
    });
  }

  /** Do it, and show what came of it; what the daemon refuses is shown in its words. */
  private async wish(deed: (host: Host) => Promise<TemplateResult | null>): Promise<void> {
    if (!this.host) return;
    this.sending = true;
    this.requestUpdate();
    try {
      this.told = await deed(this.host);
    } catch (thrown) {
      this.told = html`<p><span class="critical">Refused.</span> ${sentence(thrown)}</p>`;
    }
    this.sending = false;
    this.requestUpdate();
  }
}

define("intern-answering", InternAnswering);
