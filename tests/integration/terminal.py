"""A person at a terminal: real `intern` commands in a workspace, against its real daemon."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from tests.user_checkout import UserCheckout

LIMIT = 90
"""Seconds after which a command counts as hanging."""


class Terminal:
    """Runs commands in one folder."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def intern(self, *words: str) -> subprocess.CompletedProcess[str]:
        """A command to its end."""
        return subprocess.run(
            self._command(words),
            cwd=self.root,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=LIMIT,
        )

    def begin(self, *words: str, until: str) -> subprocess.Popen[str]:
        """A command that goes on, once it has printed a line with `until`."""
        process = subprocess.Popen(
            self._command(words),
            cwd=self.root,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        assert process.stdout is not None
        seen = []
        for line in process.stdout:
            seen.append(line)
            if until in line:
                return process
        process.wait()
        raise AssertionError(f"it ended without {until!r}:\n{''.join(seen)}")

    def refused(self, *words: str) -> str:
        """The one sentence that a command fails with."""
        done = self.intern(*words)
        assert done.returncode == 1, done.stdout + done.stderr
        return sentence(done.stderr)

    def report(self) -> dict[str, Any]:
        """The newest report as JSON."""
        done = self.intern("report", "--json")
        assert done.returncode == 0, done.stderr
        told: dict[str, Any] = json.loads(done.stdout)
        return told

    def runs(self) -> list[dict[str, Any]]:
        """All runs, newest first."""
        told: list[dict[str, Any]] = json.loads(self.intern("runs", "--json").stdout)
        return told

    def status(self) -> dict[str, Any]:
        told: dict[str, Any] = json.loads(self.intern("status", "--json").stdout)
        return told

    @contextmanager
    def undisturbed(self) -> Iterator[None]:
        """The checkout is the person's, byte for byte, before and after."""
        checkout = UserCheckout.at(self.root)
        before = checkout.fingerprint()
        yield
        assert checkout.fingerprint() == before

    @staticmethod
    def _command(words: tuple[str, ...]) -> list[str]:
        return [sys.executable, "-m", "intern_daemon", *words]


def sentence(told: str) -> str:
    """What stderr says, which must be one sentence on one line."""
    lines = told.splitlines()
    assert len(lines) == 1, told
    assert lines[0].startswith("intern: "), told
    assert lines[0].endswith("."), told
    assert ".." not in lines[0].replace("...", ""), told
    assert "Traceback" not in told
    return lines[0].removeprefix("intern: ")


def ending(process: subprocess.Popen[str]) -> tuple[int, str]:
    """Exit code of a command that goes on, and the rest of what it prints."""
    rest, _ = process.communicate(timeout=LIMIT)
    return process.returncode, rest


def worker_of(root: Path) -> int | None:
    """Process id of the session's worker; None: there is none at this moment."""
    home = root / ".intern"
    for place in Path("/proc").iterdir():
        try:
            words = (place / "cmdline").read_bytes() if place.name.isdigit() else b""
            if b"intern_daemon.agent.worker" in words and (place / "cwd").readlink().is_relative_to(
                home
            ):
                return int(place.name)
        except OSError:
            continue
    return None


def kill(pid: int) -> None:
    """kill -9, of a process that may have ended by itself."""
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
