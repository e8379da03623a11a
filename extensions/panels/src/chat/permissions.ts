import { css, html, LitElement, nothing, type TemplateResult } from "lit";
import { controls } from "../controls.js";
import type { Host } from "../host.js";
import { asNumber, timeOfDay } from "../numbers.js";
import { define, sentence } from "../panel.js";
import type { Permission } from "../protocol.js";
import { tokens } from "../tokens.js";

/** What the person allowed for longer than once, each with a way to take it back. */
export class InternPermissions extends LitElement {
  static override styles = [tokens, controls, css`
    :host {
      padding: 8px 16px 12px;
      border-bottom: 1px solid var(--intern-border);
      max-height: 50%;
      overflow: auto;
    }
    ul {
      list-style: none;
      margin: 4px 0 0;
      padding: 0;
    }
    li {
      display: flex;
      flex-wrap: wrap;
      gap: 4px 12px;
      align-items: baseline;
      padding: 3px 0;
      overflow-wrap: anywhere;
    }
    li span:first-child {
      flex: 1 1 12em;
    }
  `];
  /** `seen`: changes whenever a permission did, so that the list is read again. */
  static override properties = { host: { attribute: false }, seen: { attribute: false } };

  declare host: Host | undefined;
  declare seen: unknown;
  private permissions: readonly Permission[] | null = null;
  private error: string | null = null;

  override willUpdate(changed: Map<PropertyKey, unknown>): void {
    if (changed.has("host") || changed.has("seen")) void this.ask((host) => host.request("intern/approvals", {}));
  }

  private async ask(deed: (host: Host) => Promise<{ permissions: Permission[] }>): Promise<void> {
    if (!this.host) return;
    try {
      this.permissions = (await deed(this.host)).permissions;
      this.error = null;
    } catch (thrown) {
      this.error = sentence(thrown);
    }
    this.requestUpdate();
  }

  override render(): TemplateResult {
    const { permissions } = this;
    return html`<section aria-label="Permissions in force">
      <h3>Permissions in force</h3>
      ${this.error === null ? nothing : html`<p role="alert" class="critical">${this.error}</p>`}
      ${permissions === null
        ? nothing
        : permissions.length
          ? html`<ul>${permissions.map((one) => this.permission(one))}</ul>`
          : html`<p class="muted">None. What you allow for a session or always stands here, and can be taken back.</p>`}
    </section>`;
  }

  private permission({ id, covers, match, reach, created }: Permission): TemplateResult {
    return html`<li>
      <span title=${match}>${covers}</span>
      <span class="muted">${reach === "always" ? "always" : "this session"}, since ${timeOfDay(asNumber(created))}</span>
      <button
        aria-label="Revoke: ${covers}"
        @click=${() => this.ask((host) => host.request("intern/permission/revoke", { permission: id }))}
      >
        Revoke
      </button>
    </li>`;
  }
}

define("intern-permissions", InternPermissions);
