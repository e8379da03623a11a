import type { Connection, ExportedFile, Host, Json, Theme, Unsubscribe, View } from "../src/host.js";
import type { Delta, Event, Float, Methods, Place, ReadSeries, Report, Run, Suppress, Suppressions } from "../src/protocol.js";
import { RecordedTalk } from "./recorded-talk.js";
import { compareRuns, readSeries, type Recorded } from "./recorded-series.js";
import recorded from "./recording.json";

interface Recording {
  events: Event[];
  series: Record<string, Recorded[]>;
  reports: Record<string, Report>;
}

export const recording = recorded as unknown as Recording;

/** What the demo shows: the whole recording, its middle, or a state that is hard to come by. */
export type Scene = "finished" | "live" | "empty" | "loading" | "offline" | "unreached" | "refused" | "rough" | "long";

/** A host that plays a recording instead of talking to a daemon. */
export class RecordedHost implements Host {
  /** Everything that was asked of the editor, oldest first. */
  readonly asked: string[] = [];
  private readonly listeners = new Set<(batch: readonly Event[]) => void>();
  private readonly writers = new Set<(delta: Delta) => void>();
  private readonly events: Event[];
  private readonly talk: RecordedTalk;
  private state = new Map<string, Json>();

  constructor(
    private readonly scene: Scene,
    readonly theme: Theme,
  ) {
    this.events = [...(scene === "rough" ? rough() : scene === "live" ? middle() : recording.events)];
    this.talk = new RecordedTalk(
      scene,
      this.events,
      (event) => {
        for (const listener of this.listeners) listener([event]);
      },
      (delta) => {
        for (const writer of this.writers) writer(delta);
      },
    );
  }

  request<M extends keyof Methods>(
    method: M,
    params: Methods[M]["params"],
  ): Promise<Methods[M]["result"]> {
    this.asked.push(method);
    if (this.scene === "refused")
      return Promise.reject(new Error("The column store of run-0001 can't be read; run `intern doctor`."));
    const answer = this.answer(method, params as Record<string, unknown>);
    return answer === null
      ? Promise.reject(new Error(`The recording has no answer to ${method}.`))
      : Promise.resolve(answer as Methods[M]["result"]);
  }

  private answer(method: keyof Methods, params: Record<string, unknown>): unknown {
    const run = typeof params.run === "string" ? params.run : "";
    if (method === "intern/run/series") {
      const series = run === LONG.id ? longSeries() : (recording.series[run] ?? []);
      return readSeries(series, params as unknown as ReadSeries);
    }
    if (method === "intern/run/compare") return compareRuns(this.events, params.runs as string[]);
    if (method === "intern/session/report") return recording.reports["sft-tiny-1"] ?? null;
    if (method === "intern/session/stop") {
      const session = this.events.findLast(({ body }) => body.kind === "session")?.body;
      return session?.kind === "session" ? { session: session.session, stillRunning: [] } : null;
    }
    if (method === "intern/experiment/try") {
      const session = this.events.findLast(({ body }) => body.kind === "session")?.body;
      return session?.kind === "session" ? { ...session.session, wishes: [params.wish] } : null;
    }
    if (method === "intern/finding/suppress") return this.suppress(params as unknown as Suppress);
    return this.talk.answer(method, params);
  }

  /** The findings come again with the person's word in them, as the daemon tells them. */
  private suppress({ rule, run, reason, active }: Suppress): Suppressions {
    const said = { rule, run: run ?? null, reason: reason ?? "", active: active ?? true };
    this.talk.happen({ kind: "suppressed", ...said });
    const told = this.events.findLast(({ body }) => body.kind === "findings" && body.run === run)?.body;
    if (told?.kind === "findings") {
      const findings = told.findings.map((finding) =>
        finding.rule === rule ? { ...finding, suppressed: said.active ? said.reason : null } : finding,
      );
      this.talk.happen({ ...told, findings });
    }
    return { active: said.active ? [said] : [] };
  }

