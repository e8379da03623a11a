"""Git commands, run so that nothing of the user's set-up runs or changes with them."""

import os
import re
import tempfile
from collections.abc import Mapping
from pathlib import Path

# GitPython looks for git when it is imported and raises where there is none; we say so ourselves.
os.environ.setdefault("GIT_PYTHON_REFRESH", "quiet")

from git.cmd import Git as Runner
from git.exc import GitCommandNotFound

from ..errors import DiskFull, GitRefused, NoRepository
from ..workspace.room import no_room

OLDEST_GIT = (2, 25)
"""Ubuntu 20.04's; older ones lack options that we pass."""

# Set inside a hook or by `git -C ... alias`: they would send our commands to another repository.
INHERITED = (
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_COMMON_DIR",
    "GIT_OBJECT_DIRECTORY",
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_PREFIX",
    "GIT_IMPLICIT_WORK_TREE",
)

SETTINGS = {
    "core.hooksPath": os.devnull,  # the user's hooks are for the user's own commands
    "core.fsmonitor": "false",  # may name a program too
    "commit.gpgSign": "false",
    "gc.auto": "0",
    "maintenance.auto": "false",
    "submodule.recurse": "false",
    "i18n.commitEncoding": "UTF-8",
    "i18n.logOutputEncoding": "UTF-8",
    "diff.suppressBlankEmpty": "false",
    "merge.autoStash": "false",
    "merge.verifySignatures": "false",
    "core.safecrlf": "false",
    "log.showSignature": "false",
}

ENVIRONMENT = {
    "GIT_OPTIONAL_LOCKS": "0",  # `git status` rewrites the index otherwise
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_EDITOR": "true",
}


class Git:
    """Runs git in one folder. Safe to share between threads: it keeps no state.

    Args:
        folder: where git runs (`-C`).
        environment: added to the process's own.
    """

    def __init__(self, folder: Path, environment: Mapping[str, str] | None = None) -> None:
        self.folder = folder
        self.environment = {**ENVIRONMENT, **(environment or {})}

    def with_index(self, index: Path) -> "Git":
        """The same git on an index file of its own."""
        return Git(self.folder, {**self.environment, "GIT_INDEX_FILE": str(index)})

    def with_environment(self, **environment: str) -> "Git":
        return Git(self.folder, {**self.environment, **environment})

    def run(self, *arguments: str, stdin: bytes | None = None) -> bytes:
        """Output of a command, byte for byte.

        Raises:
            GitRefused: it failed; the sentence carries git's own reason.
            NoRepository: git is not installed.
            DiskFull: there is no room to write.
        """
        status, output, reason = self.attempt(*arguments, stdin=stdin)
        if status != 0:
            raise self._refusal(arguments, reason)
        return output

    def line(self, *arguments: str, stdin: bytes | None = None) -> str:
        """Output of a command less its final newline: a path may contain others."""
        return os.fsdecode(self.run(*arguments, stdin=stdin).removesuffix(b"\n"))

    def fields(self, *arguments: str, stdin: bytes | None = None) -> list[str]:
        """The NUL-terminated fields of a command's output."""
        return [os.fsdecode(part) for part in self.run(*arguments, stdin=stdin).split(b"\0")[:-1]]

    def succeeds(self, *arguments: str) -> bool:
        """True when the command exits with 0."""
        return self.attempt(*arguments)[0] == 0

    def attempt(self, *arguments: str, stdin: bytes | None = None) -> tuple[int, bytes, str]:
        """Exit status, output and error text of a command.

        Raises:
            NoRepository: git is not installed.
        """
        command = ["git", "--no-pager", "--literal-pathspecs", "-C", str(self.folder)]
        for name, value in SETTINGS.items():
            command += ["-c", f"{name}={value}"]
        command += arguments
        with tempfile.TemporaryFile() as feed:
            if stdin is not None:
                feed.write(stdin)
                feed.seek(0)
            try:
                # No working directory is given: GitPython falls back to the current one when the
                # folder is gone, and git would speak of another repository. `-C` fails instead.
                answer = Runner().execute(
                    command,
                    istream=feed if stdin is not None else None,
                    env=self.environment,
                    with_extended_output=True,
                    with_exceptions=False,
                    stdout_as_string=False,
                    strip_newline_in_stdout=False,
                )
            except GitCommandNotFound as error:
                oldest = ".".join(map(str, OLDEST_GIT))
                raise NoRepository(
                    f"git is not on the PATH of this process; install git {oldest} or newer."
                ) from error
        assert isinstance(answer, tuple)
        status, output, reason = answer
        assert isinstance(output, bytes)
        return status, output, str(reason)

    def _refusal(self, arguments: tuple[str, ...], reason: str) -> GitRefused | DiskFull:
        lines = [line for line in reason.splitlines() if line.strip()]
        told = [line for line in lines if line.startswith(("fatal:", "error:"))] or lines
        said = (
            told[0].removeprefix("fatal: ").removeprefix("error: ") if told else "no reason given"
        )
        full = "No space left on device" in reason or "Disk quota exceeded" in reason
        if full or no_room(self.folder):
            return DiskFull(f"git can't write in {self.folder} ({said}); free some disk space.")
        if lock := re.search(r"'([^']+\.lock)'", reason):
            return GitRefused(
                f"another git command holds {lock[1]}; wait until it ends, or delete the file if "
                "none is running, then try again."
            )
        return GitRefused(
            f"`git {' '.join(arguments[:2])}` failed in {self.folder}: {said.rstrip('.')}; mend "
            "that and try again."
        )


def forget_inherited_repository() -> None:
    """Drop what a git hook leaves in the environment of its children.

    A daemon that was started from a hook serves the repository it was asked for, not the one that
    the hook ran in.
    """
    for name in INHERITED:
        os.environ.pop(name, None)


def check_version(git: Git) -> None:
    """Raises NoRepository when git is missing or older than `OLDEST_GIT`."""
    answer = git.attempt("--version")[1].decode()
    found = re.search(r"(\d+)\.(\d+)", answer)
    if found and (int(found[1]), int(found[2])) < OLDEST_GIT:
        oldest = ".".join(map(str, OLDEST_GIT))
        raise NoRepository(f"git {found[0]} is too old; install git {oldest} or newer.")
