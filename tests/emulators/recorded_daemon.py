"""A daemon that plays a recorded improvement: a real process, socket, protocol and event store.

Only the work is missing. Which way it goes is told by a file `script` in the workspace: `finish`,
`wait` (until somebody stops it), `stubborn` (nobody can), `fail`, or `dirty` for a blocked landing.
"""

import asyncio
import os
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from intern_daemon.errors import DirtyFileInTheWay, SessionBusy, UnknownRun
from intern_daemon.protocol import (
    Diagnosis,
    LandingPreview,
    Params,
    Report,
    Review,
    Run,
    RunChanged,
    Session,
    SessionChanged,
)
from intern_daemon.protocol.methods import (
    DaemonStatus,
    Decide,
    Land,
    LandingDone,
    LaunchRun,
    LogChunk,
    ReadLog,
    ReadSeries,
    RunRef,
    SeriesAnswer,
    State,
    Stopped,
)
from intern_daemon.protocol.talk import Approvals
from intern_daemon.server.lifecycle import main
from intern_daemon.server.served import Handler
from intern_daemon.workspace import Deltas, EventStore, Layout
from recorded_improvement import BEGAN, ID, middle, report, review, session

LOG = "step 1\nstep 2\n"


class RecordedService:
    """Plays `recorded_improvement` into the event store of a workspace."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.store = EventStore(Layout(root).database)
        self.deltas = Deltas(self.store)
        self.playing: asyncio.Task[None] | None = None
        self.decision = "open"

    @property
    def script(self) -> str:
        file = self.root / "script"
        return file.read_text() if file.exists() else "finish"

    async def start(self) -> None:
        known = self.store.state.sessions.get(ID)
        if known and known.state == "running":
            self._session(state="interrupted", reason="The daemon died.")

    async def close(self) -> None:
        if self.playing:
            self.playing.cancel()
            with suppress(asyncio.CancelledError):
                await self.playing
        self.store.close()

    def busy(self) -> bool:
        return self.playing is not None

    def handlers(self) -> Mapping[str, Handler]:
        return {
            "intern/status": self.status,
            "intern/state": self.state,
            "intern/improve": self.improve,
            "intern/approvals": self.approvals,
            "intern/session/resume": self.resume,
            "intern/session/stop": self.stop,
            "intern/session/report": self.report,
            "intern/run/launch": self.launch,
            "intern/run/stop": self.stop_run,
            "intern/run/log": self.log,
            "intern/run/series": self.series,
            "intern/run/diagnose": self.diagnose,
            "intern/review": self.review,
            "intern/review/decide": self.decide,
            "intern/land/preview": self.preview,
            "intern/land": self.land,
        }

    def _session(self, **changed: object) -> Session:
        told = self.store.state.sessions[ID].model_copy(update=changed)
        self.store.append(SessionChanged(session=told))
        return told

    async def status(self, _: Params) -> DaemonStatus:
        state = self.store.state
        return DaemonStatus(
            pid=os.getpid(), version="0.1.0", protocol=1, root=str(self.root), started=time.time(),
            head=state.head, clients=1,
            runs=[each for each in state.runs.values() if not each.done],
            session=state.newest_session(), warm=[],
        )  # fmt: skip

    async def state(self, _: Params) -> State:
        state = self.store.state
        return State(
            head=state.head, sessions=list(state.sessions.values()),
            experiments=list(state.experiments.values()), runs=list(state.runs.values()),
        )  # fmt: skip

    async def approvals(self, _: Params) -> Approvals:
        return Approvals(waiting=[], permissions=[])

    async def improve(self, _: Params) -> Session:
        if self.playing:
            raise SessionBusy("Session s1 is improving this workspace; stop it with `intern stop`.")
        self.store.append(SessionChanged(session=session(created=time.time())))
        self.playing = asyncio.create_task(self._play(1))
        return self.store.state.sessions[ID]

    async def resume(self, _: Params) -> Session:
        told = self._session(state="running", reason=None)
        self.playing = asyncio.create_task(self._play(self.store.head))
        return told

    async def _play(self, since: int) -> None:
        for event in middle()[1:]:
            if event.seq > since:
                body = event.body
                if isinstance(body, SessionChanged):  # the recording's clock is another one
                    created = self.store.state.sessions[ID].created
                    body = SessionChanged(
                        session=body.session.model_copy(update={"created": created})
                    )
                self.store.append(body)
                await asyncio.sleep(0.005)
        if self.script == "finish":
            self._session(state="finished", reason="The ideas ended.", incumbent=f"{ID}/3")
        elif self.script == "fail":
            self._session(state="failed", reason="The evaluate command printed no JSON")
        else:
            await asyncio.Event().wait()
        self.playing = None

    async def stop(self, _: Params) -> Stopped:
        if self.script == "stubborn":
            await asyncio.Event().wait()
        if self.playing:
            self.playing.cancel()
            self.playing = None
        for run in list(self.store.state.runs.values()):
            if not run.done:
                await self.stop_run(RunRef(run=run.id))
        return Stopped(session=self._session(state="stopped"), still_running=[])

    async def report(self, _: Params) -> Report:
        return report()

    async def launch(self, wish: LaunchRun) -> Run:
        told = Run(
            id="own1", commit="c" * 40, seed=wish.seed, command="python train.py",
            python=wish.python or "", created=BEGAN, started=BEGAN, ended=BEGAN + 9,
            state="succeeded", exit_code=0, dev={"exact_match": 0.4} if wish.evaluate else None,
        )  # fmt: skip
        self.store.append(RunChanged(run=told))
        return told

    async def stop_run(self, wish: RunRef) -> Run:
        if wish.run not in self.store.state.runs:
            raise UnknownRun(f"There is no run {wish.run}.")
        told = self.store.state.runs[wish.run].model_copy(update={"state": "stopped"})
        self.store.append(RunChanged(run=told))
        return told

    async def log(self, wish: ReadLog) -> LogChunk:
        return LogChunk(text=LOG[wish.offset :], next=len(LOG), done=True)

    async def series(self, _: ReadSeries) -> SeriesAnswer:
        return SeriesAnswer(series=[], next=0)

    async def diagnose(self, wish: RunRef) -> Diagnosis:
        found = self.store.state.findings.get(wish.run)
        return Diagnosis(
            method="sft", rows=60, findings=found.findings if found else [], checked=["S8"]
        )

    async def review(self, _: Params) -> Review:
        told = review()
        hunks = [each.model_copy(update={"decision": self.decision}) for each in told.hunks]
        return told.model_copy(update={"hunks": hunks})

    async def decide(self, wish: Decide) -> Review:
        self.decision = wish.decision
        return await self.review(Params())

    async def preview(self, _: Land) -> LandingPreview:
        dirty = ["train.py"] if self.script == "dirty" else []
        return LandingPreview(
            target="main", commit="e" * 40, files=["train.py"], dirty=dirty, conflicts=[],
            message="Improve exact_match",
        )  # fmt: skip

    async def land(self, _: Land) -> LandingDone:
        if self.script == "dirty":
            raise DirtyFileInTheWay("train.py has uncommitted changes; commit or stash them.")
        return LandingDone(branch="main", before="b" * 40, after="e" * 40, files=["train.py"])


if __name__ == "__main__":
    arguments = sys.argv[1:]
    sys.exit(main(arguments[arguments.index("serve") + 1 :], RecordedService))
