"""Thin a series for a plot, so that it looks the same."""

import numpy as np
from numpy.typing import NDArray
from tsdownsample import MinMaxLTTBDownsampler

from .columns import Column

_LEAST = 8
_FINITE = 4
"""Fewest points that a series is thinned to, and how many of them are for finite values."""


_THINNER = MinMaxLTTBDownsampler()  # type: ignore[no-untyped-call]


def downsample(column: Column, max_points: int) -> Column:
    """Keep at most `max_points` points with MinMaxLTTB (Van Der Donckt et al., 2023).

    First and last point stay. NaN and infinities all stay while they fill at most half of
    `max_points`; beyond that the ends of their stretches are preferred, so that a plot still shows
    where a run broke and where it recovered.

    Args:
        column: points in the order of logging.
        max_points: 8 at least; fewer is taken as 8.
    """
    limit = max(max_points, _LEAST)
    if len(column) <= limit:
        return column
    finite = np.isfinite(column.values)
    broken = _at_most(np.flatnonzero(~finite), limit // 2)
    whole = np.flatnonzero(finite)
    room = limit - len(broken)
    if len(whole) > room:
        # By position, not by step: a resumed run logs some steps twice, and they must be sorted.
        values = np.ascontiguousarray(column.values[whole])
        even = max(room - room % 2, _FINITE)  # it wants an even number
        picked = _THINNER.downsample(values, n_out=even)
        whole = whole[picked.astype(np.intp)][:limit]
    return column.take(np.union1d(broken, whole))


def _at_most(positions: NDArray[np.intp], limit: int) -> NDArray[np.intp]:
    """All positions, or the ends of their stretches, or evenly many of those."""
    if len(positions) <= limit:
        return positions
    gaps = np.diff(positions) > 1
    ends = positions[np.concatenate(([True], gaps)) | np.concatenate((gaps, [True]))]
    if len(ends) <= limit:
        return ends
    return ends[np.linspace(0, len(ends) - 1, limit).astype(np.intp)]
