import { concerns, key } from "../src/chat/pages.js";
import type {
  Approval,
  Conversation,
  Delta,
  Entry,
  Event,
  Happening,
  Mention,
  Message,
  Methods,
  Permission,
  PlanItem,
  SlashCommand,
  Step,
} from "../src/protocol.js";

const SESSION = "sft-tiny-1";
const STEPS = 5000;
/** Milliseconds between two pieces of an answer. */
const PACE = 25;

const COMMANDS: SlashCommand[] = [
  { name: "/help", arguments: "", summary: "What can be asked without a language model." },
  { name: "/why", arguments: "[experiment]", summary: "Why a change was tried, and what came of it." },
  { name: "/next", arguments: "", summary: "What would be tried next, with worth and cost." },
  { name: "/explain", arguments: "[finding]", summary: "What a finding means, its numbers and its source." },
  { name: "/status", arguments: "", summary: "Where the session stands." },
  { name: "/try", arguments: "SETTING VALUE", summary: "Measure a value of your own." },
];
const MENTIONS: Mention[] = [
  { kind: "file", ref: "train.py", label: "train.py:22", detail: "the learning rate", line: 22 },
  { kind: "file", ref: "evaluate.py", label: "evaluate.py", detail: "locked", line: null },
  { kind: "run", ref: "run-0001", label: "run-0001", detail: "baseline, seed 0", line: null },
  { kind: "experiment", ref: `${SESSION}/8`, label: "exp 8", detail: "epochs 1 -> 3, keep", line: null },
  { kind: "finding", ref: "run-0001/S16", label: "S16", detail: "the learning rate is too low", line: null },
  { kind: "dataset", ref: "data/train.jsonl", label: "data/train.jsonl", detail: "2,480 rows", line: null },
];
const ANSWER = `**Exp 8** tripled the epochs because the loss was still falling when [run-0020](intern:run/run-0020) ended.

- It stands on [exp 6](intern:experiment/${SESSION}/6), at [train.py:22](intern:file/train.py#L22).
- Its effect is **+0.062** over 2 seeds, above the noise floor of 0.030.
- [S16](intern:finding/run-0001/S16) had named the learning rate before; that was [exp 1](intern:experiment/${SESSION}/1).

| change | effect | verdict |
| --- | --- | --- |
| epochs 1 -> 2 | +0.167 at rung 1/3 | discard |
| epochs 1 -> 3 | +0.062 | keep |

\`\`\`python
num_train_epochs=3,
\`\`\`

The playbook says why in [its own words](https://example.org/playbook).`;
const HOSTILE = `<img src=x onerror=alert(1)> ![pixel](https://example.org/seen.png) [run](command:x) [x](javascript:alert(1)) <script>alert(1)</script>

${"a_name_without_any_place_to_break_it_that_goes_on_".repeat(8)}`;

/** A step with an observation of 4,000 characters of its own. */
function filled(body: Happening): void {
  if (body.kind !== "step") return;
  const { observation, number } = body.step;
  body.step.observation = observation.slice(0, 4000).padEnd(4000, `, and what step ${number} printed`);
}

/** Conversations of the demo: the recorded session's, with questions and answers added. */
export class RecordedTalk {
  readonly commands = COMMANDS;
  private readonly entries: Entry[] = [];
  private readonly conversation: Conversation;
  private seq: number;
  private readonly time: number;
  private messages = 0;
  private writing = 0;
  private revoked = false;

  constructor(
    private readonly scene: string,
    events: Event[],
    private readonly tell: (event: Event) => void,
    private readonly write: (delta: Delta) => void,
  ) {
    this.seq = events.at(-1)?.seq ?? 0;
    this.time = Number(events.at(-1)?.time ?? 0);
    this.conversation = {
      id: SESSION,
      title: "Improve sft-tiny: exact_match 0.24 and what stands in its way",
      session: SESSION,
      created: this.time - 400,
      updated: this.time,
      answering: false,
      unread: true,
    };
    if (scene === "empty") return;
    if (scene === "long") this.many(events);
    else this.few(events);
    for (const [question, answer] of [
      ["Why did you do that? @exp 8", scene === "rough" ? HOSTILE + ANSWER : ANSWER],
      [scene === "rough" ? HOSTILE : "/status", "Finished: dev exact_match **0.24 → 0.93**, noise 0.03, 47 of 60 runs."],
    ] as const)
      this.enter(this.message("person", question), this.message("agent", answer));
    events.push(...this.state(scene));
  }

