"""The gate in front of every write of the agent."""

from collections.abc import Iterable
from pathlib import Path

from ..errors import LockedPath
from ..repo import writable_file
from .patterns import is_locked


class Guard:
    """Says where a write may go.

    Args:
        worktree: the session's checkout.
        locked: `locked_patterns`, or the paths of `hash_locked`.
    """

    def __init__(self, worktree: Path, locked: Iterable[str]) -> None:
        self.worktree = worktree
        self.locked = tuple(locked)

    def check_write(self, path: str | Path) -> Path:
        """The absolute path that a write to `path` (from the worktree, or absolute) would change.

        Raises:
            LockedPath: it is locked, outside the worktree, in `.git` or `.intern`, behind a
                link, a file with several names, or no plain file.
        """
        place = writable_file(self.worktree, path)
        name = place.relative_to(self.worktree.resolve()).as_posix()
        if is_locked(name, self.locked):
            raise LockedPath(
                f"{name} is locked, so that scores stay comparable; leave it as it is, or let the "
                "person change [locked] in intern.toml and start a new session."
            )
        return place

    def allows(self, path: str | Path) -> bool:
        """True when `check_write` raises nothing."""
        try:
            self.check_write(path)
        except LockedPath:
            return False
        return True
