"""One session while it runs: a worker that thinks, a toolbox that acts, caps that hold."""

import asyncio
import errno
import json
import logging
import os
import sys
import time
from collections import Counter
from contextlib import suppress
from typing import Any

from ..errors import BadInput, BudgetSpent, DiskFull, InternError, WorkerFailed
from ..experiments import MORE, Lab, give_up, reserve_cpu, reserve_seconds
from ..protocol import Session, SessionChanged, Step, StepAdded, Wish
from .approvals import Gate
from .toolbox import REFUSALS, Toolbox
from .wishes import REFUSED, candidate_for, waiting

log = logging.getLogger(__name__)

DEATHS = 25
"""So many workers may die before the session is called failed."""

STUBBORN = 20
"""An agent that is refused so often for one reason will not find another way."""

LINE = 16 * 1024 * 1024
"""Longest message of a worker, bytes."""

HEARTBEAT = 10.0
"""Seconds between two records of the time spent, so that a killed daemon forgets less than that."""


CAPPED = ("measure_baseline", "try_candidates", "finish_experiments", "adopt_edits")
"""Tools that a cap ends in the middle."""


class Improvement:
    """Runs one session from where its events stand to its report.

    Args:
        lab: the session's lab.
        gate: asks the person where policy says so.
    """

    def __init__(self, lab: Lab, gate: Gate) -> None:
        self._lab = lab
        self._toolbox = Toolbox(lab, gate)
        self._acting = asyncio.Lock()
        self._refused: Counter[str] = Counter()
        self._worker: asyncio.subprocess.Process | None = None
        self._task: asyncio.Task[None] | None = None

    @property
    def session_id(self) -> str:
        return self._lab.session_id

    @property
    def worker_pid(self) -> int | None:
        return None if self._worker is None else self._worker.pid

    @property
    def running(self) -> bool:
        return self._task is not None and not self._task.done()

    def start(self) -> None:
        """Begin, in the background."""
        self._task = asyncio.get_running_loop().create_task(self._run())

    async def wait(self) -> None:
        """Until it goes on no more."""
        if self._task is not None:
            await asyncio.wait({self._task})

    async def wish(self, wish: Wish) -> Session:
        """Try something that the person asks for, before all else.

        What the code can't be changed to is refused in the wish itself.

        Raises:
            BadInput: the session can choose nothing any more.
        """
        lab = self._lab
        if not lab.sealed:
            raise BadInput(
                f"{self.session_id} has opened its sealed test and tries nothing more; ask again "
                "when it has its report."
            )
        try:
            await asyncio.to_thread(candidate_for, wish, lab.worktree, lab.config)
        except REFUSED as error:
            wish = wish.model_copy(update={"refused": str(error)})
        return lab.change_session(wishes=[*lab.session.wishes, wish])

    async def interrupt(self, reason: str) -> None:
        """End the worker; runs go on, and the session can be resumed."""
        await self.end()
        self._lab.change_session(state="interrupted", reason=reason)

    async def end(self) -> None:
        """End the worker and what it asked for; runs go on."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
        await self._end_worker()
        self._lab.change_session()

    async def _run(self) -> None:
        try:
            await self._beat_while_working()
        except InternError as error:
            await self._fail(str(error))
        except Exception as error:  # the boundary of a session: nobody above awaits it
            log.exception("session %s failed", self.session_id)
            await self._fail(_told(error, self._lab))
        finally:
            await self._end_worker()

    async def _beat_while_working(self) -> None:
        """Work to the end; a heartbeat that can't be recorded ends it too."""
        work = asyncio.ensure_future(self._work())
        heartbeat = asyncio.ensure_future(self._beat())
        try:
            done, _ = await asyncio.wait({work, heartbeat}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (work, heartbeat):
                task.cancel()
            await asyncio.wait({work, heartbeat})
        for task in done:
            task.result()

    async def _work(self) -> None:
        for _ in range(DEATHS):
            await self._one_worker()
            if self._toolbox.report is not None:
                self._finish()
                return
            if self._toolbox.ended is not None:
                self._lab.change_session(state="stopped", reason=self._toolbox.ended)
                return
            self._lab.note("The agent's worker died and is started again.", level="warning")
        raise WorkerFailed(
            f"The agent's worker died {DEATHS} times; see .intern/sessions/{self.session_id}/"
            "worker.log, then run `intern improve --resume`."
        )

    def _finish(self) -> None:
        report = self._toolbox.report
        assert report is not None
        lab = self._lab
        for index, _ in waiting(lab):
            lab.change_wish(index, refused="The session came to its end before it could be tried.")
        path = lab.layout.report(self.session_id).relative_to(lab.layout.root).as_posix()
        lab.change_session(
            state="finished", reason=report.stopped_because, report=path, ended=report.ended
        )

    async def _fail(self, reason: str) -> None:
        """Tell why it ended; on a full disk with the room kept for that, else once there is some.

        Until then the session counts as running, so that nobody believes it to be over unrecorded.
        """
        failed = self._lab.session.model_copy(
            update={"state": "failed", "reason": reason, "spent": self._lab.ledger.spent()}
        )
        while True:
            try:
                self._lab.store.append_last(SessionChanged(session=failed))
                return
            except DiskFull:
                log.warning("session %s waits for disk space: %s", self.session_id, reason)
                await asyncio.sleep(2.0)

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(HEARTBEAT)
            self._lab.change_session()

    # --- the worker -------------------------------------------------------------------------

    async def _one_worker(self) -> None:
        """Start a worker and serve it until it ends or dies."""
        folder = self._lab.layout.session(self.session_id)
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / "worker.log").open("ab") as errors:
            self._worker = await asyncio.create_subprocess_exec(
                sys.executable,
                *("-I", "-m", "intern_daemon.agent.worker"),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=errors,
                env=_bare_environment(),
                cwd=folder,
                limit=LINE,
                start_new_session=True,
            )
        worker = self._worker
        assert worker.stdin is not None and worker.stdout is not None
        await _send(worker.stdin, {"begin": {"task": _task(self._lab)}})
        while line := await worker.stdout.readline():
            message = json.loads(line) if line.endswith(b"\n") else {}
            if "step" in message:
                self._record(message["step"])
            elif "call" in message:
                answer = await self._answer(message["call"])
                await _send(worker.stdin, answer)
            elif "failed" in message:
                self._lab.note(f"The worker failed: {message['failed']['reason']}", level="warning")
        await worker.wait()

    async def _end_worker(self) -> None:
        worker = self._worker
        if worker is not None and worker.returncode is None:
            with suppress(ProcessLookupError):
                worker.kill()
            await worker.wait()

    def _record(self, step: dict[str, Any]) -> None:
        number = self._lab.state.steps.get(self.session_id, 0) + 1
        told = Step.model_validate({**step, "session": self.session_id, "number": number})
        self._lab.store.append(StepAdded(step=told))

    async def _answer(self, call: dict[str, Any]) -> dict[str, Any]:
        async with self._acting:
            try:
                result = await self._within_caps(call["tool"], call["arguments"])
            except REFUSALS as refusal:
                self._refused[str(refusal)] += 1
                if self._refused[str(refusal)] == STUBBORN:
                    raise
                self._lab.note(str(refusal), level="warning")
                return {"id": call["id"], "error": str(refusal)}
        return {"id": call["id"], "result": result}

    async def _within_caps(self, tool: str, arguments: dict[str, Any]) -> str:
        """Run a tool, and end it when a cap is reached before it is done."""
        task = asyncio.ensure_future(self._toolbox.call(tool, arguments))
        try:
            while not task.done():
                await asyncio.wait({task}, timeout=0.5)
                over = None if task.done() else self._over_cap(tool)
                if over is not None:
                    task.cancel()
                    await asyncio.wait({task})
                    await self._give_up(over)
        except asyncio.CancelledError:
            task.cancel()
            raise
        try:
            return task.result()
        except BudgetSpent as spent:
            # Whatever it left half done can't be finished either.
            if self._lab.measured:
                await give_up(self._lab, str(spent))
            raise

    async def _give_up(self, over: str) -> None:
        if not self._lab.measured:
            for run in self._lab.state.session_runs(self.session_id):
                if not run.done:
                    await self._lab.keeper.stop(run.id, over)
            raise WorkerFailed(f"{over} It ended before the baseline was measured; {MORE}.")
        await give_up(self._lab, over)
        raise BudgetSpent(over)

    def _over_cap(self, tool: str) -> str | None:
        """Which cap is reached, in one sentence. The final evaluation has its own reserve."""
        if tool not in CAPPED:
            return None
        lab = self._lab
        if lab.ledger.seconds_left() < reserve_seconds(lab):
            return f"The time cap of {lab.session.budget.minutes:g} minutes is reached."
        cpu = lab.ledger.cpu_left()
        if cpu is not None and cpu < self._running_cpu() + reserve_cpu(lab):
            return f"The cap of {lab.session.budget.cpu_seconds:g} CPU seconds is reached."
        return None

    def _running_cpu(self) -> float:
        """CPU seconds that unfinished runs used so far, estimated from their age."""
        runs = self._lab.state.session_runs(self.session_id)
        return sum(
            self._lab.cpu_per_second * max(0.0, time.time() - run.started)
            for run in runs
            if not run.done and run.started is not None
        )


def _told(error: Exception, lab: Lab) -> str:
    """One sentence for what nobody foresaw."""
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return (
            f"The disk of {lab.layout.root} is full; free some space (`intern gc` helps), then run "
            "`intern improve --resume`."
        )
    return "An internal error ended the session; see .intern/daemon.log."


async def _send(stdin: asyncio.StreamWriter, message: dict[str, Any]) -> None:
    with suppress(ConnectionError):  # it died; the read loop sees the end
        stdin.write(json.dumps(message).encode() + b"\n")
        await stdin.drain()


def _bare_environment() -> dict[str, str]:
    """What a worker may know of the daemon's environment: no token has these names."""
    wanted = ("PATH", "LANG", "LC_ALL", "TZ", "SYSTEMROOT")
    bare = {name: os.environ[name] for name in wanted if name in os.environ}
    return {**bare, "HF_HUB_OFFLINE": "1", "PYTHONDONTWRITEBYTECODE": "1"}


def _task(lab: Lab) -> str:
    session = lab.session
    better = "higher" if session.direction == "max" else "lower"
    return (
        f"Improve the training run of this repository: make {session.metric} on dev {better} by "
        "changes that clear the noise. Begin with `print(situation())`."
    )
