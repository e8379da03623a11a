"""The workspace that all connections share: its rooms put together, and what each method does."""

import asyncio
import os
import time
from collections.abc import Mapping
from pathlib import Path

from .. import __version__
from ..agent.approvals import Gate
from ..agent.improver import Improver
from ..errors import BadInput
from ..experiments import Watch
from ..metrics import Row
from ..protocol import NEWEST, Diagnosis, Params, Report, Review, Run, Session
from ..protocol.methods import (
    Collect,
    Collected,
    CompareRuns,
    Comparison,
    DaemonStatus,
    Decide,
    Improve,
    Land,
    LandingDone,
    LaunchRun,
    LogChunk,
    ReadLog,
    ReadSeries,
    ResumeSession,
    RunRef,
    SeriesAnswer,
    SessionRef,
    State,
    Stopped,
    StopSession,
)
from ..protocol.review import LandingPreview
from ..repo import Repository, export_tree, open_repository
from ..runs import RunKeeper
from ..workspace import Deltas, EventStore, Layout
from ..workspace.suppression import marked
from ..workspace.watcher import Watcher
from .approving import Approving
from .collecting import collect, sweep
from .comparing import Comparer
from .filing import Filing
from .launching import Launcher
from .reading import diagnose_run, read_log, read_report
from .reviewing import Reviewer
from .series import read_series
from .served import Handler
from .talking import Talking


