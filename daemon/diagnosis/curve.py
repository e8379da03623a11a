"""A metric over the whole run in constant memory, and what rules ask of it."""

import math
from bisect import bisect_left, insort
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean, median

CAPACITY = 256
"""Points kept. When full, neighbours are averaged in pairs, which keeps quarters and slopes."""

HUGE = 1e100
"""A loss beyond this is no shape of a curve but a broken number."""


@dataclass(frozen=True, slots=True)
class Point:
    """The mean of neighbouring logs.

    Args:
        step: the last of their steps.
        x: a second axis, such as the learning rate summed over the steps.
        y: the value.
    """

    step: int
    x: float
    y: float


class Curve:
    """Finite values of one metric in the order of logging, averaged as they grow many."""

    def __init__(self) -> None:
        self.count = 0
        """Logs taken in."""
        self.points: list[Point] = []
        self._stride = 1
        self._open = 0
        """Logs of the point that is being averaged, and their sum."""
        self._sum = 0.0
        self._last_step = 0

    def add(self, step: int, y: float, x: float = 0.0) -> None:
        """Take one log in; what is not finite, or would overflow when squared, is left out."""
        if not (abs(y) < HUGE and abs(x) < HUGE):
            return
        self.count += 1
        self._open += 1
        self._sum += y
        self._last_step = step
        if self._open < self._stride:
            return
        self.points.append(Point(step, x, self._sum / self._open))
        self._open, self._sum = 0, 0.0
        if len(self.points) == CAPACITY:
            self.points = [_mean(self.points[i : i + 2]) for i in range(0, CAPACITY, 2)]
            self._stride *= 2

    @property
    def due(self) -> bool:
        """Whether a look at the whole curve is worth its cost now: always while it is very short,
        then at every fourth log, later each time it grew by some 3 %."""
        return self.count < 16 or self.count % max(4, self.count // 32) == 0

    @property
    def first_step(self) -> int:
        return self.points[0].step if self.points else 0

    @property
    def last_step(self) -> int:
        return self._last_step

    def quarters(self) -> tuple[float, float]:
        """Medians of the first and the last quarter."""
        width = max(1, len(self.points) // 4)
        return (
            median(point.y for point in self.points[:width]),
            median(point.y for point in self.points[-width:]),
        )

    def four_quarters(self) -> tuple[float, float, float, float]:
        """Medians of all four quarters; there must be a point in each."""
        ys = [point.y for point in self.points]
        width = len(ys) // 4
        return (
            median(ys[:width]),
            median(ys[width : 2 * width]),
            median(ys[2 * width : 3 * width]),
            median(ys[-width:]),
        )

    def tail(self, share: float, least: int) -> list[Point]:
        """The last points: this share of all, at least so many."""
        width = max(least, math.ceil(len(self.points) * share))
        return self.points[-width:]


def _mean(points: Sequence[Point]) -> Point:
    if len(points) == 1:
        return points[0]
    return Point(points[-1].step, points[-1].x, fmean(point.y for point in points))


@dataclass(frozen=True)
class Slope:
    """A least-squares line through points.

    Args:
        fall: how much lower the line ends than it begins.
        t: slope by its standard error; below zero: falling.
        count: points.
    """

    fall: float
    t: float
    count: int

    @property
    def surely_falling(self) -> bool:
        """One-sided p < 0.01 of Student's t with count - 2 degrees of freedom."""
        freedom = self.count - 2
        return freedom > 0 and self.t < -_T_99[min(freedom, len(_T_99)) - 1]


# 99 % quantiles of Student's t for 1 to 30 degrees of freedom; beyond that 2.457 errs by < 6 %,
# towards saying nothing.
_T_99 = (
    31.821, 6.965, 4.541, 3.747, 3.365, 3.143, 2.998, 2.896, 2.821, 2.764,
    2.718, 2.681, 2.650, 2.624, 2.602, 2.583, 2.567, 2.552, 2.539, 2.528,
    2.518, 2.508, 2.500, 2.492, 2.485, 2.479, 2.473, 2.467, 2.462, 2.457,
)  # fmt: skip


def slope(values: Sequence[float]) -> Slope:
    """The line through values at equal distances; at least three."""
    count = len(values)
    centre, mean = (count - 1) / 2, fmean(values)
    spread = sum((i - centre) ** 2 for i in range(count))
    rise = sum((i - centre) * (y - mean) for i, y in enumerate(values)) / spread
    rest = sum((y - mean - rise * (i - centre)) ** 2 for i, y in enumerate(values))
    error = math.sqrt(rest / (count - 2) / spread) if count > 2 else math.inf
    t = rise / error if error > 0 else math.copysign(math.inf, rise) if rise else 0.0
    return Slope(-rise * (count - 1), t, count)


class Smooth:
    """Exponential mean with a span as in `pandas.ewm(span=...)`: alpha = 2 / (span + 1)."""

    def __init__(self, span: int) -> None:
        self._alpha = 2 / (span + 1)
        self.value: float | None = None

    def add(self, y: float) -> float:
        self.value = y if self.value is None else self.value + self._alpha * (y - self.value)
        return self.value


class Window:
    """The last values, with their median always at hand: kept sorted beside, so that a look costs
    nothing and an addition two binary searches.

    Args:
        size: values kept.
    """

    def __init__(self, size: int) -> None:
        self._values: deque[float] = deque(maxlen=size)
        self._sorted: list[float] = []

    def __len__(self) -> int:
        return len(self._values)

    def add(self, value: float) -> None:
        """Take a value in, no NaN; the oldest leaves."""
        if len(self._values) == self._values.maxlen:
            del self._sorted[bisect_left(self._sorted, self._values[0])]
        self._values.append(value)
        insort(self._sorted, value)

    @property
    def median(self) -> float:
        """There must be a value."""
        middle, odd = divmod(len(self._sorted), 2)
        if odd:
            return self._sorted[middle]
        return (self._sorted[middle - 1] + self._sorted[middle]) / 2

    @property
    def upper(self) -> float:
        """The upper quartile; there must be a value."""
        return self._sorted[-1 - len(self._sorted) // 4]

    @property
    def spread(self) -> float:
        """Half the distance between the quartiles: what the standard deviation is without the
        outliers, by 0.67."""
        return (self.upper - self._sorted[len(self._sorted) // 4]) / 2
