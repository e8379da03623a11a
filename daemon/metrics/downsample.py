"""Thin a series for a plot, so that it looks the same."""

import numpy as np
from numpy.typing import NDArray
from tsdownsample import MinMaxLTTBDownsampler

from .columns import Column

Floats = NDArray[np.float64]
Positions = NDArray[np.intp]

_LEAST = 8
_FINITE = 4
"""Fewest points that a series is thinned to, and how many of them are for finite values."""


_THINNER = MinMaxLTTBDownsampler()  # type: ignore[no-untyped-call]


def downsample(column: Column, max_points: int) -> Column:
    """Keep at most `max_points` points of a column, evenly by their number; see `thinned`."""
    if len(column) <= max(max_points, _LEAST):
        return column
    return column.take(thinned(column.values, max_points))


def thinned(values: Floats, max_points: int, places: Floats | None = None) -> Positions:
    """Positions of at most `max_points` points, by MinMaxLTTB (Van Der Donckt et al., 2023).

    First and last point stay. NaN and infinities all stay while they fill at most half of
    `max_points`; beyond that the ends of their stretches are preferred, so that a plot still shows
    where a run broke and where it recovered.

    Args:
        values: in the order of the plot.
        max_points: 8 at least; fewer is taken as 8.
        places: where each value lies on the x-axis, finite and ascending; the points are spread
            over it evenly. None: by their number.
    """
    limit = max(max_points, _LEAST)
    if len(values) <= limit:
        return np.arange(len(values), dtype=np.intp)
    finite = np.isfinite(values)
    if finite.all():
        return _picked(values, limit, places)
    broken = _at_most(np.flatnonzero(~finite), limit // 2)
    whole = np.flatnonzero(finite)
    room = limit - len(broken)
    if len(whole) > room:
        among = None if places is None else places[whole]
        whole = whole[_picked(values[whole], room, among)]
    return np.union1d(broken, whole)


def _picked(values: Floats, room: int, places: Floats | None) -> Positions:
    even = max(room - room % 2, _FINITE)  # it wants an even number
    given = (values,) if places is None else (places, values)
    picked: Positions = _THINNER.downsample(*map(np.ascontiguousarray, given), n_out=even).astype(
        np.intp
    )
    return picked[:room]


def _at_most(positions: Positions, limit: int) -> Positions:
    """All positions, or the ends of their stretches, or evenly many of those."""
    if len(positions) <= limit:
        return positions
    gaps = np.diff(positions) > 1
    ends = positions[np.concatenate(([True], gaps)) | np.concatenate((gaps, [True]))]
    if len(ends) <= limit:
        return ends
    return ends[np.linspace(0, len(ends) - 1, limit).astype(np.intp)]