class Service:
    """One workspace, open.

    Args:
        root: top of the user's checkout.

    Raises:
        NoRepository: it is none.
        StoreDamaged: the event log can't be read.
    """

    def __init__(self, root: Path) -> None:
        self.repository: Repository = open_repository(root)
        self.root = self.repository.root
        self.repository.exclude_home()
        self.layout = Layout(self.root)
        self.layout.make()
        self.store = EventStore(self.layout.database)
        self.deltas = Deltas(self.store)
        self.keeper = RunKeeper(self.layout, self.store, self._export, self._on_rows)
        self.watch = Watch(self.layout, self.store, self.keeper.stop)
        self.gate = Gate(self.store)
        self.improver = Improver(self.layout, self.store, self.keeper, self.gate)
        self.approving = Approving(self.store, self.gate, self.improver)
        self.launcher = Launcher(self.layout, self.store, self.keeper, self.repository)
        self.comparer = Comparer(self.layout, self.repository)
        self.reviewer = Reviewer(self.repository, self.store, self.improver.find)
        self.talking = Talking(self)
        self.filing = Filing(self.repository)
        self.watcher = Watcher(self.layout, self.store)
        self._started = time.time()

    async def start(self) -> None:
        """Take up what went on before: runs are found again, sessions wait to be resumed."""
        await asyncio.to_thread(sweep, self.layout)
        self.improver.mark_interrupted()
        self.gate.withdraw_orphans()
        await asyncio.to_thread(self.reviewer.recover)
        await self.keeper.adopt()
        self.launcher.adopt()
        self.talking.talk.start()
        await asyncio.to_thread(self.watcher.start)

    async def close(self) -> None:
        """Leave everything so that another daemon can take it up; runs go on."""
        # First of all: a session that ends must leave its evaluations to the next daemon.
        self.keeper.evaluator.closing = True
        await self.talking.talk.close()
        await self.improver.close()
        await self.launcher.close()
        await self.keeper.close()
        await asyncio.to_thread(self.watcher.stop)
        self.store.close()

    def busy(self) -> bool:
        """Whether a run or a session goes on."""
        session = self.improver.current
        return bool(session and session.running) or any(
            not run.done for run in self.store.state.runs.values()
        )

    def handlers(self) -> Mapping[str, Handler]:
        """By method name."""
        return {
            "intern/status": self.status,
            "intern/state": self.state,
            "intern/improve": self.improve,
            "intern/session/resume": self.resume,
            "intern/session/stop": self.stop_session,
            "intern/session/report": self.report,
            "intern/run/launch": self.launch,
            "intern/run/stop": self.stop_run,
            "intern/run/log": self.log,
            "intern/run/series": self.series,
            "intern/run/diagnose": self.diagnose,
            "intern/run/compare": self.compare,
            **self.talking.handlers(),
            **self.filing.handlers(),
            "intern/review": self.review,
            "intern/review/decide": self.decide,
            "intern/land/preview": self.preview,
            "intern/land": self.land,
            "intern/land/undo": self.undo,
            "intern/gc": self.collect,
            **self.approving.handlers(),
        }

    # --- workspace --------------------------------------------------------------------------

    async def status(self, _: Params) -> DaemonStatus:
        state = self.store.state
        return DaemonStatus(
            pid=os.getpid(),
            version=__version__,
            protocol=NEWEST,
            root=str(self.root),
            started=self._started,
            head=state.head,
            clients=0,  # the connection knows and fills it in
            runs=[run for run in state.runs.values() if not run.done],
            session=state.newest_session(),
            warm=self.keeper.warm,
        )

    async def state(self, _: Params) -> State:
        state = self.store.state
        return State(
            head=state.head,
            sessions=list(state.sessions.values()),
            experiments=list(state.experiments.values()),
            runs=list(state.runs.values()),
        )

    async def collect(self, wish: Collect) -> Collected:
        return await asyncio.to_thread(
            collect, self.layout, self.repository, self.store.state, wish.keep_days, wish.dry_run
        )

    # --- sessions ---------------------------------------------------------------------------

    async def improve(self, wish: Improve) -> Session:
        return await self.improver.start(wish)

    async def resume(self, wish: ResumeSession) -> Session:
        return await self.improver.resume(wish)

    async def stop_session(self, wish: StopSession) -> Stopped:
        session, going = await self.improver.stop(wish.session, wish.stop_runs)
        return Stopped(session=session, still_running=going)

    async def report(self, wish: SessionRef) -> Report:
        return await asyncio.to_thread(read_report, self.layout, self.improver.find(wish.session))

    # --- runs -------------------------------------------------------------------------------

    async def launch(self, wish: LaunchRun) -> Run:
        return await self.launcher.launch(wish)

    async def stop_run(self, wish: RunRef) -> Run:
        self._known(wish.run)
        return await self.keeper.stop(wish.run, "stopped by the person")

    async def log(self, wish: ReadLog) -> LogChunk:
        return await asyncio.to_thread(read_log, self.layout, self._known(wish.run), wish)

    async def series(self, wish: ReadSeries) -> SeriesAnswer:
        self._known(wish.run)
        return await asyncio.to_thread(read_series, self.layout, wish)

    async def diagnose(self, wish: RunRef) -> Diagnosis:
        found = await asyncio.to_thread(diagnose_run, self.layout, self._known(wish.run))
        told = marked(self.store.state, wish.run, found.findings)
        return found.model_copy(update={"findings": told})

    async def compare(self, wish: CompareRuns) -> Comparison:
        runs = [self._known(run) for run in wish.runs]
        return await asyncio.to_thread(self.comparer.compare, runs)

    # --- review -----------------------------------------------------------------------------

    async def review(self, wish: SessionRef) -> Review:
        return await asyncio.to_thread(self.reviewer.review, wish.session)

    async def decide(self, wish: Decide) -> Review:
        return await asyncio.to_thread(self.reviewer.decide, wish)

    async def preview(self, wish: Land) -> LandingPreview:
        return await asyncio.to_thread(self.reviewer.preview, wish)

    async def land(self, wish: Land) -> LandingDone:
        return await asyncio.to_thread(self.reviewer.land, wish)

    async def undo(self, wish: SessionRef) -> LandingDone:
        return await asyncio.to_thread(self.reviewer.undo, wish.session)

    # --- within -----------------------------------------------------------------------------

    def _known(self, run_id: str) -> Run:
        run = self.store.state.runs.get(run_id)
        if run is None:
            raise BadInput(f"There is no run {run_id}; `intern runs` lists them.")
        return run

    def _export(self, commit: str, dest: Path) -> None:
        export_tree(self.repository, commit, dest)

    def _on_rows(self, run: Run, rows: list[Row]) -> None:
        self.watch.on_rows(run, rows)
