"""The events of a workspace over restarts of its daemon, read in a thread of their own.

The terminal's thread waits here with a time limit, so clocks go on and Ctrl-C is felt at once.
"""

import queue
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TypeVar

from ..errors import InternError
from ..protocol import Delta, Event, Params, Wire

Answer = TypeVar("Answer", bound=Wire)


class Client(Protocol):
    """What the terminal needs of a connection to the daemon."""

    def call(self, method: str, params: Params | None, result: type[Answer]) -> Answer:
        """Ask and wait for the answer. Raises the `InternError` that the daemon answered with."""
        ...

    def events(self, since: int = 0) -> Iterator[Event]:
        """Events after `since`, for ever. Raises `DaemonUnreachable` when the daemon dies."""
        ...

    def follow(self, since: int) -> Iterator[Event | Delta]:
        """As `events`, subscribed when it returns, with the pieces of messages."""
        ...


Connect = Callable[[Path, bool], AbstractContextManager[Client]]
"""Opens a connection to the daemon of a workspace; True: start the daemon when there is none."""


@dataclass(frozen=True)
class Lost:
    """The connection ended. `why` is the sentence of the error."""

    why: InternError


class Feed:
    """Events after `since` from a connection of its own.

    Args:
        root: the workspace.
        since: last sequence number that is known already.
    """

    def __init__(self, connect: Connect, root: Path, since: int) -> None:
        self._connect, self._root, self._since = connect, root, since
        self._queue: queue.SimpleQueue[Event | Lost] = queue.SimpleQueue()
        self._ended = threading.Event()
        # A daemon thread: it may wait in a read that nothing ends when the terminal leaves.
        threading.Thread(target=self._read, name="intern-events", daemon=True).start()

    def next(self, timeout: float) -> Event | Lost | None:
        """The next event, or None when `timeout` seconds brought none."""
        try:
            return self._queue.get(timeout=max(0.0, timeout))
        except queue.Empty:
            return None

    def end(self) -> None:
        """Read no further."""
        self._ended.set()

    def _read(self) -> None:
        try:
            with self._connect(self._root, True) as client:
                for event in client.events(self._since):
                    if self._ended.is_set():
                        return
                    self._queue.put(event)
        except InternError as error:
            self._queue.put(Lost(error))
