"""Approvals: what policy asks the person before a tool acts, and what they allowed for longer."""

from typing import Literal

from .base import Wire

Effect = Literal["read", "write", "run", "network", "spend", "publish", "delete"]
"""What a tool does to the world: read and write stay in the session's worktree."""

PolicyRule = Literal["ask", "allow", "deny"]

Reach = Literal["once", "session", "always"]
"""How long an answer holds: this call, this session, this workspace."""


class Effects(Wire):
    """Everything that a tool call would do, as it is put before the person."""

    command: str | None = None
    """What would run, exactly."""
    place: str = "local"
    """Where: the backend, or the host that is asked."""
    runs: int = 0
    seconds: float | None = None
    """Estimated time; None: unknown."""
    usd: float | None = 0.0
    """Estimated price; None: unknown, which counts as over any cap."""
    files: list[str] = []
    """Files that would be written, relative to the workspace root."""


class Approval(Wire):
    """A question that waits for the person, or was answered."""

    id: str
    session: str
    tool: str
    effect: Effect
    title: str
    """What would happen, one sentence."""
    because: str
    """Why the agent wants it."""
    effects: Effects
    subject: list[str] = []
    """Candidate ids that it is about; empty: none."""
    covers: str
    """What an answer for longer would cover, in words: `local runs of python train.py`."""
    state: Literal["waiting", "granted", "denied", "withdrawn"] = "waiting"
    """`withdrawn`: the session ended before there was an answer."""
    reach: Reach | None = None
    """How long the grant holds; None: not granted."""
    reason: str | None = None
    """The person's words when they denied it."""
    created: float
    answered: float | None = None


class Permission(Wire):
    """What a person allowed for longer than once; listed and revocable."""

    id: str
    effect: Effect
    tool: str
    covers: str
    """In words, as the approval said."""
    match: str
    """What a call must equal to be covered: the command, or the host."""
    reach: Reach
    session: str | None
    """Set when it holds for one session only."""
    created: float
    revoked: float | None = None
