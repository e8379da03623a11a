"""Rows from `trainer_state.json`, which transformers' Trainer writes with every checkpoint."""

import json
import re
from pathlib import Path
from typing import Any

from ..row import Row, read_row, read_step
from .source import Cursor, count

NAME = "trainer_state.json"
_CHECKPOINT = re.compile(r"checkpoint-(\d+)$")
_DEPTH = 3
"""Folders below the output folder that are looked into: `outputs/<run>/checkpoint-10`."""


def newest_state(folder: Path, since: float = 0.0) -> Path | None:
    """The trainer state in a folder that holds the most: that of the finished run, else that of the
    checkpoint with the highest step.

    Args:
        folder: an output folder, or a checkpoint.
        since: UTC seconds; files older than this belong to an earlier run.
    """
    best: tuple[float, Path] | None = None
    for depth in range(_DEPTH):
        for path in folder.glob("*/" * depth + NAME):
            try:
                if path.stat().st_mtime < since:
                    continue
            except FileNotFoundError:  # a rotating checkpoint
                continue
            checkpoint = _CHECKPOINT.search(path.parent.name)
            # The Trainer writes the state beside the checkpoints only when training has ended.
            rank = float(checkpoint[1]) if checkpoint else float("inf")
            if best is None or rank > best[0]:
                best = rank, path
    return best[1] if best else None


class TrainerStateSource:
    """Follows the history in `trainer_state.json`, in whichever checkpoint is the newest.

    Args:
        path: the file, or a folder with checkpoints somewhere below.
        cursor: where an earlier source stopped.
        since: UTC seconds; files older than this belong to an earlier run.
    """

    def __init__(self, path: Path, cursor: Cursor | None = None, since: float = 0.0) -> None:
        self._path = path
        self._since = since
        self._entries = count(cursor, "entries")
        self._seen: tuple[str, int, int] | None = None
        self.total_steps: int | None = count(cursor, "total_steps") or None

    @property
    def cursor(self) -> Cursor:
        return {"entries": self._entries, "total_steps": self.total_steps}

    def poll(self, final: bool = False) -> list[Row]:
        path = newest_state(self._path, self._since) if self._path.is_dir() else self._path
        if path is None:
            return []
        try:
            status = path.stat()
            mark = str(path), status.st_mtime_ns, status.st_size
            if mark == self._seen:
                return []
            state = json.loads(path.read_text("utf-8", "replace"))
        except (FileNotFoundError, NotADirectoryError, ValueError):
            return []  # not there yet, or half written: it is read whole the next time
        self._seen = mark
        return self._rows(state)

    def _rows(self, state: Any) -> list[Row]:
        history = state.get("log_history") if isinstance(state, dict) else None
        if not isinstance(history, list):
            return []
        self.total_steps = read_step(state.get("max_steps")) or self.total_steps
        rows: list[Row] = []
        for number, entry in enumerate(history, 1):
            if number <= self._entries or not isinstance(entry, dict):
                continue
            row = read_row(entry, step=rows[-1].step + 1 if rows else number)
            if row is not None:
                rows.append(row)
        self._entries = max(self._entries, len(history))
        return rows