  /** The events that a page folds, besides those of the recording. */
  private state(scene: string): Event[] {
    const other: Conversation = { ...this.conversation, id: "chat-1", title: "How long does it take?", session: null, unread: false, updated: this.time - 9e5 };
    const bodies: Happening[] = [
      { kind: "conversation", conversation: other },
      { kind: "conversation", conversation: this.conversation },
      { kind: "plan", session: SESSION, items: PLAN },
      ...PERMISSIONS.map((permission): Happening => ({ kind: "permission", permission })),
    ];
    if (scene === "live") {
      const asked: Happening = { kind: "approval", approval: APPROVAL };
      this.enter(asked);
      bodies.push(asked);
    }
    return bodies.map((body) => this.event(body));
  }

  private few(events: readonly Event[]): void {
    const states = new Map<string, string>();
    for (const event of events) {
      if (!concerns(event.body, this.conversation)) continue;
      if (event.body.kind === "session") {
        const { id, state } = event.body.session;
        if (states.get(id) === state) continue;
        states.set(id, state);
      }
      const known = this.entries.find((entry) => key(entry.event) === key(event));
      if (known) known.event = event;
      else this.entries.push({ position: this.entries.length + 1, event });
    }
    const granted: Approval = { ...APPROVAL, id: "approval-0", state: "granted", reach: "session", answered: this.time };
    this.enter({ kind: "approval", approval: granted });
  }

  /** The steps of the recording again and again. */
  private many(events: readonly Event[]): void {
    const steps = events.flatMap(({ body }) => (body.kind === "step" ? body.step : []));
    for (let number = 1; number <= STEPS; number += 1) {
      const step = steps[number % steps.length];
      if (!step) return;
      this.enter({ kind: "step", step: { ...step, number } });
      if (number % 50 === 0) this.enter(this.message("agent", ANSWER));
    }
  }

  private event(body: Happening): Event {
    this.seq += 1;
    return { seq: this.seq, time: this.time, body };
  }

  private enter(...bodies: Happening[]): void {
    for (const body of bodies) this.entries.push({ position: this.entries.length + 1, event: this.event(body) });
  }

  private message(author: Message["author"], text: string, state: Message["state"] = "done"): Happening & { kind: "message" } {
    this.messages += 1;
    const id = `${SESSION}/${this.messages}`;
    const mentions = MENTIONS.filter(({ label }) => author === "person" && text.includes(`@${label}`));
    const message: Message = {
      id, conversation: SESSION, author, text, mentions, state, thread: null, answers: null, reason: null, created: this.time,
    };
    return { kind: "message", message };
  }

  /** An answer; null: this is no question of the chat. */
  answer(method: keyof Methods, params: Record<string, unknown>): unknown {
    switch (method) {
      case "intern/chat/list":
        return { conversations: this.entries.length ? [this.conversation] : [] };
      case "intern/chat/commands":
        return { commands: COMMANDS };
      case "intern/models":
        return { models: [{ id: "playbook", title: "Playbook", detail: "local, free", available: true, reason: null }] };
      case "intern/chat/transcript":
        return this.page((params.before as number | null) ?? Infinity, params.limit as number);
      case "intern/chat/step":
        return this.step(params.number as number);
      case "intern/chat/complete":
        return {
          mentions: MENTIONS.filter(
            ({ kind, label }) =>
              (!params.kind || params.kind === kind) && label.includes(String(params.prefix)),
          ),
        };
      case "intern/chat/say":
        return this.say(String(params.text));
      case "intern/chat/stop":
        this.writing += 1;
        return this.conversation;
      case "intern/chat/read":
        return this.conversation;
      case "intern/approvals":
        return { waiting: [APPROVAL], permissions: this.revoked ? [] : PERMISSIONS };
      case "intern/permission/revoke":
        for (const one of PERMISSIONS) this.happen({ kind: "permission", permission: { ...one, revoked: this.time } });
        this.revoked = true;
        return { waiting: [APPROVAL], permissions: [] };
      case "intern/approval/answer": {
        const granted = params.answer === "grant";
        const approval = {
          ...APPROVAL, state: granted ? "granted" : "denied", reach: granted ? params.reach : null,
          reason: params.reason ?? null, answered: this.time,
        } as Approval;
        this.happen({ kind: "approval", approval });
        return approval;
      }
      default:
        return null;
    }
  }

