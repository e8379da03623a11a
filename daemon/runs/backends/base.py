"""What every place that runs a command can do."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal, Protocol

from ..outcome import Exit
from ..record import put

Presence = Literal["starting", "supervised", "orphan", "gone"]
"""`orphan`: the command runs, its supervisor is dead. `gone`: nothing of the run is alive."""


@dataclass(frozen=True)
class Spec:
    """One command to supervise. Kept as `spec.json`; the environment never is."""

    argv: list[str]
    cwd: str
    log: str
    stderr: str | None = None
    """None: into the log."""
    seconds: float | None = None
    """Time limit; None: none."""
    grace: float = 5.0
    """Seconds from SIGTERM to SIGKILL."""

    def write(self, folder: Path) -> None:
        put(folder / "spec.json", asdict(self))


class Backend(Protocol):
    """Starts commands that outlive the daemon, and finds them again by their folder."""

    name: str

    async def start(self, folder: Path, spec: Spec, env: Mapping[str, str]) -> str | None:
        """Start once: a folder that has started, or is starting, is left alone.

        Returns:
            Why it was not forked from a warm runner; None: it was.
        """

    def presence(self, folder: Path) -> Presence:
        """What of the run is alive. `exit.json` counts first: look for it before and after."""

    async def end_orphan(self, folder: Path) -> bool:
        """End a command whose supervisor is dead. True: nothing of it is left."""

    def learn(self, folder: Path, ended: Exit) -> None:
        """Take in how a command ended, for the next start."""
