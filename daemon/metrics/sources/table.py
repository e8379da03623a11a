"""Rows from a CSV table with a header: a logger's, or what W&B's charts export."""

import csv
import re
from pathlib import Path

from ..row import STEP_KEYS, Row, read_row
from .source import Cursor, count

_EXPORTED = re.compile(r"^.* - (?P<metric>[^ ].*?)$")
"""W&B names an exported column `<run> - <metric>`, with `__MIN` and `__MAX` beside it."""

_STEPS = frozenset(("step", "steps", "iteration", "iter"))


class TableSource:
    """Reads a CSV file anew with each poll: tables are exports, and small.

    Args:
        path: the file, with names in its first line.
        cursor: where an earlier source stopped.
    """

    total_steps: int | None = None

    def __init__(self, path: Path, cursor: Cursor | None = None) -> None:
        self._path = path
        self._lines = count(cursor, "lines")

    @property
    def cursor(self) -> Cursor:
        return {"lines": self._lines}

    def poll(self, final: bool = False) -> list[Row]:
        """New rows; a line without a number is left out."""
        with self._path.open(encoding="utf-8-sig", errors="replace", newline="") as file:
            head = file.readline()
            dialect = "excel-tab" if head.count("\t") > head.count(",") else "excel"
            file.seek(0)
            lines = list(csv.reader(file, dialect))
        names = [_name(name.strip()) for name in lines[0]] if lines else []
        rows = []
        for number, values in enumerate(lines[1:], 1):
            if number <= self._lines:
                continue
            logged = {
                name: value
                for name, value in zip(names, values, strict=False)
                if name is not None and value.strip()
            }
            if (row := read_row(logged, step=number)) is not None:
                rows.append(row)
        self._lines = max(self._lines, len(lines) - 1)
        return rows


def looks_like_table(head: str) -> bool:
    """Whether a first line names columns, one of them a metric or a step."""
    names = {name.strip().strip('"').lower() for name in re.split(r"[,\t]", head)}
    known = names & ({*_STEPS, *STEP_KEYS, "epoch", "loss", "train_loss", "reward"})
    return len(names) > 1 and bool(known or any(" - " in name for name in names))


def _name(column: str) -> str | None:
    """The metric of a column; None: it is no metric of its own."""
    if column.endswith(("__MIN", "__MAX")):
        return None
    if column.lower() in _STEPS:
        return "step"
    exported = _EXPORTED.match(column)
    return exported["metric"] if exported else column
