"""The person's own runs: one execution of the training command, outside any session."""

import asyncio
import time
from pathlib import Path

from ..errors import InternError
from ..integrity import clean_checkout
from ..protocol import Note, Run
from ..protocol.methods import LaunchRun
from ..repo import Repository, take_snapshot
from ..runs import Checkout, RunKeeper, RunRequest, find_python, read_request
from ..workspace import Config, EventStore, Layout, load


class Launcher:
    """Starts runs that a person asked for and scores them if asked.

    Args:
        layout: places on disk.
        store: the workspace's events.
        keeper: launches and watches runs.
        repository: the user's repository.
    """

    def __init__(
        self, layout: Layout, store: EventStore, keeper: RunKeeper, repository: Repository
    ) -> None:
        self._layout = layout
        self._store = store
        self._keeper = keeper
        self._repository = repository
        self._scoring: set[asyncio.Task[None]] = set()

    async def launch(self, wish: LaunchRun) -> Run:
        """Start one run at a commit; the answer comes as soon as it is queued.

        Raises:
            NoConfig, BadConfig, NoInterpreter, GitRefused: it can't be started.
        """
        config = load(self._layout.config)
        python = await asyncio.to_thread(find_python, config, self._layout.root, wish.python)
        commit = await asyncio.to_thread(self._commit, wish)
        run = await self._keeper.launch(
            RunRequest(
                commit=commit,
                command=config.train.command,
                python=python,
                seed=wish.seed,
                rung=wish.rung,
                session=None,
                experiment=None,
                share=config.train.share,
                outputs=config.train.outputs,
                minutes=config.train.minutes,
                evaluate=wish.evaluate,
            )
        )
        if wish.evaluate:
            self._score_later(run, config)
        return run

    def adopt(self) -> None:
        """At the daemon's start: the scores that an earlier daemon promised and did not bring."""
        for run in self._store.state.runs.values():
            if run.session is None and (not run.done or run.state == "succeeded"):
                request = read_request(self._layout.run(run.id))
                if request is not None and request.evaluate and not _was_scored(run):
                    self._score_later(run)

    async def close(self) -> None:
        """Let go: evaluations go on, and the next daemon takes them up."""
        for task in self._scoring:
            task.cancel()
        await asyncio.gather(*self._scoring, return_exceptions=True)

    def _score_later(self, run: Run, config: Config | None = None) -> None:
        task = asyncio.get_running_loop().create_task(self._score(run, config))
        self._scoring.add(task)
        task.add_done_callback(self._scoring.discard)

    def _commit(self, wish: LaunchRun) -> str:
        if not wish.include_uncommitted:
            return self._repository.resolve(wish.commit)
        start = take_snapshot(self._repository, f"run-{time.time_ns()}", include_uncommitted=True)
        return start.commit

    async def _score(self, run: Run, config: Config | None) -> None:
        run = await self._keeper.wait(run.id)
        if run.state != "succeeded":
            return
        try:
            config = config or load(self._layout.config)
            share = config.train.share

            def make(place: Path) -> None:
                clean_checkout(self._repository, run.commit, place, share)

            checkout = Checkout(make, config.train.outputs)
            await self._keeper.evaluate(
                run.id, config.eval.command, "dev", checkout, config.train.minutes
            )
        except InternError as error:
            self._store.append(Note(session=None, level="warning", text=f"{run.id}: {error}"))


def _was_scored(run: Run) -> bool:
    """Whether it has a score, or words on why there is none."""
    said = run.evaluations.get("dev")
    return said is not None and (said.values is not None or said.message is not None)
