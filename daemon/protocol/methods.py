"""The method table: every request that the daemon answers, with its parameters and result.

`initialize` is LSP's. The client sends `initializationOptions.intern = {"protocol": {min, max}}`;
the daemon answers with the agreed version in `capabilities.experimental.intern.protocol`, or
refuses with `-32001` and one sentence.
"""

from dataclasses import dataclass
from typing import Literal

from .base import Params, Wire
from .events import Event
from .experiments import Budget, Experiment, Session
from .findings import Diagnosis
from .report import Report
from .review import Decision, LandingPreview, Review
from .runs import Run


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
    """None: every row; else min/max-LTTB downsampled."""


class Series(Wire):
    """One metric of one run. NaN and infinities travel as the strings that pydantic writes."""

    name: str
    steps: list[float]
    values: list[float]
    times: list[float]


class SeriesAnswer(Wire):
    series: list[Series]
    next: int
    """Row cursor for the following call."""


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


@dataclass(frozen=True)
class Method:
    """One request of the protocol."""

    name: str
    params: type[Wire]
    result: type[Wire]


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
    Method("intern/review", SessionRef, Review),
    Method("intern/review/decide", Decide, Review),
    Method("intern/land/preview", Land, LandingPreview),
    Method("intern/land", Land, LandingDone),
    Method("intern/land/undo", SessionRef, LandingDone),
    Method("intern/gc", Collect, Collected),
)

NOTIFICATIONS: dict[str, type[Wire]] = {"intern/event": Event}
"""Sent by the daemon to every subscriber."""
