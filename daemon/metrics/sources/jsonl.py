"""Rows from a file with one JSON object a line: our recorder's `metrics.jsonl`, or anybody's."""

import json
from pathlib import Path

from ..row import Row, read_number, read_row, read_step
from .source import Cursor, count
from .tail import Tail


class JsonlSource:
    """Follows a JSONL file.

    Two shapes are read: the recorder's `{"step", "time", "logs": {...}, "max_steps"}`, and a flat
    object of metrics with `step`, `global_step` or `_step`. Without a step, objects are counted.

    Args:
        path: the file; it may not exist yet.
        cursor: where an earlier source stopped.
    """

    def __init__(self, path: Path, cursor: Cursor | None = None) -> None:
        self._tail = Tail(path, count(cursor, "offset"))
        self._objects = count(cursor, "objects")
        self._newest = count(cursor, "newest")
        self.total_steps: int | None = count(cursor, "total_steps") or None
        self.unreadable: int | None = None
        """First line, counted from 1 within this object's reading, that is no JSON object."""
        self._lines = 0

    @property
    def cursor(self) -> Cursor:
        return {
            "offset": self._tail.offset,
            "objects": self._objects,
            "newest": self._newest,
            "total_steps": self.total_steps,
        }

    def poll(self, final: bool = False) -> list[Row]:
        """New rows. A broken line inside the file is left out; a file written anew is read anew,
        without the steps that were read before."""
        restarts = self._tail.restarts
        lines = self._tail.read(final)
        seen = self._newest if self._tail.restarts > restarts else None
        rows = [row for line in lines if (row := self._row(line)) is not None]
        if seen is not None:
            rows = [row for row in rows if row.step > seen]
        return rows

    def _row(self, line: str) -> Row | None:
        self._lines += 1
        if not line.strip():
            return None
        try:
            entry = json.loads(line)
        except ValueError:
            entry = None
        if not isinstance(entry, dict):
            self.unreadable = self.unreadable or self._lines
            return None
        self._objects += 1
        total = read_step(entry.get("max_steps"))
        logs = entry.get("logs")
        if isinstance(logs, dict):
            row = read_row(
                {k: v for k, v in logs.items() if k != "step"},
                step=read_step(entry.get("step")),
                time=read_number(entry.get("time")),
            )
        else:
            entry.pop("max_steps", None)
            row = read_row(entry, step=self._objects)
        if total is not None and total > 0:
            self.total_steps = total
        if row is not None:
            self._newest = max(self._newest, row.step)
        return row
