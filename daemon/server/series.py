"""The series of a run as a plot asks for them: placed on an axis, smoothed, cut, thinned."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from ..errors import BadInput
from ..metrics import Column, ColumnStore, smooth, thinned
from ..protocol.methods import Axis, ReadSeries, Series, SeriesAnswer
from ..workspace import Layout

Floats = NDArray[np.float64]
Positions = NDArray[np.intp]

TOKENS = ("num_tokens", "num_input_tokens_seen")
"""Metrics that count the tokens seen: TRL's name, the Trainer's."""


def read_series(layout: Layout, wish: ReadSeries) -> SeriesAnswer:
    """Series of a run from a row on. Smoothed whole, then cut, then thinned: in this order, or the
    viewport would decide what is smoothed.

    Raises:
        BadInput: the smoothing is none.
    """
    if not 0 <= wish.smoothing < 1:
        raise BadInput(
            f"{wish.smoothing} is no smoothing; it is a share of the past, from 0 to below 1."
        )
    run = Axes(ColumnStore(layout.run(wish.run) / "series"), wish.axis)
    names = wish.metrics or run.columns.names()
    return SeriesAnswer(series=[_series(run, name, wish) for name in names], next=run.columns.rows)


@dataclass
class Axes:
    """Where the points of a run lie on the axis that is asked for."""

    columns: ColumnStore
    axis: Axis

    @cached_property
    def begin(self) -> float:
        """UTC seconds of the run's first row that has a time."""
        return min(map(self._first_time, self.columns.names()), default=np.inf)

    def _first_time(self, name: str) -> float:
        """UTC seconds; infinity when no point has a time."""
        times = self.columns.read(name, most=1).times
        if not np.isfinite(times).all():
            times = self.columns.read(name).times
        known = times[np.isfinite(times)]
        return float(known[0]) if len(known) else np.inf

    @cached_property
    def counted(self) -> Column | None:
        """The run's own count of tokens; None: it logs none."""
        known = self.columns.names()
        name = next((name for name in TOKENS if name in known), None)
        return None if name is None else self.columns.read(name)

    def tokens(self, column: Column) -> Floats | None:
        """Tokens seen when each point was logged, by the last count until then."""
        if self.counted is None:
            return None
        last = np.searchsorted(self.counted.rows, column.rows, side="right") - 1
        return np.where(last >= 0, self.counted.values[np.maximum(last, 0)], np.nan)

    def places(self, column: Column) -> Floats:
        """NaN: the point has no place on this axis."""
        if self.axis == "step":
            return np.ascontiguousarray(column.steps)
        if self.axis == "wall":
            return np.ascontiguousarray(column.times)
        if self.axis == "relative":
            return column.times - self.begin
        tokens = self.tokens(column)
        return np.full(len(column), np.nan) if tokens is None else tokens


def _series(run: Axes, name: str, wish: ReadSeries) -> Series:
    column = run.columns.read(name)
    places = run.places(column)
    order = _order(places, superseding=wish.axis == "step")
    if order is not None:
        column, places = column.take(order), places[order]
    values = np.ascontiguousarray(column.values)
    smoothed = smooth(values, wish.smoothing) if wish.smoothing > 0 else None
    inside = np.arange(len(values))
    if wish.since > 0:
        inside = np.flatnonzero(column.rows >= wish.since)
    inside, total = _cut(inside, places, wish)
    chosen = inside
    if wish.max_points is not None and len(inside) > wish.max_points:
        chosen = inside[_thin(values, smoothed, places, inside, wish.max_points)]
    few = column.take(chosen)
    tokens = run.tokens(few) if wish.axis == "tokens" else None
    return Series(
        name=name,
        steps=few.steps.tolist(),
        values=few.values.tolist(),
        times=few.times.tolist(),
        tokens=None if tokens is None else tokens.tolist(),
        smoothed=None if smoothed is None else smoothed[chosen].tolist(),
        total=total,
    )


def _order(places: Floats, superseding: bool) -> Positions | None:
    """Positions by place, without the points that have none; None: they are in order as they are.

    Args:
        superseding: of points at one place only the last logged counts. A resumed run logs some
            steps twice; two rows of one moment are both true.
    """
    ascending = places[1:] > places[:-1] if superseding else places[1:] >= places[:-1]
    if ascending.all() and np.isfinite(places[:1]).all():  # NaN compares false
        return None
    known = np.flatnonzero(np.isfinite(places))
    if not superseding:
        return known[np.argsort(places[known], kind="stable")]
    backwards = known[::-1]
    _, last = np.unique(places[backwards], return_index=True)
    return backwards[last]


def _cut(inside: Positions, places: Floats, wish: ReadSeries) -> tuple[Positions, int]:
    """The points in the viewport with one more beyond each end, and how many lie within."""
    among = places[inside] if len(inside) < len(places) else places
    start = 0 if wish.low is None else int(np.searchsorted(among, wish.low, side="left"))
    end = len(among) if wish.high is None else int(np.searchsorted(among, wish.high, side="right"))
    return inside[max(start - 1, 0) : end + 1], max(end - start, 0)


def _thin(
    values: Floats, smoothed: Floats | None, places: Floats, inside: Positions, most: int
) -> Positions:
    """Half of the points for the look of the values, half for that of their smoothed curve."""
    window = slice(inside[0], inside[-1] + 1)
    if len(inside) < window.stop - window.start:  # rows of a resumed run lie between older ones
        values, places = values[inside], places[inside]
        smoothed = None if smoothed is None else smoothed[inside]
    else:
        values, places = values[window], places[window]
        smoothed = None if smoothed is None else smoothed[window]
    if smoothed is None:
        return thinned(values, most, places)
    return np.union1d(thinned(values, most // 2, places), thinned(smoothed, most // 2, places))
