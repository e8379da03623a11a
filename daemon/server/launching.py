"""The person's own runs: one execution of the training command, outside any session."""

import asyncio
import time

from ..errors import InternError
from ..integrity import clean_checkout
from ..protocol import Note, Run
from ..protocol.methods import LaunchRun
from ..repo import Repository, remove_tree, take_snapshot
from ..runs import RunKeeper, RunRequest, find_python
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
            )
        )
        if wish.evaluate:
            task = asyncio.get_running_loop().create_task(self._score(run, config))
            self._scoring.add(task)
            task.add_done_callback(self._scoring.discard)
        return run

    def _commit(self, wish: LaunchRun) -> str:
        if not wish.include_uncommitted:
            return self._repository.resolve(wish.commit)
        start = take_snapshot(self._repository, f"run-{time.time_ns()}", include_uncommitted=True)
        return start.commit

    async def _score(self, run: Run, config: Config) -> None:
        run = await self._keeper.wait(run.id)
        if run.state != "succeeded":
            return
        place = self._layout.run(run.id) / "checkout-dev"
        try:
            await asyncio.to_thread(
                clean_checkout, self._repository, run.commit, place, config.train.share
            )
            await self._keeper.evaluate(run.id, config.eval.command, "dev", place)
            await asyncio.to_thread(remove_tree, place)
        except InternError as error:
            self._store.append(Note(session=None, level="warning", text=f"{run.id}: {error}"))
