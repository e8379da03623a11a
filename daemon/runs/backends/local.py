"""This machine: a supervisor for each run, forked from a warm runner or started afresh."""

import asyncio
import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

from pydantic import BaseModel

from .. import supervisor
from ..outcome import Exit
from ..runners import WarmRunners
from .base import Presence, Spec


class Identity(BaseModel):
    """One process, for all time: its pid and the moment of its birth."""

    pid: int
    birth: str


class Started(BaseModel):
    """`proc.json`, as the supervisor writes it before it lets the command go."""

    supervisor: Identity
    child: Identity
    boot: str
    started: float
    warm: bool

    def lives(self, which: Identity) -> bool:
        """Whether that very process runs, and not one that was given its number since."""
        found = supervisor.process(which.pid)
        same = found is not None and found.birth == which.birth and found.state not in "ZX"
        return same and self.boot == supervisor.boot_id()


def read_started(folder: Path) -> Started | None:
    """Who runs in this folder; None: nothing was ever started."""
    try:
        return Started.model_validate_json((folder / "proc.json").read_bytes())
    except FileNotFoundError:
        return None


class LocalBackend:
    """Runs on this machine.

    Args:
        runners: the warm runners; None: every start is cold.
    """

    name = "local"

    def __init__(self, runners: WarmRunners | None = None) -> None:
        self.runners = runners
        self._fresh: dict[Path, subprocess.Popen[bytes]] = {}
        self._forked: dict[Path, supervisor.Process] = {}

    async def start(self, folder: Path, spec: Spec, env: Mapping[str, str]) -> str | None:
        """See `Backend.start`."""
        spec.write(folder)
        cold: str | None = "warm starts are off"
        if self.runners is not None:
            answer = await self.runners.fork(folder, spec, dict(env))
            if isinstance(answer, int):
                if (forked := supervisor.process(answer)) is not None:
                    self._forked[folder] = forked
                return None
            cold = answer
        with (folder / "supervisor.log").open("ab") as log:
            self._fresh[folder] = subprocess.Popen(
                [sys.executable, "-S", "-E", supervisor.__file__, str(folder)],
                env=dict(env),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        return cold

    def presence(self, folder: Path) -> Presence:
        """See `Backend.presence`."""
        starting = self._starting(folder)  # also collects a supervisor that ended
        started = read_started(folder)
        if started is None:
            return "starting" if starting else "gone"
        if started.lives(started.supervisor):
            return "supervised"
        return "orphan" if _living(started) else "gone"

    def _starting(self, folder: Path) -> bool:
        fresh = self._fresh.get(folder)
        if fresh is not None:
            return fresh.poll() is None
        forked = self._forked.get(folder)
        found = supervisor.process(forked.pid) if forked else None
        if forked is None or found is None:
            return False
        return found.birth == forked.birth and found.state not in "ZX"

    async def end_orphan(self, folder: Path) -> bool:
        """See `Backend.end_orphan`."""
        started = read_started(folder)
        if started is None:
            return True
        grace = float(json.loads((folder / "spec.json").read_bytes())["grace"])
        kill_at = time.monotonic() + grace
        give_up = kill_at + 30.0
        number = signal.SIGTERM
        while left := _living(started):
            now = time.monotonic()
            if now > give_up:
                return False
            if now >= kill_at:
                number = signal.SIGKILL
            for pid in left:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, number)
            await asyncio.sleep(0.1)
        return True

    def learn(self, folder: Path, ended: Exit) -> None:
        """See `Backend.learn`."""
        self._fresh.pop(folder, None)
        self._forked.pop(folder, None)
        if self.runners is not None and ended.cold:
            spec = json.loads((folder / "spec.json").read_bytes())
            self.runners.refuse(Path(spec["cwd"]) / spec["argv"][1], ended.cold)


def _living(started: Started) -> list[int]:
    """Pids of the command's process group, each of them surely its own.

    A pid may have been given away since: the leader has to have the birth that was recorded. When
    the leader is gone its group may live on, in the session that it had opened and nobody else can
    join; a later owner of the number would be a leader itself.
    """
    if started.boot != supervisor.boot_id():
        return []
    leader = supervisor.process(started.child.pid)
    if leader is not None and leader.birth != started.child.birth:
        return []
    return [
        found.pid
        for found in supervisor.processes()
        if started.child.pid in (found.group, found.session)
        and int(found.birth) >= int(started.child.birth)
    ]
