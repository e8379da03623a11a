"""Choose the rows of a very long run that its diagnosis needs."""

from collections.abc import Iterable, Mapping, Sequence
from operator import itemgetter

import numpy as np
from numpy.typing import NDArray

from ..metrics import Row

WHOLE = 8192
"""Runs up to so many rows are read whole: some 0.3 s."""

SAMPLE = 4096
"""Rows taken at equal distances from a longer run."""

ENDS = 64
"""Rows at the start and at the end that are always taken."""

SPARSE = 2048
"""Rows of another shape than most, such as evaluations, that are taken at most."""

PLACES = 4
"""Places of one metric that are looked at whole."""

BEFORE, AFTER = 60, 30
"""Rows around such a place: what the rules' windows of 50 need before it, and what shows whether it
passed."""

WATCHED = ("loss", "grad_norm", "reward", "kl")
"""Metrics whose single rows matter; all others matter by their course, which the sample keeps."""

_BLOCK = 1024

Floats = NDArray[np.float64]
Places = NDArray[np.intp]


def thin(rows: Sequence[Row]) -> list[Row]:
    """The rows that a diagnosis needs, in their order; all of them where they are few.

    A sample at equal distances keeps the course of every metric with its noise as it is, which
    averages would not. Rows around the places that a sample may miss are added whole: numbers that
    are not finite, exact zeros, and the highest outliers of each watched metric; so are the two
    ends, and rows of a rare shape.
    """
    count = len(rows)
    if count <= WHOLE:
        return list(rows)
    values = [row.values for row in rows]
    sizes = np.fromiter(map(len, values), np.intp, count)
    names = set().union(*values[:: max(1, count // 256)])
    metrics = {name: _column(values, name) for name in WATCHED if name in names}
    present = sizes == np.bincount(sizes).argmax()
    places = chosen(count, metrics, np.flatnonzero(~present), present)
    return [rows[place] for place in places]


def _column(values: list[dict[str, float]], name: str) -> Floats:
    """One metric of all rows; NaN where a row has none."""
    try:
        return np.fromiter(map(itemgetter(name), values), np.float64, len(values))
    except KeyError:
        return np.fromiter((each.get(name, np.nan) for each in values), np.float64, len(values))


def chosen(
    count: int, metrics: Mapping[str, Floats], rare: Places, present: NDArray[np.bool_]
) -> list[int]:
    """Places of the rows to take, in order.

    Args:
        count: rows of the run.
        metrics: watched metrics, one value a row, NaN where a row has none.
        rare: places of rows of a rare shape.
        present: whether a row has the usual shape, so that NaN in it is a number that broke.
    """
    taken = [
        np.arange(0, count, -(-count // SAMPLE)),
        np.arange(min(ENDS, count)),
        np.arange(max(0, count - ENDS), count),
        rare if len(rare) <= SPARSE else rare[:: -(-len(rare) // SPARSE)],
    ]
    for values in metrics.values():
        taken.extend(
            np.arange(max(0, place - BEFORE), min(count, place + AFTER))
            for place in _places(values, present)
        )
    return [int(place) for place in np.unique(np.concatenate(taken))]


def _places(values: Floats, present: NDArray[np.bool_]) -> Iterable[int]:
    """Where numbers begin to be not finite or exactly 0, the first and the last times; outliers."""
    finite = np.isfinite(values)
    yield from _first(~finite & present)
    yield from _first((values == 0) & present)
    yield from _outliers(np.where(finite, values, np.nan), finite)


def _first(odd: NDArray[np.bool_]) -> list[int]:
    starts = np.flatnonzero(odd[1:] & ~odd[:-1]) + 1
    half = PLACES // 2
    return [int(place) for place in (*starts[:half], *starts[half:][-half:])]


def _outliers(values: Floats, finite: NDArray[np.bool_]) -> list[int]:
    """The values farthest above the median of their block, by its quartile; one a block."""
    blocks = len(values) // _BLOCK
    filled = np.where(finite, values, np.nanmedian(values[:: max(1, len(values) // 4096)]))
    grid = filled[: blocks * _BLOCK].reshape(blocks, _BLOCK)
    # Quartiles of every eighth value are near enough to rank outliers by.
    low, middle, high = np.quantile(grid[:, ::8], [0.25, 0.5, 0.75], axis=1)
    highest = grid.argmax(axis=1)
    heights = grid[np.arange(blocks), highest] - middle
    scores = heights / np.maximum(high - low, 1e-12 + 1e-3 * np.abs(middle))
    best = np.argsort(scores)[-PLACES:]
    return [int(block * _BLOCK + highest[block]) for block in best]
