"""Experiments, verdicts and sessions."""

from typing import Literal

from .base import Wire
from .findings import Place

VerdictName = Literal["keep", "discard", "inconclusive"]
SessionState = Literal["running", "finished", "stopped", "failed", "interrupted"]
"""`interrupted`: the daemon or the worker died; it can be resumed."""


class Verdict(Wire):
    """The judgement of an experiment, in units of the metric."""

    name: VerdictName
    effect: float | None
    """Paired mean gain over the incumbent in the direction of the metric; None: never measured."""
    low: float | None = None
    high: float | None = None
    """Ends of the 95 % interval of the effect."""
    noise_floor: float
    """A gain at most this large can be chance."""
    confidence: float | None = None
    """Probability that the effect is above zero, 0 to 1."""
    seeds: int
    """Seed pairs behind the effect."""
    reason: str
    """One sentence."""


class Change(Wire):
    """One edited setting or file, in words for a person."""

    what: str
    """`learning_rate 2e-05 -> 2e-04`."""
    place: Place


class Experiment(Wire):
    """One intervention with its commit, runs and verdict; a node of the experiment tree."""

    id: str
    """`<session>/<number>`; number 0 is the baseline."""
    session: str
    number: int
    parent: str | None
    """The experiment it stands on: the incumbent when it was proposed. None for the baseline."""
    intervention: str
    """Intervention id; `baseline` for number 0."""
    title: str
    """`learning rate 2e-05 -> 2e-04`."""
    hypothesis: str
    source: str
    """Where the idea comes from: finding, paper or guide."""
    finding: str | None = None
    """Rule id of the finding of its parent that names this intervention; None: no finding does."""
    changes: list[Change] = []
    commit: str | None = None
    ref: str | None = None
    """`refs/intern/<session>/<number>` once the verdict is discard or inconclusive."""
    state: Literal["proposed", "running", "judged"] = "proposed"
    rung: float | None = None
    """The rung it is on now."""
    runs: list[str] = []
    score: float | None = None
    """Mean dev metric over its full runs."""
    scores: dict[int, float] = {}
    """Dev metric by seed, full runs only."""
    verdict: Verdict | None = None
    created: float
    ended: float | None = None


class Spent(Wire):
    """What a session used up."""

    seconds: float = 0.0
    cpu_seconds: float = 0.0
    """Of training commands and evaluations."""
    runs: int = 0
    tokens: int = 0
    usd: float = 0.0


class Budget(Wire):
    """Caps. Reserved before, reconciled after."""

    minutes: float
    runs: int
    usd: float
    tokens: int
    cpu_seconds: float | None = None
    """None: no cap on CPU time."""


class Wish(Wire):
    """A candidate that the person asked for; tried before all others."""

    intervention: str
    """Intervention id; `set:<setting>` for a value of the person's own."""
    value: str | None = None
    """The value, as it is to stand in the code; None: the intervention's own."""
    because: str
    """Their words, or the finding that they pressed."""
    thread: str | None = None
    """The comment thread that waits for the outcome."""
    experiment: str | None = None
    """What came of it; None: it waits."""
    refused: str | None = None
    """Why nothing came of it, one sentence."""


class Session(Wire):
    """One improvement job of the agent."""

    id: str
    slug: str
    branch: str
    """`intern/<slug>`."""
    base_commit: str
    """Where the user stood when the session began (their uncommitted changes included if asked)."""
    user_ref: str
    """The user's branch at the start, or the SHA when HEAD was detached."""
    state: SessionState
    reason: str | None = None
    """Why it stopped, in one sentence."""
    python: str | None = None
    """Interpreter of the training command, so that a resumption uses the same."""
    seeds: int = 3
    """Seeds that the baseline is asked to have."""
    metric: str
    direction: Literal["max", "min"]
    budget: Budget
    spent: Spent = Spent()
    incumbent: str | None = None
    """Experiment id of the best so far; None before the baseline is measured."""
    noise_floor: float | None = None
    locks: dict[str, str] = {}
    """SHA-256 of each locked file at the start, by path."""
    test_opened: bool = False
    """The sealed test was looked at."""
    model: str = "playbook"
    """Who thinks."""
    wishes: list[Wish] = []
    only_wishes: bool = False
    """Nothing but what the person asked for is tried."""
    created: float
    ended: float | None = None
    report: str | None = None
    """Path of the Markdown report, relative to the workspace root."""


class Step(Wire):
    """One thought, action and observation of the agent."""

    session: str
    number: int
    thought: str
    code: str
    observation: str
    error: str | None = None
    seconds: float = 0.0
