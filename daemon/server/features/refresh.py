"""Tells the client when diagnostics and lenses have changed, at most some three times a second."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress

from ...protocol import (
    Event,
    ExperimentChanged,
    FilesChanged,
    FindingsChanged,
    Landed,
    RunChanged,
    SessionChanged,
)
from ...workspace import EventStore

log = logging.getLogger(__name__)

DELAY = 0.3
"""Seconds from a change until the client is told, with all that changed meanwhile."""


class Refresh:
    """Waits for changes and calls `tell` once for all that come close together.

    Args:
        store: the workspace's events.
        tell: called on the event loop; its argument says whether lenses may have changed too.
    """

    def __init__(self, store: EventStore, tell: Callable[[bool], Awaitable[None]]) -> None:
        self._tell = tell
        self._bell = asyncio.Event()
        self._lenses = False
        self._runs: dict[str, tuple[str, dict[str, float] | None]] = {}
        self._best: tuple[str, str | None, str] | None = None
        self._loop = asyncio.get_running_loop()
        self._unlisten = store.listen(self._on_event)
        self._task = asyncio.create_task(self._run())

    def soon(self, lenses: bool = False) -> None:
        """Something changed. To be called on the event loop."""
        self._lenses |= lenses
        self._bell.set()

    def stop(self) -> None:
        """Tell nothing more."""
        self._unlisten()
        self._unlisten = lambda: None
        self._task.cancel()

    def _on_event(self, event: Event) -> None:
        """Runs in the thread that appended."""
        if self._matters(event):
            with suppress(RuntimeError):  # the loop is closed: the daemon is ending
                self._loop.call_soon_threadsafe(self.soon, True)

    def _matters(self, event: Event) -> bool:
        match event.body:
            case RunChanged(run=run):
                told = (run.state, run.dev)
                changed = self._runs.get(run.id) != told
                self._runs[run.id] = told
                return changed
            case ExperimentChanged(experiment=experiment):
                return experiment.state == "judged"
            case SessionChanged(session=session):
                # One comes every ten seconds, for the time that was spent.
                best = (session.id, session.incumbent, session.state)
                changed, self._best = best != self._best, best
                return changed
            case FindingsChanged() | Landed() | FilesChanged():
                return True
        return False

    async def _run(self) -> None:
        while True:
            await self._bell.wait()
            await asyncio.sleep(DELAY)
            self._bell.clear()
            lenses, self._lenses = self._lenses, False
            try:
                await self._tell(lenses)
            except Exception:  # nobody awaits this task, and the next change may go well
                log.exception("diagnostics could not be told")
