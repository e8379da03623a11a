"""The method table: every request that the daemon answers, with its parameters and result.

`initialize` is LSP's. The client sends `initializationOptions.intern = {"protocol": {min, max}}`;
the daemon answers with the agreed version in `capabilities.experimental.intern.protocol`, or
refuses with `-32001` and one sentence.
"""

from typing import Literal

from .base import Params, Wire
from .events import Delta, Event
from .experiments import Budget, Experiment, Session, Wish
from .files import FILES
from .findings import Diagnosis, Place
from .method import Method
from .report import Report
from .review import Decision, LandingPreview, Review
from .runs import Run
from .talk import TALK

Axis = Literal["step", "relative", "wall", "tokens"]
"""`relative`: seconds since the run's first row; `wall`: UTC seconds."""


class Empty(Wire):
    """Nothing to say."""


class Subscribe(Params):
    """Ask for the events after `since`, then for all that come."""

    since: int = 0
    """Last sequence number that the client has; 0: from the beginning."""


class Subscribed(Wire):
    """The answer precedes the first `intern/event` notification."""

    head: int
    """Newest sequence number at this moment; what is replayed ends here."""


class DaemonStatus(Wire):
    pid: int
    version: str
    protocol: int
    root: str
    """Absolute path of the workspace."""
    started: float
    head: int
    """Newest event."""
    clients: int
    runs: list[Run]
    """Those that go on."""
    session: Session | None
    """The session that runs, or the newest."""
    warm: list[str]
    """Interpreters with a warm runner ready."""


class State(Wire):
    """Everything folded: what a client needs to draw the tree."""

    head: int
    sessions: list[Session]
    experiments: list[Experiment]
    runs: list[Run]


class Improve(Params):
    """Start improving this workspace."""

    include_uncommitted: bool = False
    """True: uncommitted changes of tracked files are part of the starting point."""
    budget: Budget | None = None
    """None: the budget of `intern.toml`."""
    seeds: int = 3
    """Baseline seeds, at least 2."""
    python: str | None = None
    """The client's interpreter, used when `intern.toml` names none."""
    model: str = "playbook"
    """Id from `intern/models`."""
    wishes: list[Wish] = []
    only_wishes: bool = False
    """True: the session tries these and nothing else."""


class SessionRef(Params):
    session: str | None = None
    """None: the newest."""


class ResumeSession(SessionRef):
    """Take a session up where it stands."""

    minutes: float | None = None
    """New cap on its time, all its lives together; None: as before."""
    runs: int | None = None
    cpu_seconds: float | None = None


class StopSession(SessionRef):
    stop_runs: bool = True
    """False: runs go on, and the answer lists them."""


class Stopped(Wire):
    session: Session
    still_running: list[str]
    """Run ids that go on."""


class LaunchRun(Params):
    """Ask for one execution of the training command at a commit."""

    commit: str = "HEAD"
    seed: int = 0
    rung: float = 1.0
    include_uncommitted: bool = False
    python: str | None = None
    evaluate: bool = False
    """True: the dev evaluation follows the run."""


class RunRef(Params):
    run: str


class ReadLog(RunRef):
    offset: int = 0
    """Byte offset to go on from."""
    limit: int = 65_536


class LogChunk(Wire):
    text: str
    next: int
    """Offset for the following call."""
    done: bool
    """The run has ended and `next` is the end of the log."""


class ReadSeries(RunRef):
    metrics: list[str] = []
    """Empty: all."""
    since: int = 0
    """Row to go on from."""
    max_points: int | None = None
    """None: every row; else min/max-LTTB downsampled, after smoothing and cut to the viewport."""
    smoothing: float = 0.0
    """Weight of the past in the debiased exponential mean, [0, 1); 0: off."""
    axis: Axis = "step"
    """What `low` and `high` are measured in, and what the points are spread over evenly."""
    low: float | None = None
    high: float | None = None
    """Ends of the viewport; None: open. One point beyond each end comes too, for the line."""


