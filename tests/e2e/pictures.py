"""The pictures in the documentation, drawn from a recorded session.

    python -m tests.e2e.pictures

Each comes in a dark and a light variant; the README lets the reader's browser choose.
"""

import io
import json
from collections.abc import Iterator
from pathlib import Path

from intern_daemon.cli.board import Board
from intern_daemon.cli.summary import next_steps, summary
from intern_daemon.cli.terminal import UNICODE
from intern_daemon.cli.view import view
from intern_daemon.protocol import Event, Report, SessionChanged
from rich.console import Console, Group, RenderableType
from rich.terminal_theme import TerminalTheme
from rich.text import Text

from .record import EVENTS, REPORT

IMAGES = Path(__file__).resolve().parents[2] / "docs" / "images"
WIDTH = 100

THEMES = {
    "dark": TerminalTheme(
        (13, 17, 23),
        (230, 237, 243),
        [
            (110, 118, 129),
            (255, 123, 114),
            (63, 185, 80),
            (210, 153, 34),
            (88, 166, 255),
            (188, 140, 255),
            (57, 197, 207),
            (230, 237, 243),
        ],
    ),
    "light": TerminalTheme(
        (255, 255, 255),
        (10, 12, 16),
        [
            (36, 41, 47),
            (207, 34, 46),
            (17, 99, 41),
            (125, 78, 0),
            (9, 105, 218),
            (130, 80, 223),
            (27, 124, 131),
            (10, 12, 16),
        ],
    ),
}
"""Colours with a contrast of at least 4.5 on their background (WCAG 2.2, 1.4.3)."""

DOCUMENT = """\
<svg viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg">
<style>
.{unique_id}-matrix {{
  font: {char_height}px ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace;
}}
{styles}
</style>
<defs>
{lines}
</defs>
<rect fill="BACKGROUND" width="100%" height="100%" rx="8"/>
<g class="{unique_id}-matrix" xml:space="preserve">
<text fill="FOREGROUND" x="9" y="32">$ intern improve</text>
<g transform="translate(9, 41)">
{backgrounds}
{matrix}
</g>
</g>
</svg>
"""
"""What Rich fills in: no window frame, and no font that has to be fetched."""

ASPECT = 0.602
"""Width over height of a character of Menlo and DejaVu Sans Mono; others are stretched to it."""


def main() -> None:
    """Write all pictures."""
    IMAGES.mkdir(parents=True, exist_ok=True)
    for name, text in pictures().items():
        (IMAGES / name).write_text(text, encoding="utf-8")


def pictures() -> dict[str, str]:
    """SVG documents by file name."""
    drawn = {"demo-live": live(), "demo-report": ending()}
    return {
        f"{name}-{theme}.svg": svg(each, name, theme)
        for name, each in drawn.items()
        for theme in THEMES
    }


def events() -> Iterator[Event]:
    """The recorded session up to the moment of the live picture."""
    with EVENTS.open(encoding="utf-8") as lines:
        for line in lines:
            yield Event.model_validate_json(line)


def live() -> RenderableType:
    """`intern improve` at work."""
    told = list(events())
    started = next(each.body for each in told if isinstance(each.body, SessionChanged))
    board = Board(started.session.id)
    for event in told:
        board.take(event)
    return view(board, told[-1].time, WIDTH, 100, UNICODE)


def ending() -> RenderableType:
    """What `intern improve` prints when it is done."""
    report = Report.model_validate(json.loads(REPORT.read_text(encoding="utf-8")))
    steps = [Text(line) for line in next_steps(report, Path.cwd())]
    return Group(summary(report, WIDTH, UNICODE), Text(""), *steps)


def svg(drawn: RenderableType, name: str, theme: str) -> str:
    """What a terminal of `WIDTH` columns shows, as an SVG document that needs nothing else."""
    console = Console(record=True, width=WIDTH, file=io.StringIO(), force_terminal=True)
    console.print(drawn)
    colours = THEMES[theme]
    document = DOCUMENT.replace("BACKGROUND", colours.background_color.hex)
    document = document.replace("FOREGROUND", colours.foreground_color.hex)
    text = console.export_svg(
        theme=colours,
        code_format=document,
        font_aspect_ratio=ASPECT,
        unique_id=f"{name}-{theme}",
    )
    return "\n".join(line.rstrip() for line in text.splitlines()) + "\n"


if __name__ == "__main__":
    main()