  private page(before: number, limit: number): Methods["intern/chat/transcript"]["result"] {
    const all = this.entries.filter(({ position }) => position < before);
    // As over the wire: nothing of an answer is shared with the daemon.
    const told = structuredClone({ entries: all.slice(-limit), earlier: all.length > limit, head: this.seq, plan: PLAN });
    if (this.scene === "long") for (const { event } of told.entries) filled(event.body);
    return told;
  }

  private step(number: number): Step | null {
    const found = this.entries.find(({ event }) => event.body.kind === "step" && event.body.step.number === number);
    return found?.event.body.kind === "step" ? found.event.body.step : null;
  }

  /** Something happens now: it is told, and replaces what is known of the same thing. */
  happen(body: Happening): void {
    const event = this.event(body);
    const known = this.entries.find((entry) => key(entry.event) === key(event));
    if (known) known.event = event;
    else if (concerns(body, this.conversation)) this.entries.push({ position: this.entries.length + 1, event });
    this.tell(event);
  }

  private say(text: string): Message {
    const said = this.message("person", text);
    this.happen(said);
    const answer = this.message("agent", "", "streaming");
    this.happen({ kind: "conversation", conversation: { ...this.conversation, answering: true } });
    this.happen(answer);
    const writing = this.writing + 1;
    this.writing = writing;
    const pieces = ANSWER.match(/[\s\S]{1,24}/g) ?? [];
    const { id } = answer.message;
    const next = (index: number, offset: number): void => {
      const piece = pieces[index];
      if (piece !== undefined && this.writing === writing) {
        this.write({ conversation: SESSION, message: id, offset, text: piece });
        setTimeout(next, PACE, index + 1, offset + piece.length);
        return;
      }
      const state = piece === undefined ? "done" : "stopped";
      const reason = piece === undefined ? null : "You stopped it.";
      this.happen({ kind: "message", message: { ...answer.message, text: ANSWER.slice(0, offset), state, reason } });
      this.happen({ kind: "conversation", conversation: { ...this.conversation, unread: false } });
    };
    setTimeout(next, PACE, 0, 0);
    return said.message;
  }
}

const PLAN: PlanItem[] = [
  { text: "Measure the baseline with 3 seeds", state: "done" },
  { text: "Learning rate 1e-4 -> 1e-3, because of S16", state: "done" },
  { text: "Epochs 1 -> 3", state: "doing" },
  { text: "Warm-up 10 %", state: "skipped" },
  { text: "Finish the incumbent with full runs", state: "open" },
  { text: "Open the sealed test, once, and write the report", state: "open" },
];
const APPROVAL: Approval = {
  id: "approval-1",
  session: SESSION,
  tool: "try_candidates",
  effect: "run",
  title: "Train 2 candidates on this machine",
  because: "S16: the learning rate of 0.0001 is 9 times too low for this kind of training.",
  effects: {
    command: "python train.py --output-dir .intern/runs/run-0050/outputs --seed 0",
    place: "local",
    runs: 4,
    seconds: 168,
    usd: 0,
    files: ["train.py"],
  },
  covers: "local runs of python train.py",
  subject: ["learning_rate_up:x10", "learning_rate_up:x3"],
  state: "waiting",
  reach: null,
  reason: null,
  created: 1_795_459_700,
  answered: null,
};
const PERMISSIONS: Permission[] = [
  {
    id: "permission-1",
    effect: "run",
    tool: "measure_baseline",
    covers: "local runs of python train.py to measure the baseline",
    match: "python train.py",
    reach: "always",
    session: null,
    created: 1_795_459_600,
    revoked: null,
  },
];
