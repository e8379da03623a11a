"""Rows from a training log: the dictionaries that transformers' Trainer prints."""

import re
from pathlib import Path

from ..row import Row, read_number, read_values
from .source import Cursor, count
from .tail import Tail

_DICT = re.compile(r"\{\s*['\"][^{}]*\}")
# Values are quoted since transformers 5 ('loss': '8.375') and bare before ('loss': nan).
_PAIR = re.compile(r"""['"]([^'"]+)['"]\s*:\s*(?:'([^']*)'|"([^"]*)"|([^,}]+))""")

_MARKS = ("epoch", "loss", "eval_loss", "train_loss", "reward")
"""A dictionary with none of these is somebody's own print."""


class PrintedSource:
    """Follows a log in which metric dictionaries stand between progress bars and other output.

    The Trainer prints no step, so training logs are numbered in their order from 1, and an
    evaluation belongs to the training log before it. The printed `epoch` stays among the values.

    Args:
        path: the log; it may not exist yet.
        cursor: where an earlier source stopped.
    """

    def __init__(self, path: Path, cursor: Cursor | None = None) -> None:
        # Progress bars redraw themselves with a carriage return.
        self._tail = Tail(path, count(cursor, "offset"), ends="\n\r")
        self._logs = count(cursor, "logs")
        self.total_steps: int | None = None

    @property
    def cursor(self) -> Cursor:
        return {"offset": self._tail.offset, "logs": self._logs}

    def poll(self, final: bool = False) -> list[Row]:
        rows: list[Row] = []
        for line in self._tail.read(final):
            for found in _DICT.finditer(line):
                values = self._values(found[0])
                if not any(mark in values for mark in _MARKS):
                    continue
                if "loss" in values or "reward" in values:
                    self._logs += 1
                rows.append(Row(self._logs, values))
        return rows

    def _values(self, text: str) -> dict[str, float]:
        pairs = {
            match[1]: next(value for value in match.groups()[1:] if value is not None).strip()
            for match in _PAIR.finditer(text)
        }
        numbers = {name: value for name, value in pairs.items() if read_number(value) is not None}
        return read_values(numbers)
