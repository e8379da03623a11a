"""Events: what happened, in order. State is what remains when they are folded.

An event carries the whole new value of the thing it is about, so folding is `state[id] = value` and
a client that starts late needs only the newest event of each thing.
"""

from typing import Annotated, Literal

from pydantic import Field

from .base import Wire
from .experiments import Experiment, Session, Step
from .findings import Finding, Method
from .runs import Run, RunProgress


class SessionChanged(Wire):
    kind: Literal["session"] = "session"
    session: Session


class ExperimentChanged(Wire):
    kind: Literal["experiment"] = "experiment"
    experiment: Experiment


class RunChanged(Wire):
    kind: Literal["run"] = "run"
    run: Run


class MetricsArrived(Wire):
    """New rows lie in the column store; fetch them with `intern/run/series`."""

    kind: Literal["metrics"] = "metrics"
    run: str
    progress: RunProgress


class FindingsChanged(Wire):
    """The findings of a run, all of them, after a change."""

    kind: Literal["findings"] = "findings"
    run: str
    method: Method
    findings: list[Finding]


class StepAdded(Wire):
    kind: Literal["step"] = "step"
    step: Step


class Note(Wire):
    """A decision or a happening in words: why a run was killed, why an idea was skipped."""

    kind: Literal["note"] = "note"
    session: str | None
    experiment: str | None = None
    level: Literal["info", "warning", "error"] = "info"
    text: str


class HunkDecided(Wire):
    """The person accepted or rejected one hunk of an agent commit."""

    kind: Literal["hunk"] = "hunk"
    session: str
    hunk: str
    """Stable id: content hash of path, position and lines."""
    decision: Literal["accepted", "rejected", "open"]


class Landed(Wire):
    kind: Literal["landed"] = "landed"
    session: str
    branch: str
    before: str
    """Commit of the branch before."""
    after: str
    hunks: list[str]
    undone: bool = False


class FilesChanged(Wire):
    """Files of the user's checkout changed on disk."""

    kind: Literal["files"] = "files"
    paths: list[str]


Happening = Annotated[
    SessionChanged
    | ExperimentChanged
    | RunChanged
    | MetricsArrived
    | FindingsChanged
    | StepAdded
    | Note
    | HunkDecided
    | Landed
    | FilesChanged,
    Field(discriminator="kind"),
]


class Event(Wire):
    """One entry of the log."""

    seq: int
    """From 1, without gaps."""
    time: float
    """UTC seconds since the epoch."""
    body: Happening
