"""Follow one run: find out where its metrics appear, and keep every row exactly once."""

import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import numpy as np

from .columns import ColumnStore
from .row import Row
from .sources import (
    Cursor,
    JsonlSource,
    PrintedSource,
    Source,
    TrackioSource,
    TrainerStateSource,
)

PATIENCE = 2.0
"""Seconds that a lesser source waits for a better one to show its first row: Trackio's rows arrive
0.3 to 0.6 s after they were logged, so the printed log is always first."""


class Follower:
    """Copies the metrics of one run into its column store, `<run_folder>/series/`.

    The same numbers appear in several places. One is chosen when the first rows come, and kept for
    good: the recorder's `metrics.jsonl`, else Trackio, else the printed log, else
    `trainer_state.json`. The choice, the cursor and the rows are stored together, so a daemon that
    was killed goes on without a gap or a repetition.

    Args:
        run_folder: holds `metrics.jsonl` once the recorder writes; the store is made in it.
        trackio_dir: the run's own TRACKIO_DIR; None: it has none.
        log: what the training command prints.
        outputs: folders where checkpoints may appear.
        since: start of the run in UTC seconds; older checkpoints belong to an earlier run.
        patience: seconds, see `PATIENCE`.
    """

    def __init__(
        self,
        run_folder: Path,
        trackio_dir: Path | None,
        log: Path,
        outputs: Sequence[Path] = (),
        *,
        since: float = 0.0,
        patience: float = PATIENCE,
    ) -> None:
        self.store = ColumnStore(run_folder / "series")
        self._makers: dict[str, Callable[[Cursor | None], Source]] = {
            "recorder": lambda cursor: JsonlSource(run_folder / "metrics.jsonl", cursor),
        }
        if trackio_dir is not None:
            self._makers["trackio"] = lambda cursor: TrackioSource(trackio_dir, cursor=cursor)
        self._makers["printed"] = lambda cursor: PrintedSource(log, cursor)
        for number, folder in enumerate(outputs):
            self._makers[f"trainer_state {number}"] = partial(
                TrainerStateSource, folder, since=since
            )
        self._probes = {name: make(None) for name, make in self._makers.items()}
        self._alive: set[str] = set()
        self._patience = patience
        self._waiting_since: float | None = None
        self._name: str | None = None
        self._source: Source | None = None
        self._latest: dict[str, float] = {}
        self._step: int | None = None
        self._time: float | None = None
        self._go_on()

    @property
    def source(self) -> str | None:
        """Name of the chosen source; None before the first rows."""
        return self._name

    @property
    def total_steps(self) -> int | None:
        """Steps of the whole run; None when the source does not say."""
        return self._source.total_steps if self._source else None

    @property
    def last(self) -> Row | None:
        """The newest step with the newest value of every metric; None before the first row."""
        if self._step is None:
            return None
        return Row(self._step, dict(self._latest), self._time)

    def poll(self, final: bool = False) -> list[Row]:
        """Rows that arrived since the last call; they are in the store when this returns.

        Args:
            final: the run has ended: choose at once, and take an unended last line.

        Raises:
            DiskFull: nothing was kept; the same rows come with the next call.
        """
        source = self._source
        name = self._name
        if source is None or name is None:
            chosen = self._choose(final)
            if chosen is None:
                return []
            name, source = chosen
        rows = source.poll(final)
        if not rows:
            return []
        try:
            self.store.append(rows, {**source.cursor, "source": name})
        except BaseException:
            self._go_on()
            raise
        self._name, self._source = name, source
        self._note(rows)
        return rows

    def _go_on(self) -> None:
        """Take up the source where the store stands."""
        cursor = self.store.cursor
        name = cursor.get("source") if cursor else None
        self._name = self._source = None
        if isinstance(name, str) and name in self._makers:
            self._name, self._source = name, self._makers[name](cursor)
        for metric in self.store.names():
            column = self.store.read(metric)
            self._latest[metric] = float(column.values[-1])
            self._step = max(self._step or 0, int(column.steps[-1]))
            newest = float(column.times[-1])
            if not np.isnan(newest):
                self._time = max(self._time or 0.0, newest)

    def _note(self, rows: list[Row]) -> None:
        for row in rows:
            self._latest.update(row.values)
            self._step = max(self._step or 0, row.step)
            self._time = row.time if row.time is not None else self._time

    def _choose(self, final: bool) -> tuple[str, Source] | None:
        """The best source that has rows; a lesser one only after some patience."""
        for rank, (name, make) in enumerate(self._makers.items()):
            if name not in self._alive:
                if not self._probes[name].poll(final):
                    continue
                self._alive.add(name)
            if rank > 0 and not final and not self._waited():
                return None
            return name, make(None)
        return None

    def _waited(self) -> bool:
        now = time.monotonic()
        if self._waiting_since is None:
            self._waiting_since = now
        return now - self._waiting_since >= self._patience
