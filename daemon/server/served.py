"""What a connection needs of the workspace behind it."""

from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any, Protocol

from ..protocol import Wire
from ..workspace import Deltas, EventStore

Handler = Callable[[Any], Awaitable[Wire]]
"""Takes the parameters model of its method, answers with the result model."""


class Served(Protocol):
    """The one service that all connections of a daemon share."""

    root: Path
    store: EventStore
    deltas: Deltas

    async def start(self) -> None:
        """Take up what went on before. An InternError ends the daemon with its sentence."""

    async def close(self) -> None:
        """Leave everything in a state that another daemon can take up."""

    def busy(self) -> bool:
        """Whether a run or a session goes on; a busy daemon never ends for idleness."""

    def handlers(self) -> Mapping[str, Handler]:
        """By method name. `intern/subscribe` and `intern/shutdown` are the connection's own."""
