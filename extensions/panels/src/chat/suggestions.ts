import type { Mention, MentionInput, SlashCommand } from "../protocol.js";

type Kind = Mention["kind"];

const KINDS: Record<Kind, string> = {
  file: "a file of the workspace",
  run: "a training run",
  dataset: "a data set",
  finding: "what a rule says of a run",
  experiment: "a change and its verdict",
};
const MENTION = /(?:^|[\s(])@(?:(file|run|dataset|finding|experiment):)?([^\s@]*)$/;

/** What the person is in the middle of writing: a command, or a mention. */
export interface Typing {
  what: "command" | "mention";
  /** Where it begins in the text, with its `/` or `@`. */
  from: number;
  prefix: string;
  /** The kind of a mention that was written out; null: any. */
  kind: Kind | null;
}

/** One thing that could stand there. */
export interface Suggestion {
  /** How it reads in the list. */
  label: string;
  detail: string;
  /** What is written into the text. */
  text: string;
  mention: MentionInput | null;
  /** There is more to choose after it. */
  goesOn: boolean;
}

/** What is being typed at the caret; null: plain words. */
export function typing(text: string, caret: number): Typing | null {
  const before = text.slice(0, caret);
  if (/^\/\S*$/.test(before)) return { what: "command", from: 0, prefix: before, kind: null };
  const told = MENTION.exec(before);
  if (!told) return null;
  const [whole, kind, prefix = ""] = told;
  return {
    what: "mention",
    from: told.index + whole.indexOf("@"),
    prefix,
    kind: kind === undefined ? null : (kind as Kind),
  };
}

/** The commands that begin with what is typed. */
export function commandsFor({ prefix }: Typing, commands: readonly SlashCommand[]): Suggestion[] {
  return commands
    .filter(({ name }) => name.startsWith(prefix))
    .map((command) => ({
      label: [command.name, command.arguments].filter(Boolean).join(" "),
      detail: command.summary,
      text: `${command.name} `,
      mention: null,
      goesOn: false,
    }));
}

/** The kinds that begin with what is typed, then the things themselves. */
export function mentionsFor({ prefix, kind }: Typing, mentions: readonly Mention[]): Suggestion[] {
  const kinds = kind === null ? (Object.keys(KINDS) as Kind[]).filter((one) => one.startsWith(prefix)) : [];
  return [
    ...kinds.map((one) => ({
      label: `@${one}`,
      detail: KINDS[one],
      text: `@${one}:`,
      mention: null,
      goesOn: true,
    })),
    ...mentions.map((mention) => ({
      label: `@${mention.label}`,
      detail: mention.detail || mention.kind,
      text: `@${mention.label} `,
      mention,
      goesOn: false,
    })),
  ];
}

/** The mentions whose words still stand in the text. */
export function stillNamed(text: string, mentions: readonly MentionInput[]): MentionInput[] {
  return mentions.filter(
    ({ kind, ref, label }, index) =>
      text.includes(`@${label}`) && mentions.findIndex((one) => one.kind === kind && one.ref === ref) === index,
  );
}

/** The command that the text begins with, for the hint below it. */
export function commandOf(text: string, commands: readonly SlashCommand[]): SlashCommand | undefined {
  const [name] = /^\/\S+/.exec(text) ?? [];
  return commands.find((command) => command.name === name);
}
