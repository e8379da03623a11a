"""What a message asks: its topic, by the words in it, and the things of the workspace it names."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ...diagnosis import REGISTRY
from ...protocol import Experiment, Mention, Run
from .topics import TOPICS, Topic, stem, worth_of
from .view import Sighting, View

_WORD = re.compile(r"[a-z0-9][a-z0-9_./-]*", re.IGNORECASE)

EXPERIMENTS = {"exp", "exps", "experiment", "experiments"}
RUNS = {"run", "runs"}
JOINTS = {"and", "or", "vs", "versus", "with", "to", "against", "than", "no", "number"}
"""Between two numbers of one kind: `exp 3 and 5`."""

ENOUGH = 3
"""A topic whose words weigh less than this is not what was meant."""


@dataclass(frozen=True)
class Subject:
    """The things that a message names, each in the order of the words."""

    experiments: tuple[Experiment, ...] = ()
    runs: tuple[Run, ...] = ()
    findings: tuple[Sighting, ...] = ()
    unknown: tuple[str, ...] = ()
    """What looks like a name and is none here: `exp 99`."""
    rules: tuple[str, ...] = ()
    """Rules by their ids, whether a run shows them or not."""


@dataclass(frozen=True)
class Question:
    """A message as it was understood.

    Args:
        topic: None: it was not understood.
    """

    text: str
    topic: Topic | None
    subject: Subject
    words: tuple[str, ...]
    """Lower case, without endings."""

    def says(self, *words: str) -> bool:
        """Whether one of the words is in it."""
        return any(stem(word) in self.words for word in words)


def understand(text: str, mentions: Sequence[Mention], view: View) -> Question:
    """Match a message with the topics that can be answered without a language model."""
    tokens = tokens_of(text)
    words = tuple(stem(token) for token in tokens)
    subject = named(tokens, mentions, view)
    weights = {topic: worth_of(topic, words) for topic in TOPICS}
    if subject.findings or subject.rules:
        weights["explain"] += 4
    if len(subject.experiments) > 1 or len(subject.runs) > 1:
        weights["compare"] += 3
    # The first of equals: the table's order is that of how special a topic is.
    best = max(TOPICS, key=lambda topic: weights[topic])
    topic: Topic | None = best if weights[best] >= ENOUGH else None
    if topic == "explain" and subject.experiments and not subject.findings:
        topic = "why"
    return Question(text, topic, subject, words)


def named(tokens: Sequence[str], mentions: Iterable[Mention], view: View) -> Subject:
    """The experiments, runs and findings that words and mentions name."""
    found = _Named(view)
    for mention in mentions:
        found.take_mention(mention)
    found.take_words(tokens)
    return Subject(
        tuple(found.experiments.values()),
        tuple(found.runs.values()),
        tuple(found.findings.values()),
        tuple(found.unknown),
        tuple(rule for rule, kind in REGISTRY.items() if _speaks_of(tokens, rule, kind.label)),
    )


class _Named:
    """Gathers what is named, each thing once."""

    def __init__(self, view: View) -> None:
        self.view = view
        self.experiments: dict[str, Experiment] = {}
        self.runs: dict[str, Run] = {}
        self.findings: dict[tuple[str, str], Sighting] = {}
        self.unknown: list[str] = []

    def take_mention(self, mention: Mention) -> None:
        if mention.kind == "finding":
            run_id, _, rule = mention.ref.rpartition("/")
            seen = self.view.seen_in_run(run_id)
            self.findings.update(((run_id, rule), s) for s in seen if s.finding.rule == rule)
        elif mention.kind in ("experiment", "run"):
            self._take_id(mention.ref)
        elif mention.kind == "file":
            self._take_file(mention.ref)

    def take_words(self, tokens: Sequence[str]) -> None:
        take_number = None
        for token in tokens:
            if token in EXPERIMENTS or token in RUNS:
                take_number = self._take_experiment if token in EXPERIMENTS else self._take_run
            elif token.isdigit() and take_number is not None:
                take_number(int(token))
            elif not (self._take_id(token) or self._take_file(token)) and token not in JOINTS:
                take_number = None
        if not self.findings:
            in_runs = [seen for run_id in self.runs for seen in self.view.seen_in_run(run_id)]
            for seen in _spoken_of(tokens, in_runs or _all_seen(self.view)):
                self.findings[seen.run, seen.finding.rule] = seen

    def _take_id(self, name: str) -> bool:
        if name in self.view.all_experiments:
            self.experiments[name] = self.view.all_experiments[name]
        elif name in self.view.runs:
            self.runs[name] = self.view.runs[name]
        else:
            return False
        return True

    def _take_file(self, path: str) -> bool:
        """The experiments that changed it."""
        changed = [
            experiment
            for experiment in self.view.experiments
            if any(change.place.path.lower() == path.lower() for change in experiment.changes)
        ]
        self.experiments.update((one.id, one) for one in changed)
        return bool(changed)

    def _take_experiment(self, number: int) -> None:
        experiment = self.view.numbered(number)
        if experiment is None:
            self.unknown.append(f"exp {number}")
        else:
            self.experiments[experiment.id] = experiment

    def _take_run(self, number: int) -> None:
        name = f"run-{number:04d}"
        if not self._take_id(name):
            self.unknown.append(name)


def titled(question: Question, experiments: Iterable[Experiment]) -> list[Experiment]:
    """Experiments whose title or intervention shares words with the question, the likest first."""
    scored = []
    for experiment in experiments:
        theirs = {stem(w) for w in tokens_of(f"{experiment.title} {experiment.intervention}")}
        theirs |= {stem(part) for word in theirs for part in re.split(r"[_:.-]", word)}
        shared = {word for word in question.words if len(word) > 2 and word in theirs}
        if shared:
            scored.append((len(shared), experiment.number, experiment))
    return [experiment for *_, experiment in sorted(scored, key=lambda s: s[:2], reverse=True)]


def _spoken_of(tokens: Sequence[str], known: Sequence[Sighting]) -> list[Sighting]:
    """Findings of which the rule id or the label stands in the words; each rule once."""
    found: dict[str, Sighting] = {}
    for seen in known:
        if _speaks_of(tokens, seen.finding.rule, seen.finding.label):
            found.setdefault(seen.finding.rule, seen)
    return list(found.values())


def _speaks_of(tokens: Sequence[str], rule: str, label: str) -> bool:
    said = f" {' '.join(tokens)} "
    return rule.lower() in tokens or label in tokens or f" {label.replace('_', ' ')} " in said


def _all_seen(view: View) -> list[Sighting]:
    """Findings of all runs: those that count now first, then the newest run's first."""
    newest = sorted(view.runs.values(), key=lambda run: run.created, reverse=True)
    return [*view.standing(), *(seen for run in newest for seen in view.seen_in_run(run.id))]


def tokens_of(text: str) -> list[str]:
    """Words, numbers, ids and paths of a text, in lower case."""
    return [found.lower().rstrip("./-") for found in _WORD.findall(text)]
