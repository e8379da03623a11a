"""Review and landing of the agent's commits."""

from typing import Literal

from .base import Wire

Decision = Literal["open", "accepted", "rejected"]


class Hunk(Wire):
    """The unit of review: one run of changed lines in one file of one kept experiment."""

    id: str
    """Content hash of experiment, path and lines, stable over restarts."""
    experiment: str
    commit: str
    path: str
    old_start: int
    old_lines: int
    new_start: int
    new_lines: int
    header: str
    """`@@ -1,3 +1,4 @@ def main():`"""
    lines: list[str]
    """Diff lines with their leading ` `, `+`, `-` or `\\`."""
    decision: Decision = "open"


class Review(Wire):
    """All hunks between the session's base and its branch."""

    session: str
    branch: str
    target: str
    """The user's branch on which they would land."""
    hunks: list[Hunk]


class LandingPreview(Wire):
    """What a landing would do; nothing has been touched."""

    target: str
    commit: str | None
    """The commit that the target would get; None when it can't land."""
    files: list[str]
    dirty: list[str]
    """Files with uncommitted changes that are in the way; must be empty."""
    conflicts: list[str]
    """Files whose accepted hunks do not apply to the target; must be empty."""
    message: str
