import { html, nothing, type TemplateResult } from "lit";
import { type Folded, goesOn } from "../folded.js";
import type { Host } from "../host.js";
import { count } from "../numbers.js";
import type { Session } from "../protocol.js";

/** What a panel does for the person, with refusals shown in the daemon's words. */
type Wish = (deed: (host: Host) => Promise<unknown>) => Promise<void>;

/** Stopping a session: says what goes on running and offers to end it. */
export class Stopping {
  private asking = false;
  /** Runs that a stop left under way; null: nobody stopped. */
  private left: string[] | null = null;

  constructor(
    private readonly changed: () => void,
    private readonly wish: Wish,
  ) {}

  button(words: string): TemplateResult {
    return html`<button ?disabled=${this.asking} @click=${() => {
      this.ask(true);
    }}>${words}</button>`;
  }

  question(session: Session, folded: Folded): TemplateResult | typeof nothing {
    const { left } = this;
    if (left?.length) {
      return html`<div class="banner stop" role="status">
        <p>The session stopped. ${count(left.length, "run")} still under way: ${left.join(", ")}.</p>
        <button @click=${() => this.endRuns(left)}>End them</button>
      </div>`;
    }
    if (!this.asking || session.state !== "running") return nothing;
    const going = folded.sessionRuns(session.id).filter(goesOn);
    return html`<div class="banner stop" role="alertdialog" aria-label="Stop the session">
      <p>
        ${going.length
          ? `${count(going.length, "run")} under way: ${going.map(({ id }) => id).join(", ")}.`
          : "No run is under way."}
        Finished experiments stay; the session can be taken up again.
      </p>
      <button class="primary" @click=${() => this.stop(session, true)}>
        ${going.length ? "Stop, and end the runs" : "Stop"}
      </button>
      ${going.length
        ? html`<button @click=${() => this.stop(session, false)}>Stop, let the runs finish</button>`
        : nothing}
      <button @click=${() => {
        this.ask(false);
      }}>Go on</button>
    </div>`;
  }

  private ask(asking: boolean): void {
    this.asking = asking;
    this.changed();
  }

  private async stop(session: Session, stopRuns: boolean): Promise<void> {
    await this.wish(async (host) => {
      const told = await host.request("intern/session/stop", { session: session.id, stopRuns });
      this.left = told.stillRunning;
    });
    this.ask(false);
  }

  private async endRuns(runs: readonly string[]): Promise<void> {
    await this.wish(async (host) => {
      for (const run of runs) await host.request("intern/run/stop", { run });
      this.left = null;
    });
    this.changed();
  }
}
