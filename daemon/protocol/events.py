"""Events: what happened, in order. State is what remains when they are folded.

An event carries the whole new value of the thing it is about, so folding is `state[id] = value` and
a client that starts late needs only the newest event of each thing.
"""

from typing import Annotated, Literal

from pydantic import Field

from .approvals import Approval, Permission
from .base import Wire
from .conversation import Conversation, Message, PlanItem, Thread
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


class ConversationChanged(Wire):
    kind: Literal["conversation"] = "conversation"
    conversation: Conversation


class MessageChanged(Wire):
    """A message began or ended; what it says in between comes as `intern/delta`."""

    kind: Literal["message"] = "message"
    message: Message


class ThreadChanged(Wire):
    kind: Literal["thread"] = "thread"
    thread: Thread


class PlanChanged(Wire):
    """The whole plan of a session."""

    kind: Literal["plan"] = "plan"
    session: str
    items: list[PlanItem]


class ApprovalChanged(Wire):
    kind: Literal["approval"] = "approval"
    approval: Approval


class PermissionChanged(Wire):
    kind: Literal["permission"] = "permission"
    permission: Permission


class Suppressed(Wire):
    """The person said that a finding is not a problem, or took that back."""

    kind: Literal["suppressed"] = "suppressed"
    rule: str
    run: str | None
    """None: in every run of this workspace."""
    reason: str
    active: bool = True


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
    | ConversationChanged
    | MessageChanged
    | ThreadChanged
    | PlanChanged
    | ApprovalChanged
    | PermissionChanged
    | Suppressed
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


class Delta(Wire):
    """A piece of a message that is being written. Not kept: the whole text comes with its event."""

    conversation: str
    message: str
    offset: int
    """Length of the message before this piece, in UTF-16 units as editors count."""
    text: str
