"""Keeps the runs: launches, follows, stops them, finds them again, and tells how they ended."""

import asyncio
import logging
import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ..errors import BadInput, DiskFull, InternError, UnknownRun
from ..metrics import Follower, Row
from ..protocol import MetricsArrived, Run, RunChanged
from ..repo.share import link_share
from ..workspace import EventStore, Layout
from .backends import Backend, LocalBackend, Spec
from .backends.local import read_started
from .command import to_argv
from .environment import data_digest, run_environment
from .evaluation import Checkout, Evaluator
from .interpreter import inspect
from .mishap import mishap
from .outcome import Ending, Exit, judge, lost, read_tail
from .progress import advance
from .record import RunRequest, close_record, open_folder, open_record, read_request
from .runners import WarmRunners
from .slots import Slot, Slots, detect_slots, usable_cores
from .watch import POLL, enforce, read_exit, read_spec, stop_reason

log = logging.getLogger(__name__)

Export = Callable[[str, Path], object]
"""Writes the files of a commit into a folder; a folder that exists is complete."""

OnRows = Callable[[Run, list[Row]], None]

START_SECONDS = 60.0
"""How long a supervisor may take to record that it runs; 0.1 s is usual."""


@dataclass(eq=False)
class _Carried:
    """A run that goes on."""

    task: asyncio.Task[None] | None = None
    waits: bool = True
    """For a slot: nothing of it exists yet."""
    done: asyncio.Event = field(default_factory=asyncio.Event)