  onEvent(listener: (batch: readonly Event[]) => void): Unsubscribe {
    if (this.scene === "loading" || this.scene === "unreached") return () => undefined;
    listener(this.scene === "empty" ? [] : this.events);
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  onConnection(listener: (connection: Connection) => void): Unsubscribe {
    const off = this.scene === "offline" || this.scene === "unreached";
    listener(
      this.scene === "loading"
        ? { state: "connecting" }
        : off
          ? { state: "offline", reason: "The daemon of this workspace does not answer; its log is .intern/daemon.log." }
          : { state: "online" },
    );
    return () => undefined;
  }

  onDelta(listener: (delta: Delta) => void): Unsubscribe {
    this.writers.add(listener);
    return () => this.writers.delete(listener);
  }

  reconnect(): void {
    this.asked.push("reconnect");
  }
  openFile(place: Place): void {
    this.asked.push(`open ${place.path}:${place.line}`);
  }
  openDiff(commit: string): void {
    this.asked.push(`diff ${commit}`);
  }
  openCurves(runs: readonly string[]): void {
    this.asked.push(`curves ${runs.join(" ")}`);
  }
  openPanel(panel: View, run?: string): void {
    this.asked.push(`panel ${panel}${run === undefined ? "" : ` ${run}`}`);
  }
  openText(title: string, text: string): void {
    this.asked.push(`text ${title}, ${text.length} characters`);
  }
  compareCode(one: string, other: string): void {
    this.asked.push(`compare ${one} ${other}`);
  }
  runCommand(command: string): void {
    this.asked.push(`command ${command}`);
  }
  openLink(href: string): void {
    this.asked.push(`link ${href}`);
  }
  copyText(text: string): void {
    this.asked.push(`copy ${text}`);
  }
  saveFile(file: ExportedFile): void {
    this.asked.push(`save ${file.name} ${file.content.size > 0 ? "filled" : "empty"}`);
    const link = document.createElement("a");
    link.href = URL.createObjectURL(file.content);
    link.download = file.name;
    link.click();
  }
  saveState(panel: string, state: Json): void {
    this.state = new Map(this.state).set(panel, state);
  }
  restoreState(panel: string): Json | undefined {
    return this.state.get(panel);
  }
}

/** The recording up to the moment when an experiment trains its second rung. */
function middle(): Event[] {
  const at = recording.events.findIndex(
    ({ body }) => body.kind === "experiment" && body.experiment.number === 8 && body.experiment.runs.length > 1,
  );
  const until = recording.events.findIndex(
    ({ body }, index) =>
      index > at && body.kind === "metrics" && Number(body.progress.etaSeconds ?? 0) > 1,
  );
  return recording.events.slice(0, until + 1);
}

const template = recording.events.find(({ body }) => body.kind === "run")?.body;
if (template?.kind !== "run") throw new Error("The recording has no run.");

const LONG: Run = {
  ...template.run,
  id: "run-9001",
  session: null,
  experiment: null,
  seed: 0,
  rung: 1,
  state: "failed",
  cause: "out_of_memory",
  message: "The trainer ran out of memory at step 3,000; halve the batch size.",
  progress: { step: 3000, totalSteps: 4000, loss: "NaN", rows: 3000, etaSeconds: null },
  dev: null,
};

/** Noise, spikes, a broken stretch and a name longer than any chart is wide. */
function longSeries(): Recorded[] {
  let seed = 7;
  const noise = (): number => {
    seed = (seed * 16807) % 2147483647;
    return seed / 2147483647 - 0.5;
  };
  const steps = Array.from({ length: 3000 }, (_, index) => index + 1);
  const times = steps.map((step) => 1_795_459_000 + step * 0.4);
  const loss = steps.map((step): Float => {
    if (step > 2900) return "NaN";
    if (step % 700 === 0) return 40 + noise();
    if (step === 1234) return "Infinity";
    return 0.4 + 2.2 * Math.exp(-step / 600) + 0.5 * noise();
  });
  const reward = steps.map((step): Float => Math.tanh(step / 900) + 0.4 * noise());
  const series = (name: string, values: Float[]): Recorded => ({ name, steps, values, times });
  return [
    series("loss", loss),
    series("rewards/a_reward_function_with_a_name_that_goes_on_and_on_and_on_for_ever/mean", reward),
    series("system/gpu_memory_gb", steps.map((step) => 60 + 18 * Math.min(1, step / 2800))),
  ];
}

/** The recording with agent text that tries to be HTML, long names, and a run that broke. */
function rough(): Event[] {
  const hostile = "<img src=x onerror=alert(1)> a title that is far longer than the panel is wide, because the agent explained its whole idea in it, twice: ";
  const events = recording.events.map((event): Event => {
    if (event.body.kind === "findings") {
      const findings = event.body.findings.map((finding) => ({
        ...finding,
        explanation: `<img src=x onerror=alert(1)> [run](command:x) <script>alert(1)</script> ${finding.explanation}`,
      }));
      return { ...event, body: { ...event.body, findings } };
    }
    if (event.body.kind !== "experiment" || event.body.experiment.number !== 3) return event;
    const experiment = { ...event.body.experiment, title: hostile.repeat(2), hypothesis: "**bold** <script>alert(1)</script>" };
    return { ...event, body: { kind: "experiment", experiment } };
  });
  const last = events.at(-1);
  return [...events, { seq: (last?.seq ?? 0) + 1, time: last?.time ?? 0, body: { kind: "run", run: LONG } }];
}
