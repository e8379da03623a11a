"""Sends the event log to one client: what it missed, then what comes, once and in order.

Pieces of messages that are being written go between the events, where they belong. They are not in
the log: a client that is too slow for them misses some, and gets the whole text with its event.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable
from contextlib import suppress
from itertools import islice

from ..protocol import Delta, Event
from ..workspace import Deltas, EventStore

log = logging.getLogger(__name__)

#: Events read from the store at a time.
PAGE = 200
#: Pieces of messages that wait for a slow client; older ones are dropped.
MOST_DELTAS = 256


class Follower:
    """Pulls from the store by sequence number; an append only rings a bell.

    There is no queue that a slow client could fill: replay and live are one loop over the log, and
    a client that does not read makes this loop wait.

    Args:
        store: the log.
        since: the last event that the client has.
        send: delivers one event, and returns once the client has room for the next.
        deltas: pieces of messages; None: the client gets none.
    """

    def __init__(
        self,
        store: EventStore,
        since: int,
        send: Callable[[Event | Delta], Awaitable[None]],
        deltas: Deltas | None = None,
    ) -> None:
        self.cursor = since
        """The last event that was sent."""
        self._store = store
        self._send = send
        self._bell = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        self._waiting: deque[tuple[int, Delta]] = deque(maxlen=MOST_DELTAS)
        self._unlisten = store.listen(self._ring)
        self._unlisten_deltas = deltas.listen(self._wait) if deltas else lambda: None
        self._task = asyncio.create_task(self._run())

    def stop(self) -> None:
        """Send nothing more."""
        self._unlisten()
        self._unlisten_deltas()
        self._unlisten = self._unlisten_deltas = lambda: None
        self._task.cancel()

    def _ring(self, _: Event) -> None:
        """Runs in the thread that appended."""
        with suppress(RuntimeError):  # the loop is closed: the daemon is ending
            self._loop.call_soon_threadsafe(self._bell.set)

    def _wait(self, head: int, delta: Delta) -> None:
        self._waiting.append((head, delta))
        self._bell.set()

    async def _run(self) -> None:
        try:
            while True:
                self._bell.clear()  # before the read: what is appended during it rings again
                page = await asyncio.to_thread(self._page)
                for event in page:
                    await self._send_deltas(event.seq - 1)
                    await self._send(event)
                    self.cursor = event.seq
                if not page:
                    await self._send_deltas(self.cursor)
                if not page and not self._waiting:
                    await self._bell.wait()
        except ConnectionError:
            pass  # the client has gone; its connection notices by itself
        except Exception:  # nobody awaits this task
            log.exception("events after %d could not be sent", self.cursor)

    async def _send_deltas(self, head: int) -> None:
        """Those that came when the log ended at `head`, or before."""
        while self._waiting and self._waiting[0][0] <= head:
            await self._send(self._waiting.popleft()[1])

    def _page(self) -> list[Event]:
        return list(islice(self._store.replay(self.cursor), PAGE))
