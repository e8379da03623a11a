"""The column store: every metric of one run in a file of its own, appended exactly once."""

import errno
import json
import os
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..errors import DiskFull
from .row import Row
from .sources.source import Cursor

Floats = NDArray[np.float64]

_FIELDS = 4
"""A point is (row, step, value, time), four float64."""
_POINT = _FIELDS * 8


@dataclass(frozen=True, eq=False)
class Column:
    """Points of one metric, oldest first.

    Args:
        rows: number of the row in the store, from 0.
        steps: optimiser steps.
        values: may hold NaN and infinities.
        times: UTC seconds; NaN where unknown.
    """

    rows: Floats
    steps: Floats
    values: Floats
    times: Floats

    def __len__(self) -> int:
        return len(self.steps)

    def take(self, chosen: NDArray[np.intp]) -> "Column":
        """The points at these positions."""
        return Column(
            self.rows[chosen], self.steps[chosen], self.values[chosen], self.times[chosen]
        )


class ColumnStore:
    """The series of one run in a folder.

    Each metric has a file of points. `index.json` says how many points of each count, how many rows
    there are, and how far the source was read; it is replaced in one move after the points were
    written. So rows and cursor change together: what a killed writer left behind the index is not
    read, and the next append overwrites it.

    One process writes; any may read.

    Args:
        folder: made with the first append.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.rows = 0
        """Rows kept."""
        self.cursor: Cursor | None = None
        """How far the source was read; None: never."""
        self._points: dict[str, int] = {}  # in the order of the files' numbers
        self._open()

    def _open(self) -> None:
        try:
            index = json.loads((self.folder / "index.json").read_text("utf-8"))
            points = {str(name): int(count) for name, count in index["points"].items()}
            rows, cursor = int(index["rows"]), index["cursor"]
            for number, count in enumerate(points.values()):
                if self._file(number).stat().st_size < count * _POINT:
                    return  # a power cut took points that the index knows: the source has them all
        except (FileNotFoundError, ValueError, KeyError, TypeError, AttributeError):
            return
        self._points, self.rows, self.cursor = points, rows, cursor

    def _file(self, number: int) -> Path:
        # Metric names hold slashes and whatever a user calls a reward function.
        return self.folder / f"{number:04d}.f64"

    def names(self) -> list[str]:
        """Metrics in the order of their first appearance."""
        return list(self._points)

    def append(self, rows: list[Row], cursor: Cursor) -> None:
        """Keep rows and the cursor behind them, both or neither.

        Raises:
            DiskFull: there is no room; the store is as before.
        """
        fresh: dict[str, list[float]] = defaultdict(list)
        for number, row in enumerate(rows, self.rows):
            when = float("nan") if row.time is None else row.time
            for name, value in row.values.items():
                fresh[name] += (number, row.step, value, when)
        points = dict(self._points)
        for name in fresh:
            points.setdefault(name, 0)
        files = {name: self._file(number) for number, name in enumerate(points)}
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            for name, floats in fresh.items():
                self._write(files[name], points[name], np.array(floats, dtype="<f8").tobytes())
                points[name] += len(floats) // _FIELDS
            self._commit(points, self.rows + len(rows), cursor)
        except OSError as error:
            if error.errno not in (errno.ENOSPC, errno.EDQUOT):
                raise
            raise DiskFull(
                f"No room to keep metrics in {self.folder}; free some disk space, they are read "
                "again from where they stopped."
            ) from error
        self._points, self.rows, self.cursor = points, self.rows + len(rows), dict(cursor)

    def _write(self, path: Path, points: int, block: bytes) -> None:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
        with os.fdopen(descriptor, "r+b") as file:
            file.seek(points * _POINT)
            file.write(block)
            file.truncate()

    def _commit(self, points: dict[str, int], rows: int, cursor: Cursor) -> None:
        index = {"version": 1, "rows": rows, "points": points, "cursor": cursor}
        draft = self.folder / "index.json.new"
        draft.write_text(json.dumps(index), "utf-8")
        draft.replace(self.folder / "index.json")

    def read(self, name: str, since: int = 0, most: int | None = None) -> Column:
        """Points of one metric from row `since` on; none for an unknown name.

        The arrays are views on one block read from the file: a million points are 32 MB. The file
        is not mapped into memory: whoever reads on while it is written anew would be killed.

        Args:
            most: of its first points so many at most.
        """
        count = self._points.get(name, 0)
        if most is not None:
            count = min(count, most)
        if count == 0:
            block = np.empty((0, _FIELDS))
        else:
            path = self._file(list(self._points).index(name))
            block = np.fromfile(path, dtype="<f8", count=count * _FIELDS).reshape(-1, _FIELDS)
        if since > 0:
            block = block[np.searchsorted(block[:, 0], since) :]
        return Column(block[:, 0], block[:, 1], block[:, 2], block[:, 3])

    def last(self) -> dict[str, float]:
        """The newest value of each metric."""
        newest = {}
        for number, (name, count) in enumerate(self._points.items()):
            before = (count - 1) * _POINT
            point = np.fromfile(self._file(number), dtype="<f8", count=_FIELDS, offset=before)
            newest[name] = float(point[2])
        return newest

    def history(self, since: int = 0) -> list[Row]:
        """Rows as they were appended, from row `since` on."""
        values: dict[int, dict[str, float]] = defaultdict(dict)
        marks: dict[int, tuple[int, float | None]] = {}
        for name in self._points:
            column = self.read(name, since)
            times = [None if np.isnan(time) else float(time) for time in column.times]
            for row, step, value, time in zip(
                column.rows.tolist(),
                column.steps.tolist(),
                column.values.tolist(),
                times,
                strict=True,
            ):
                values[int(row)][name] = value
                marks[int(row)] = int(step), time
        return [Row(marks[row][0], values[row], marks[row][1]) for row in sorted(marks)]
