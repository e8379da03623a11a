"""Where things lie: `.intern/` in the repository, the socket in the runtime directory."""

from dataclasses import dataclass
from pathlib import Path

from ..address import address, runtime_folder


@dataclass(frozen=True)
class Layout:
    """Paths of one workspace.

    Args:
        root: top folder of the repository's working tree, resolved.
    """

    root: Path

    @property
    def config(self) -> Path:
        return self.root / "intern.toml"

    @property
    def home(self) -> Path:
        return self.root / ".intern"

    @property
    def database(self) -> Path:
        return self.home / "state.db"

    @property
    def daemon_log(self) -> Path:
        return self.home / "daemon.log"

    @property
    def runs(self) -> Path:
        return self.home / "runs"

    def run(self, run_id: str) -> Path:
        """Folder of one run: `record.json`, `stdout.log`, `exit.json`, `metrics.jsonl`, `tree/`."""
        return self.runs / run_id

    @property
    def evaluations(self) -> Path:
        """Each evaluation in a folder of its own: logs, and `tree/`, the clean checkout. Outside
        the runs' folders, which the trainings know; only the event log tells whose is whose."""
        return self.home / "evaluations"

    def worktree(self, session_id: str) -> Path:
        """The session's own checkout of its branch."""
        return self.home / "worktrees" / session_id

    def session(self, session_id: str) -> Path:
        """The seal of the session's test, and its worker's log."""
        return self.home / "sessions" / session_id

    def report(self, session_id: str, suffix: str = ".md") -> Path:
        return self.home / "reports" / f"{session_id}{suffix}"

    @property
    def runtime(self) -> Path:
        """Private folder (0700) for the socket: short, since a socket path holds 107 bytes."""
        return Path(runtime_folder())

    @property
    def socket(self) -> Path:
        """The unix socket, or the file with port and token where there are no unix sockets."""
        return Path(address(str(self.root)))

    @property
    def lock(self) -> Path:
        """Whoever holds this lock is the daemon. It lies in the workspace, for two logins may
        see different runtime folders, and one may vanish at logout."""
        return self.home / "daemon.lock"

    def make(self) -> None:
        """Create the folders that are always there."""
        for folder in (self.home, self.runs, self.home / "reports"):
            folder.mkdir(parents=True, exist_ok=True)