class RunKeeper:
    """The runs of one workspace. Lives on the daemon's event loop.

    Args:
        layout: places of the workspace.
        store: takes `RunChanged` and `MetricsArrived`; its state holds the newest copy of each run.
        export: see `Export`; called in a thread.
        on_rows: called on the loop with new rows, after they are stored, before the event.
        slots: who may run at once; None: detected.
        backend: where runs run; None: this machine, with warm runners.
        environ: the user's environment; None: the daemon's own.
    """

    def __init__(
        self,
        layout: Layout,
        store: EventStore,
        export: Export,
        on_rows: OnRows,
        *,
        slots: Slots | None = None,
        backend: Backend | None = None,
        environ: Mapping[str, str] | None = None,
    ) -> None:
        self.layout = layout
        self.store = store
        self.export = export
        self.on_rows = on_rows
        self.slots = slots or Slots(detect_slots())
        self.environ = dict(os.environ if environ is None else environ)
        self.runners = WarmRunners(layout.home / "warm.log")
        self.backend: Backend = backend or LocalBackend(self.runners)
        self.threads = max(1, usable_cores() // len(self.slots.all))
        self.evaluator = Evaluator(
            layout,
            self.slots,
            self.backend,
            self.environ,
            self.threads,
            newest=self._run,
            tell=self._tell,
        )
        self._carried: dict[str, _Carried] = {}
        self._ids = asyncio.Lock()

    # --- what the rest of the daemon asks for ---------------------------------------------------

    @property
    def warm(self) -> list[str]:
        """Interpreters with a warm runner ready."""
        return self.runners.ready

    async def launch(self, request: RunRequest) -> Run:
        """Queue a run; it starts when a slot is free.

        Raises:
            BadInput: the rung is not in (0, 1].
            DiskFull: it can't be recorded; nothing was started.
        """
        if not 0 < request.rung <= 1:
            raise BadInput(f"A rung is a share of the full run in (0, 1], not {request.rung}.")
        async with self._ids:
            run_id = open_folder(self.layout, self.store.state.runs, request)
            run = Run(
                id=run_id,
                session=request.session,
                experiment=request.experiment,
                commit=request.commit,
                seed=request.seed,
                rung=request.rung,
                backend=self.backend.name,
                command=request.command,
                python=str(request.python),
                created=time.time(),
            )
            self.store.append(RunChanged(run=run))
        self._carry(run, request)
        return run

    async def wait(self, run_id: str) -> Run:
        """The run, once it has ended. Raises UnknownRun."""
        run = self._run(run_id)
        carried = self._carried.get(run_id)
        if carried is not None:
            await carried.done.wait()
            run = self._run(run_id)
        return run

    async def stop(self, run_id: str, reason: str = "") -> Run:
        """End a run and return it when nothing of it is left.

        Args:
            reason: who asked or why, in a few words; it becomes part of the run's message.

        Raises:
            UnknownRun: there is no such run.
        """
        run = self._run(run_id)
        if run.done:
            return run
        (self.layout.run(run_id) / "stop").write_text(reason, encoding="utf-8")
        carried = self._carried.get(run_id) or self._find_again(run)
        if carried.waits and carried.task is not None:
            carried.task.cancel()
            await asyncio.gather(carried.task, return_exceptions=True)
            await self._stopped_early(run_id)
            self._let_go(run_id, carried)
        return await self.wait(run_id)

    async def adopt(self) -> list[Run]:
        """At the daemon's start: take up every run that the log does not know as ended.

        Returns:
            Those that go on, are launched yet, or are found ended; their state follows as events.
        """
        going = [run for run in self.store.state.runs.values() if not run.done]
        for run in going:
            if run.id not in self._carried:
                self._find_again(run)
        return going

    async def evaluate(
        self,
        run_id: str,
        command: str,
        split: str,
        checkout: Checkout,
        minutes: float | None = None,
    ) -> dict[str, float]:
        """Score what a run left. See `Evaluator.evaluate`. Raises UnknownRun."""
        return await self.evaluator.evaluate(run_id, command, split, checkout, minutes)

    async def close(self) -> None:
        """Let go of everything: runs go on, and the next daemon finds them."""
        self.evaluator.closing = True
        tasks = [carried.task for carried in self._carried.values() if carried.task]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self.runners.close()

    # --- one run from queue to end --------------------------------------------------------------

    def _carry(self, run: Run, request: RunRequest) -> _Carried:
        folder = self.layout.run(run.id)
        started = read_started(folder) is not None or read_exit(folder) is not None
        carried = self._carried[run.id] = _Carried(waits=not started)
        carried.task = asyncio.create_task(self._see_through(run.id, request, carried))
        return carried

    def _find_again(self, run: Run) -> _Carried:
        request = read_request(self.layout.run(run.id))
        if request is None:  # deleted by hand: what the log knows has to do
            request = RunRequest(
                commit=run.commit,
                command=run.command,
                python=Path(run.python),
                seed=run.seed,
                rung=run.rung,
            )
        return self._carry(run, request)

    async def _see_through(self, run_id: str, request: RunRequest, carried: _Carried) -> None:
        folder = self.layout.run(run_id)
        try:
            if not carried.waits:
                async with self.slots.claim():
                    await self._follow(run_id, request)
            elif stop_reason(folder) is not None:
                await self._stopped_early(run_id)
            else:
                async with self.slots.take(request.priority) as slot:
                    carried.waits = False
                    await self._start(run_id, request, slot)
                    await self._follow(run_id, request)
        except Exception as error:
            # The end of a task: what is not told here is told nowhere.
            if not isinstance(error, InternError):
                log.exception("run %s", run_id)
            await self._finish(run_id, mishap(error, folder, self.layout), None)
        finally:
            if self._run(run_id).done:
                self._let_go(run_id, carried)

    def _let_go(self, run_id: str, carried: _Carried) -> None:
        carried.done.set()
        self._carried.pop(run_id, None)

    async def _start(self, run_id: str, request: RunRequest, slot: Slot) -> None:
        folder = self.layout.run(run_id)
        tree = folder / "tree"
        known = await asyncio.to_thread(inspect, request.python)
        await asyncio.to_thread(self.export, request.commit, tree)
        await asyncio.to_thread(link_share, self.layout.root, tree, request.share)
        env = run_environment(
            self.environ,
            folder,
            python=request.python,
            seed=request.seed,
            rung=request.rung,
            threads=self.threads,
            device=slot.env,
        )
        argv = to_argv(request.command, request.python)
        record = open_record(
            run_id,
            request,
            argv=argv,
            known=known,
            digest=await asyncio.to_thread(data_digest, self.layout.root, request.share),
            slot=slot.name,
            env=env,
            base=self.environ,
        )
        record.write(folder)
        spec = Spec(
            argv=argv,
            cwd=str(tree),
            log=str(folder / "stdout.log"),
            seconds=request.minutes * 60 if request.minutes else None,
        )
        cold = await self.backend.start(folder, spec, env)
        if cold is not None:
            record.model_copy(update={"cold": cold}).write(folder)

    async def _follow(self, run_id: str, request: RunRequest) -> None:
        """From the start of the processes to the end of the run, rows and all."""
        folder = self.layout.run(run_id)
        tree = folder / "tree"
        follower = await asyncio.to_thread(
            Follower,
            folder,
            folder / "trackio",
            folder / "stdout.log",
            [tree / output for output in request.outputs],
        )
        deadline = asyncio.get_running_loop().time() + START_SECONDS
        was_supervised, looks = True, 8
        while (ended := read_exit(folder)) is None:
            presence = self.backend.presence(folder)
            if presence == "gone":
                ended = read_exit(folder)  # written between the two looks
                if ended is not None or read_started(folder) is not None or looks == 0:
                    break
                looks -= 1  # an earlier supervisor may hold the run and not have told yet
            if presence == "orphan":
                was_supervised = False
                if await enforce(self.backend, folder):
                    break
            if presence == "starting" and asyncio.get_running_loop().time() > deadline:
                break
            await self._note_start(run_id, folder)
            await self._take_rows(run_id, follower, final=False)
            await asyncio.sleep(POLL)
        await self._note_start(run_id, folder)
        # The last rows come before the end: who sees a run ended has all of it.
        await self._take_rows(run_id, follower, final=True)
        await self._finish(run_id, self._ending(folder, ended, was_supervised), ended)

    def _ending(self, folder: Path, ended: Exit | None, was_supervised: bool) -> Ending:
        if ended is not None:
            spec = read_spec(folder)
            ending = judge(ended, read_tail(Path(spec.log)), spec.argv, Path(spec.cwd))
            self.backend.learn(folder, ended)
            return ending
        if (reason := stop_reason(folder)) is not None:
            return Ending("stopped", "stopped", f"Stopped: {reason}." if reason else "Stopped.")
        if read_started(folder) is None:
            told = f"Its supervisor did not start; see {folder / 'supervisor.log'}."
            return Ending("failed", "not_started", told)
        return lost(supervisor_only=not was_supervised)

    async def _note_start(self, run_id: str, folder: Path) -> None:
        run = self._run(run_id)
        if run.state == "queued" and (started := read_started(folder)) is not None:
            changed = {"state": "running", "started": started.started, "warm": started.warm}
            await self._tell(run.model_copy(update=changed))

    async def _take_rows(self, run_id: str, follower: Follower, *, final: bool) -> None:
        try:
            rows = await asyncio.to_thread(follower.poll, final)
        except DiskFull:
            log.exception("rows of %s are not kept yet", run_id)
            return  # they come again with the next call
        run = self._run(run_id)
        if run.progress.rows + len(rows) != follower.store.rows:
            # A daemon died between storing rows and telling of them.
            rows = follower.store.history(run.progress.rows)
        if not rows:
            return
        progress = advance(run, rows, follower)
        try:
            self.on_rows(run.model_copy(update={"progress": progress}), rows)
        except Exception:
            # A broken rule must not cost the run.
            log.exception("rows of %s could not be diagnosed", run_id)
        await self._append(MetricsArrived(run=run_id, progress=progress))

    async def _stopped_early(self, run_id: str) -> None:
        reason = stop_reason(self.layout.run(run_id))
        told = f"Stopped before it started: {reason}." if reason else "Stopped before it started."
        await self._finish(run_id, Ending("stopped", "stopped", told), None)

    async def _finish(self, run_id: str, ending: Ending, ended: Exit | None) -> None:
        folder = self.layout.run(run_id)
        changed = {
            "state": ending.state,
            "cause": ending.cause,
            "message": ending.message,
            "ended": ended.ended if ended else time.time(),
        }
        if ended is not None:
            changed |= {
                "started": ended.started,
                "exit_code": ended.code,
                "cpu_seconds": ended.cpu_seconds,
                "peak_rss_mb": ended.max_rss_mb,
                "warm": ended.warm,
            }
        run = self._run(run_id).model_copy(update=changed)
        try:
            signal, cold = (ended.signal, ended.cold) if ended else (None, None)
            await asyncio.to_thread(close_record, folder, run, signal, cold)
        except OSError:
            log.exception("the record of %s is not closed", run_id)
        await self._tell(run)

    # --- small parts ----------------------------------------------------------------------------

    def _run(self, run_id: str) -> Run:
        try:
            return self.store.state.runs[run_id]
        except KeyError:
            raise UnknownRun(f"No run is called {run_id}; `intern runs` lists them.") from None

    async def _tell(self, run: Run) -> None:
        await self._append(RunChanged(run=run))

    async def _append(self, body: RunChanged | MetricsArrived) -> None:
        """Append; on a full disk wait for room, for what happened must not be lost."""
        while True:
            try:
                self.store.append(body)
                return
            except DiskFull:
                log.exception("waiting for disk space")
                await asyncio.sleep(2.0)
