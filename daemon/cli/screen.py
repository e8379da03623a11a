"""How an improvement is shown while it goes on: drawn in place, or told line by line."""

import time
from types import TracebackType
from typing import Protocol, Self

from rich.console import Console
from rich.live import Live

from ..protocol import Event
from .board import Board
from .plain import PlainLines
from .terminal import glyphs, say
from .view import view

REDRAW_SECONDS = 0.33
"""At most three frames a second: the machine trains at the same time."""
CLOCK_SECONDS = 1.0
"""Without an event, only the clocks change."""


class Screen(Protocol):
    """A place that shows one board."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...

    def show(self, event: Event) -> None:
        """The board has folded an event of its session."""
        ...

    def tick(self) -> None:
        """Time has passed."""
        ...

    def say(self, line: str) -> None:
        """Tell something that is no event."""
        ...


class PlainScreen:
    """One line a happening, for pipes and logs."""

    def __init__(self, board: Board, console: Console) -> None:
        self._lines = PlainLines(board)
        self._console = console

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        return None

    def show(self, event: Event) -> None:
        for line in self._lines.tell(event):
            self.say(line)

    def tick(self) -> None:
        return None

    def say(self, line: str) -> None:
        say(self._console, line)


class LiveScreen:
    """The view, redrawn in place. Its last frame stays when it closes."""

    def __init__(self, board: Board, console: Console) -> None:
        self._board = board
        self._console = console
        self._changed = True
        self._drawn = 0.0
        # Drawn by `tick` alone: Rich's own thread would draw eight times a second, changed or not.
        self._live = Live(console=console, auto_refresh=False, vertical_overflow="crop")

    def __enter__(self) -> Self:
        self._live.start()
        self.tick()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._draw()
        self._live.stop()

    def show(self, event: Event) -> None:
        self._changed = True
        self.tick()

    def tick(self) -> None:
        waited = time.monotonic() - self._drawn
        if waited >= (REDRAW_SECONDS if self._changed else CLOCK_SECONDS):
            self._draw()

    def say(self, line: str) -> None:
        say(self._console, line)

    def _draw(self) -> None:
        self._drawn, self._changed = time.monotonic(), False
        width, height = self._console.size
        self._live.update(
            view(self._board, time.time(), width, height, glyphs(self._console)), refresh=True
        )


def screen(board: Board, console: Console, plain: bool) -> Screen:
    """Drawn in place on a terminal, else told in lines."""
    if plain or not console.is_terminal or console.is_dumb_terminal:
        return PlainScreen(board, console)
    return LiveScreen(board, console)
