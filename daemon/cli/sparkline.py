"""A curve in one line of text."""

import math
from collections.abc import Sequence

from .terminal import Glyphs


def sparkline(values: Sequence[float], width: int, glyphs: Glyphs) -> str:
    """Draw the values as blocks, the lowest as the lowest block.

    The bucket's maximum is drawn when several values share a column, because a spike is what a
    person looks for. A column with NaN or infinity shows its own sign.

    Args:
        values: in order of step.
        width: columns, at most; fewer values take fewer columns.
    """
    if not values or width < 1:
        return ""
    columns = _columns(values, width)
    finite = [value for value in columns if math.isfinite(value)]
    if not finite:
        return glyphs.nan * len(columns)
    low, high = min(finite), max(finite)
    top = len(glyphs.blocks) - 1
    half = high / 2 - low / 2  # the whole range may pass the largest float
    return "".join(
        glyphs.blocks[round((value / 2 - low / 2) / half * top) if half else 0]
        if math.isfinite(value)
        else glyphs.nan
        for value in columns
    )


def marked(steps: Sequence[float], place: tuple[int, int], width: int) -> str:
    """A line of spaces with `^` under the columns that the steps of `place` fall on.

    Args:
        steps: step of each value that `sparkline` drew with the same width.
        place: first and last step, both included.
    """
    count = min(len(steps), width)
    line = [" "] * count
    for index, step in enumerate(steps):
        if place[0] <= step <= place[1]:
            line[((index + 1) * count - 1) // len(steps)] = "^"  # the bucket of `_columns`
    return "".join(line).rstrip()


def _columns(values: Sequence[float], width: int) -> list[float]:
    """One value a column; a bucket that holds NaN is NaN."""
    count = len(values)
    if count <= width:
        return list(values)
    columns = []
    for column in range(width):
        bucket = values[column * count // width : (column + 1) * count // width]
        strange = next((value for value in bucket if not math.isfinite(value)), None)
        columns.append(max(bucket) if strange is None else strange)
    return columns
