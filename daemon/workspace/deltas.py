"""Pieces of messages while they are written: told to who listens now, and never stored."""

from collections.abc import Callable

from ..protocol import Delta
from .store import EventStore

Listener = Callable[[int, Delta], None]


class Deltas:
    """Passes pieces on. To be used on the event loop.

    Args:
        store: each piece is told with the newest event at its moment, so that a listener can put it
            between the event that began its message and the one that ends it.
    """

    def __init__(self, store: EventStore) -> None:
        self._store = store
        self._listeners: list[Listener] = []

    def send(self, delta: Delta) -> None:
        """Tell a piece to all who listen."""
        for listener in list(self._listeners):
            listener(self._store.head, delta)

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Call `listener` with each piece, after the number of the newest event at its moment.

        Returns:
            A function that ends it.
        """
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)
