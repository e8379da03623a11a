"""Warm runners: processes that have imported what trainings import, ready to be forked."""

import asyncio
import contextlib
import hashlib
import json
import socket
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from . import warm
from .command import script_of
from .preload import Preload, preload

READY_SECONDS = 180.0
"""Longest wait for the imports; 7 to 15 s is usual on two cores, a cold network disk takes more."""
ANSWER_SECONDS = 30.0


class _Spec(Protocol):
    @property
    def argv(self) -> list[str]: ...
    @property
    def cwd(self) -> str: ...


@dataclass(eq=False)
class _Runner:
    python: Path
    wanted: Preload
    env: dict[str, str]
    process: subprocess.Popen[bytes]
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    asking: asyncio.Lock = field(default_factory=asyncio.Lock)
    ready: bool = False

    def serves(self, python: Path, wanted: Preload, env: dict[str, str]) -> bool:
        return (
            self.process.poll() is None
            and self.python == python
            and self.env == env
            and self.wanted.constants == wanted.constants
            and set(self.wanted.names) >= set(wanted.names)
        )

    async def answer(self, seconds: float) -> dict[str, Any]:
        """The next line. Raises ConnectionError, TimeoutError."""
        line = await asyncio.wait_for(self.reader.readline(), seconds)
        if not line:
            raise ConnectionError("the warm runner ended")
        answer: dict[str, Any] = json.loads(line)
        return answer


class WarmRunners:
    """The warm runners of one workspace: at most `limit`, the longest unused is ended first.

    Args:
        log: file for what the imports print.
        limit: each holds 400 MB, most of it shared with its runs.
    """

    def __init__(self, log: Path, limit: int = 2) -> None:
        self.log = log
        self.limit = limit
        self._runners: list[_Runner] = []  # the least recently used first
        self._refused: dict[str, str] = {}
        self._making = asyncio.Lock()

    @property
    def ready(self) -> list[str]:
        """Interpreters with a runner that can fork now."""
        return sorted(
            {str(r.python) for r in self._runners if r.ready and r.process.poll() is None}
        )

    async def fork(  # noqa: PLR0911 - each reason for a cold start is one
        self, folder: Path, spec: _Spec, env: dict[str, str]
    ) -> int | str:
        """Fork the supervisor of a run.

        Args:
            folder: the run's folder, with `spec.json` in it.
            spec: its command and place.
            env: its whole environment.

        Returns:
            The supervisor's pid; or, in words, why the run has to start cold.
        """
        python = Path(spec.argv[0])
        script = script_of(spec.argv, python, Path(spec.cwd))
        if script is None or not python.name.startswith("python"):
            return "the command is not `python SCRIPT.py`"
        if reason := self._refused.get(_digest(script)):
            return reason
        launched = [name for name in warm.DISTRIBUTED if name in env]
        if launched:
            return f"{launched[0]} is set: a distributed launcher"
        wanted = preload(script, env)
        if not wanted.worthwhile:
            return "it imports nothing slow"
        try:
            runner = await self._runner(python, wanted, env)
            answer = await self._ask(runner, {"folder": str(folder), "env": env})
        except (OSError, ValueError, TimeoutError) as error:
            return f"the warm runner failed ({error or type(error).__name__})"
        if "supervisor" in answer:
            return int(answer["supervisor"])
        if answer["cold"] == "installed packages changed":
            self._end(runner)
        return str(answer["cold"])

    def refuse(self, script: Path, reason: str) -> None:
        """Start this very script cold from now on."""
        with contextlib.suppress(OSError):  # its tree may be gone
            self._refused[_digest(script)] = reason

    def close(self) -> None:
        """End the runners; what was forked from them goes on."""
        for runner in list(self._runners):
            self._end(runner)

    async def _runner(self, python: Path, wanted: Preload, env: Mapping[str, str]) -> _Runner:
        lasting = {name: value for name, value in env.items() if name not in warm.PER_RUN}
        async with self._making:
            for runner in self._runners:
                if runner.serves(python, wanted, lasting):
                    self._runners.remove(runner)
                    self._runners.append(runner)
                    return runner
            while len(self._runners) >= self.limit:
                self._end(self._runners[0])
            runner = await self._make(python, wanted, lasting)
            self._runners.append(runner)
        return runner

    async def _make(self, python: Path, wanted: Preload, env: dict[str, str]) -> _Runner:
        ours, theirs = socket.socketpair()
        order = json.dumps({"preload": wanted.names, "constants": wanted.constants})
        with theirs, self.log.open("ab") as log:
            process = subprocess.Popen(
                [str(python), warm.__file__, order],
                env=env,
                cwd="/",
                stdin=theirs.fileno(),
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        reader, writer = await asyncio.open_unix_connection(sock=ours, limit=1 << 20)
        return _Runner(python, wanted, env, process, reader, writer)

    async def _ask(self, runner: _Runner, request: dict[str, Any]) -> dict[str, Any]:
        async with runner.asking:
            try:
                if not runner.ready:
                    await runner.answer(READY_SECONDS)
                    runner.ready = True
                runner.writer.write(json.dumps(request).encode() + b"\n")
                await runner.writer.drain()
                return await runner.answer(ANSWER_SECONDS)
            except BaseException:
                # An answer that comes too late would be taken for the next one's.
                self._end(runner)
                raise

    def _end(self, runner: _Runner) -> None:
        if runner in self._runners:
            self._runners.remove(runner)
        runner.writer.close()
        if not runner.ready:
            runner.process.terminate()  # still importing: it does not look at its input yet


def _digest(script: Path) -> str:
    return hashlib.sha256(script.read_bytes()).hexdigest()
