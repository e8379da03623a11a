"""Where the output goes: one console for answers, one for progress, JSON for scripts."""

import json
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console

PLAIN_WIDTH = 10_000
"""A pipe has no width: lines are never folded there."""


def answers() -> Console:
    """stdout: what the command was asked for. No colour and no folding when piped."""
    return _console(sys.stdout.isatty(), stderr=False)


def remarks() -> Console:
    """stderr: progress and errors."""
    return _console(sys.stderr.isatty(), stderr=True)


def _console(is_terminal: bool, stderr: bool) -> Console:
    width = None if is_terminal or "COLUMNS" in os.environ else PLAIN_WIDTH
    return Console(stderr=stderr, width=width, highlight=False, soft_wrap=False)


def print_json(document: Any) -> None:
    """Write the one JSON document of a `--json` command.

    Args:
        document: a JSON value; numbers that JSON lacks are strings already (`Wire.wire`).
    """
    print(json.dumps(document, ensure_ascii=False, indent=2, allow_nan=False))


def say(console: Console, line: str) -> None:
    """Print a sentence as it is: no markup, and no folding that would break a command in two."""
    console.print(line, markup=False, soft_wrap=True)


@dataclass(frozen=True)
class Glyphs:
    """The characters of trees, bars and sparklines, for terminals with and without Unicode."""

    branch: str
    last: str
    pipe: str
    full: str
    empty: str
    blocks: str
    nan: str
    rule: str
    dot: str
    plus_minus: str
    arrow: str
    more: str


UNICODE = Glyphs("├", "└", "│", "━", "─", "▁▂▃▄▅▆▇█", "×", "─", "o", "±", "→", "…")
ASCII = Glyphs("|", "'", "|", "#", "-", "_.-=+*#@", "!", "-", "o", "+/-", "->", "...")


def glyphs(console: Console) -> Glyphs:
    """Those that the console's encoding can show."""
    return UNICODE if console.encoding.lower().startswith("utf") else ASCII


def command(root: Path, *words: str) -> str:
    """A command line that works when pasted where the person stands.

    Args:
        root: the workspace that it is about.
        words: what follows `intern`.
    """
    parts = [_executable()]
    here = Path.cwd()
    if not (here == root or root in here.parents):
        parts += ["-C", _quoted(_shorter(root, here))]
    return " ".join([*parts, *words])


def _executable() -> str:
    """`intern`, or the path that was typed when a bare `intern` would find another or none."""
    import shutil  # noqa: PLC0415 - only the last line of a command needs it

    typed = Path(sys.argv[0])
    if typed.name != "intern" or not typed.is_file():
        return "intern"
    found = shutil.which("intern")
    if found and Path(found).resolve() == typed.resolve():
        return "intern"
    return _quoted(_shorter(typed.absolute(), Path.cwd()))


def _shorter(path: Path, here: Path) -> str:
    return str(path.relative_to(here)) if path.is_relative_to(here) else str(path)


def _quoted(text: str) -> str:
    import shlex  # noqa: PLC0415 - as above

    return shlex.quote(text)