class Series(Wire):
    """One metric of one run. NaN and infinities travel as the strings that pydantic writes."""

    name: str
    steps: list[float]
    values: list[float]
    times: list[float]
    """UTC seconds; NaN where unknown."""
    tokens: list[float] | None = None
    """Tokens seen by then, for `axis="tokens"`; None: the run does not log them."""
    smoothed: list[float] | None = None
    """Smoothed values at the same points; None: smoothing is off."""
    total: int = 0
    """Points in the viewport before downsampling."""


class SeriesAnswer(Wire):
    """The cursor counts rows of the whole run, whatever the viewport."""

    series: list[Series]
    next: int
    """Row cursor for the following call."""


class CompareRuns(Params):
    """What tells runs apart."""

    runs: list[str]
    """At least two; the first is the one that the others are compared with."""


class ComparedSetting(Wire):
    """One setting whose value is not the same in all of them."""

    name: str
    values: list[str | None]
    """In the order of the runs, as it stands in the code; None: not set there."""
    places: list[Place | None] = []


class Comparison(Wire):
    runs: list[str]
    settings: list[ComparedSetting]
    same: int
    """Settings that are equal in all of them."""
    metrics: dict[str, list[float | None]]
    """Last value of each metric, and the dev scores under `dev/`, in the order of the runs."""
    code: list[str]
    """Files whose text differs, relative to the workspace root."""


class TryCandidate(Params):
    """Ask for one experiment: in the session that runs, else in a new one for it alone."""

    wish: Wish
    include_uncommitted: bool = False
    python: str | None = None


class Suppress(Params):
    """Say that a finding is not a problem, or take it back."""

    rule: str
    run: str | None = None
    """None: in every run of this workspace."""
    reason: str = ""
    active: bool = True


class Suppression(Wire):
    """The findings of the workspace that the person called no problem."""

    rule: str
    run: str | None
    reason: str


class Suppressions(Wire):
    active: list[Suppression]


class ModelChoice(Wire):
    """Somebody who can think in a session."""

    id: str
    title: str
    detail: str
    """Where it runs and what it costs, one line."""
    available: bool
    reason: str | None = None
    """Why it is not, and the mend."""


class Models(Wire):
    models: list[ModelChoice]


class Decide(Params):
    session: str | None = None
    hunks: list[str]
    """Hunk ids or unambiguous prefixes; `all` for all that are open."""
    decision: Decision


class Land(Params):
    session: str | None = None
    style: Literal["merge", "squash"] = "squash"
    message: str | None = None
    """None: made from the kept experiments."""


class LandingDone(Wire):
    branch: str
    before: str
    after: str
    files: list[str]


class Collect(Params):
    """Free space under `.intern/`."""

    dry_run: bool = False
    keep_days: float = 14.0


class Collected(Wire):
    freed_bytes: int
    removed: list[str]
    """What was, or would be, removed, in words."""


METHODS: tuple[Method, ...] = (
    Method("intern/subscribe", Subscribe, Subscribed),
    Method("intern/status", Params, DaemonStatus),
    Method("intern/state", Params, State),
    Method("intern/shutdown", Params, Empty),
    Method("intern/improve", Improve, Session),
    Method("intern/session/resume", ResumeSession, Session),
    Method("intern/session/stop", StopSession, Stopped),
    Method("intern/session/report", SessionRef, Report),
    Method("intern/run/launch", LaunchRun, Run),
    Method("intern/run/stop", RunRef, Run),
    Method("intern/run/log", ReadLog, LogChunk),
    Method("intern/run/series", ReadSeries, SeriesAnswer),
    Method("intern/run/diagnose", RunRef, Diagnosis),
    Method("intern/run/compare", CompareRuns, Comparison),
    Method("intern/experiment/try", TryCandidate, Session),
    Method("intern/finding/suppress", Suppress, Suppressions),
    Method("intern/models", Params, Models),
    *TALK,
    *FILES,
    Method("intern/review", SessionRef, Review),
    Method("intern/review/decide", Decide, Review),
    Method("intern/land/preview", Land, LandingPreview),
    Method("intern/land", Land, LandingDone),
    Method("intern/land/undo", SessionRef, LandingDone),
    Method("intern/gc", Collect, Collected),
)

NOTIFICATIONS: dict[str, type[Wire]] = {"intern/event": Event, "intern/delta": Delta}
"""Sent by the daemon to every subscriber."""
