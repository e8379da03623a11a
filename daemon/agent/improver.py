"""Sessions of a workspace: start one, take one up again, stop it."""

import asyncio
import time
from dataclasses import dataclass, field
from pathlib import Path

from ..errors import BadConfig, BadInput, NoConfig, SessionBusy, UnknownSession
from ..experiments import Lab, Ledger
from ..integrity import hash_locked
from ..protocol import Budget, Session, SessionChanged
from ..protocol.methods import Improve, ResumeSession, TryCandidate
from ..repo import (
    Repository,
    ensure_worktree,
    open_repository,
    read_text,
    take_snapshot,
    unique_branch,
)
from ..runs import RunKeeper, find_python
from ..workspace import Config, EventStore, Layout, load
from ..workspace.config import read
from .approvals import Gate
from .models import check_model
from .session import Improvement
from .wishes import candidate_for


@dataclass
class Improver:
    """Holds the session that runs; one at a time in a workspace.

    Args:
        layout: places on disk.
        store: the workspace's events.
        keeper: launches and watches runs.
        gate: asks the person where policy says so.
    """

    layout: Layout
    store: EventStore
    keeper: RunKeeper
    gate: Gate
    current: Improvement | None = None
    _beginning: asyncio.Lock = field(default_factory=asyncio.Lock)
    """Two clients that ask at the same moment must not get a session each."""

    def find(self, session_id: str | None) -> Session:
        """A session by id, or the newest.

        Raises:
            UnknownSession: there is none.
        """
        if session_id is None:
            session = self.store.state.newest_session()
        else:
            session = self.store.state.sessions.get(session_id)
        if session is None:
            raise UnknownSession(
                "This workspace has no session yet; start one with `intern improve`."
                if session_id is None
                else f"There is no session {session_id}; `intern status` names the newest."
            )
        return session

    def mark_interrupted(self) -> None:
        """At the daemon's start: a session that still says `running` died with the last daemon."""
        for session in list(self.store.state.sessions.values()):
            if session.state == "running":
                reason = "The daemon ended; take it up again with `intern improve --resume`."
                ended = session.model_copy(update={"state": "interrupted", "reason": reason})
                self.store.append(SessionChanged(session=ended))

    async def start(self, wish: Improve) -> Session:
        """Begin a new session.

        Raises:
            SessionBusy: one is running.
            NoRepository, NoConfig, BadConfig, NoInterpreter: the workspace is not ready.
        """
        async with self._beginning:
            return await self._start(wish)

    async def _start(self, wish: Improve) -> Session:
        await self._free()
        check_model(wish.model)
        text, config = read(self.layout.config)
        if config.policy.run == "deny":
            raise BadInput(
                'intern.toml says run = "deny" under [policy], so nothing can be measured; change '
                'it to "ask" or "allow".'
            )
        for each in wish.wishes:
            await asyncio.to_thread(candidate_for, each, self.layout.root, config)
        python = await asyncio.to_thread(find_python, config, self.layout.root, wish.python)
        repository = await asyncio.to_thread(open_repository, self.layout.root)
        session, left_out = await asyncio.to_thread(self._prepare, repository, config, wish)
        session = session.model_copy(update={"python": str(python), "seeds": wish.seeds})
        self._keep_contract(session, text)
        self.store.append(SessionChanged(session=session))
        lab = self._lab(session, config, repository, python)
        if left_out:
            lab.note(
                f"{len(left_out)} changed or untracked files are not part of the starting point "
                f"({left_out[0]}); changes of tracked ones are with --include-uncommitted."
            )
        return self._begin(lab)

    async def try_candidate(self, ask: TryCandidate) -> Session:
        """One experiment that the person asks for: in the session that runs, else in a new one.

        Raises:
            BadInput, CannotEdit, LockedPath: the code can't be changed so; nothing was started.
            NoRepository, NoConfig, BadConfig, NoInterpreter: the workspace is not ready.
        """
        wish = ask.wish.model_copy(update={"experiment": None, "refused": None})
        async with self._beginning:
            if (going := self._going()) is not None:
                return await going.wish(wish)
            return await self._start(
                Improve(
                    include_uncommitted=ask.include_uncommitted,
                    python=ask.python,
                    wishes=[wish],
                    only_wishes=True,
                )
            )

    async def resume(self, wish: ResumeSession) -> Session:
        """Take a session up where it stands; a finished one is answered as it is.

        Raises:
            UnknownSession: there is none.
            SessionBusy: another one is running.
        """
        async with self._beginning:
            return await self._resume(wish)

    async def _resume(self, wish: ResumeSession) -> Session:
        session = self.find(wish.session)
        going = self._going()
        if going is not None and going.session_id == session.id:
            return session
        await self._free()
        if session.state == "finished":
            if wish.minutes or wish.runs or wish.cpu_seconds:
                raise BadInput(
                    f"{session.id} has its report and its sealed test is opened, so more budget "
                    "can't change it; start another session with `intern improve`."
                )
            return session
        repository = await asyncio.to_thread(open_repository, self.layout.root)
        config = await asyncio.to_thread(self._config_of, session)
        python = await asyncio.to_thread(find_python, config, self.layout.root, session.python)
        await asyncio.to_thread(
            ensure_worktree,
            repository,
            self.layout.worktree(session.id),
            session.branch,
            session.base_commit,
            config.train.share,
        )
        caps = {
            "minutes": wish.minutes or session.budget.minutes,
            "runs": wish.runs or session.budget.runs,
            "cpu_seconds": wish.cpu_seconds or session.budget.cpu_seconds,
        }
        budget = session.budget.model_copy(update=caps)
        session = session.model_copy(
            update={"state": "running", "reason": None, "budget": budget, "ended": None}
        )
        self.store.append(SessionChanged(session=session))
        lab = self._lab(session, config, repository, python)
        lab.note("Taken up again.")
        return self._begin(lab)

    async def stop(self, session_id: str | None, stop_runs: bool) -> tuple[Session, list[str]]:
        """Stop a session; one that has its report is answered as it is.

        Returns:
            The session and the ids of runs that go on.
        """
        async with self._beginning:
            session = self.find(session_id)
            if session.state == "finished":
                return session, []
            if self.current is not None and self.current.session_id == session.id:
                await self.current.end()
                self.current = None
            going = [run.id for run in self.store.state.session_runs(session.id) if not run.done]
            if stop_runs:
                words = "the session was stopped"
                await asyncio.gather(*(self.keeper.stop(run, words) for run in going))
                going = []
            # What it spent is on record up to the last heartbeat.
            session = self.find(session.id).model_copy(
                update={"state": "stopped", "reason": "Stopped by the person."}
            )
            self.store.append(SessionChanged(session=session))
            return session, going

    async def close(self) -> None:
        """The daemon ends: the session can be resumed, its runs go on."""
        if self.current is not None and self.current.running:
            await self.current.interrupt(
                "The daemon was stopped; take it up again with `intern improve --resume`."
            )

    async def _free(self) -> None:
        if (going := self._going()) is not None:
            raise SessionBusy(
                f"{going.session_id} is improving this workspace; watch it with `intern improve "
                "--resume` or end it with `intern stop`."
            )
        if self.current is not None:
            await self.current.wait()  # it has said its last word and is about to go

    def _going(self) -> Improvement | None:
        """The session that runs and is not about to end."""
        current = self.current
        if current is None or not current.running:
            return None
        return current if self.find(current.session_id).state == "running" else None

    def _begin(self, lab: Lab) -> Session:
        self.store.hold_reserve()
        self.current = Improvement(lab, self.gate)
        self.current.start()
        return lab.session

    def _prepare(
        self, repository: Repository, config: Config, wish: Improve
    ) -> tuple[Session, list[str]]:
        """The session as it begins, and the changed files that are not part of it."""
        number = len(self.store.state.sessions) + 1
        branch = unique_branch(repository, f"{self.layout.root.name}-{number}")
        slug = branch.removeprefix("intern/")
        start = take_snapshot(repository, slug, include_uncommitted=wish.include_uncommitted)
        _check_evaluator(repository, start.commit, config)
        locks = hash_locked(repository, start.commit, config)
        ensure_worktree(
            repository, self.layout.worktree(slug), branch, start.commit, config.train.share
        )
        caps = config.budget
        session = Session(
            id=slug,
            slug=slug,
            branch=branch,
            base_commit=start.commit,
            user_ref=repository.state().user_ref,
            state="running",
            metric=config.eval.metric,
            direction=config.eval.direction,
            budget=wish.budget
            or Budget(minutes=caps.minutes, runs=caps.runs, usd=caps.usd, tokens=caps.tokens),
            locks=locks,
            model=wish.model,
            wishes=wish.wishes,
            only_wishes=wish.only_wishes,
            created=time.time(),
        )
        return session, start.left_out

    def _keep_contract(self, session: Session, text: str) -> None:
        """A resumption scores by the contract that the session began with, committed or not."""
        folder = self.layout.session(session.id)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "intern.toml").write_text(text, encoding="utf-8")

    def _config_of(self, session: Session) -> Config:
        config = load(self.layout.session(session.id) / "intern.toml")
        try:
            policy = load(self.layout.config).policy
        except (NoConfig, BadConfig):
            return config
        # What the agent may do is the person's to change at any time; it moves no score.
        return config.model_copy(update={"policy": policy})

    def _lab(self, session: Session, config: Config, repository: Repository, python: Path) -> Lab:
        return Lab(
            layout=self.layout,
            store=self.store,
            keeper=self.keeper,
            repository=repository,
            config=config,
            python=python,
            session_id=session.id,
            ledger=Ledger(
                session.budget,
                session.spent.seconds,
                lambda: self.store.state.session_runs(session.id),
            ),
            seeds=tuple(range(max(2, session.seeds))),
        )


def _check_evaluator(repository: Repository, commit: str, config: Config) -> None:
    """The evaluate command must name files that the commit holds: scores come from a checkout."""
    for word in config.eval.command.split():
        path = word.removeprefix("./")
        if path.endswith(".py") and read_text(repository, commit, path) is None:
            raise BadConfig(
                f"[eval] command runs {path}, which is not committed; commit it, since scores come "
                "from a clean checkout."
            )
