"""The course of a policy under training, read once a row for all the rules that look at it."""

import math
from collections import deque
from collections.abc import Sequence

from ...metrics import Row
from ..curve import HUGE, Curve, Point

# One quantity under the names that TRL, older TRL and Unsloth, verl, TRL's PPO trainer and
# hand-written loops give it, in this order.
REWARD = (
    "reward", "critic/rewards/mean", "critic/score/mean", "objective/scores",
    "objective/rlhf_reward", "ppo/mean_scores", "rewards/mean", "reward/mean", "reward_mean",
    "avg_reward",
)  # fmt: skip
REWARD_STD = ("reward_std",)
ZERO_STD = ("frac_reward_zero_std",)
CLIPPED = ("completions/clipped_ratio", "response_length/clip_ratio")
LENGTH = ("completions/mean_length", "completion_length", "response_length/mean", "response_length")
LONGEST = ("completions/max_length", "response_length/max")
KL = ("kl", "actor/kl_loss")
ENTROPY = ("entropy", "actor/entropy", "actor/entropy_loss", "policy/entropy_avg")
GRAD_NORM = ("grad_norm", "actor/grad_norm")
CLIP_FRACTION = ("clip_ratio/region_mean", "clip_ratio", "policy/clipfrac_avg", "actor/pg_clipfrac")
LOSS = ("loss",)

ALL_NAMES = frozenset(REWARD + LENGTH + CLIPPED + KL + ENTROPY)

NO_FUNCTIONS = frozenset(("chosen", "rejected", "accuracies", "margins", "mean", "std"))
"""What may follow `rewards/` in a log and is no reward function."""

REPLAYED = 32
"""Rows that the engine may show again to rules that join late, when the method is told."""

SHARE = 0.2
"""Of the logs at each end that the gain compares."""


SURE = 1000.0
"""Largest t that is told; constant logs would have an infinite one."""


def first_of(values: dict[str, float], names: Sequence[str]) -> float | None:
    """The first of these metrics that is logged; None: none is, or it is no usable number."""
    for name in names:
        value = values.get(name)
        if value is not None:
            return value if -HUGE < value < HUGE else None  # not NaN either
    return None


def gain(before: Sequence[float], after: Sequence[float]) -> float:
    """Welch's t of two sets of logs: above 0 when the later ones are higher.

    >>> round(gain([0, 1, 0, 1], [2, 3, 2, 3]), 1)
    4.9
    """
    mean_before, error_before = _mean_and_error(before)
    mean_after, error_after = _mean_and_error(after)
    difference, error = mean_after - mean_before, math.sqrt(error_before + error_after)
    if error > 0:
        return max(-SURE, min(difference / error, SURE))
    return math.copysign(SURE, difference) if difference else 0.0


def _mean_and_error(values: Sequence[float]) -> tuple[float, float]:
    """The mean and its squared standard error; `statistics.variance` takes 20 times as long."""
    count = len(values)
    mean = sum(values) / count
    if count < 2:
        return mean, 0.0
    return mean, sum([(y - mean) ** 2 for y in values]) / (count * (count - 1))


def looks(count: int) -> bool:
    """Whether a rule looks anew at this log of its metric: at each of the first 16, then at every
    fourth. It speaks within 5 logs of its evidence, and most rows cost little."""
    return count <= 16 or count % 4 == 0


class Course:
    """One metric over the run, with the gain from its first to its last fifth."""

    def __init__(self) -> None:
        self.curve = Curve()
        self._newest: Point | None = None
        self._ends: tuple[list[float], list[float]] = ([], [])
        self._gain: float | None = None
        self._late_gain: float | None = None

    def add(self, step: int, value: float | None) -> None:
        if value is not None:
            self.curve.add(step, value)

    def _refresh(self) -> None:
        """Forget what was computed before the newest point came."""
        points = self.curve.points
        newest = points[-1] if points else None
        if newest is self._newest:
            return
        self._newest, self._gain, self._late_gain = newest, None, None
        width = max(min(5, len(points) // 2), int(SHARE * len(points)))
        self._ends = ([p.y for p in points[:width]], [p.y for p in points[len(points) - width :]])

    @property
    def ends(self) -> tuple[list[float], list[float]]:
        """The first and the last fifth, at least 5 points each where there are that many."""
        self._refresh()
        return self._ends

    @property
    def gain(self) -> float:
        """Welch's t of the last fifth against the first; 0 with less than 4 points."""
        self._refresh()
        if self._gain is None:
            first, last = self._ends
            self._gain = gain(first, last) if len(first) > 1 else 0.0
        return self._gain

    @property
    def late_gain(self) -> float:
        """The same of the last quarter against the one before; 0 with less than 8 points."""
        self._refresh()
        if self._late_gain is None:
            points = self.curve.points
            width = len(points) // 4
            before, after = points[-2 * width : -width], points[len(points) - width :]
            enough = width > 1
            self._late_gain = gain([p.y for p in before], [p.y for p in after]) if enough else 0.0
        return self._late_gain

    @property
    def change(self) -> tuple[float, float]:
        """Means of the first and the last fifth; nothing to say of an empty course: 0."""
        first, last = self.ends
        return (sum(first) / len(first), sum(last) / len(last)) if first else (0.0, 0.0)


class Policy:
    """What one row says of a policy, and what its reward did so far.

    The attributes are those of the latest row; None: it does not log that, or no usable number.
    """

    def __init__(self) -> None:
        self._row: Row | None = None
        self._opening: list[Row] = []
        self._first: int | None = None
        self._steps: deque[int] = deque(maxlen=2)
        self.rows = 0
        self.step = 0
        self.logs = 0
        """Rows with a reward or a completion length."""
        self.course = Course()
        """The reward over the run."""
        self.divergence = Course()
        """The KL divergence beside each reward."""
        self.lengths = Course()
        """The mean length of the completions."""
        self.starved: set[str] = set()
        """Rules that found that next to no completion can teach anything."""
        self.loss: float | None = None
        self.reward: float | None = None
        self.reward_std: float | None = None
        self.zero_std: float | None = None
        """Share of groups whose completions all got the same reward, 0 to 1."""
        self.clipped: float | None = None
        self.length: float | None = None
        self.longest: float | None = None
        self.kl: float | None = None
        self.entropy: float | None = None
        self.grad_norm: float | None = None
        self.clip_fraction: float | None = None

    def take(self, row: Row) -> "Policy":
        """Read a row, unless another rule had it read already."""
        if row is self._row:
            return self
        again = any(row is seen for seen in self._opening) if self.rows <= REPLAYED else False
        self._row, values = row, row.values
        self.step = row.step
        self.reward = first_of(values, REWARD)
        self.length = first_of(values, LENGTH)
        self.clipped = first_of(values, CLIPPED)
        self.kl = first_of(values, KL)
        self.entropy = first_of(values, ENTROPY)
        self.clip_fraction = first_of(values, CLIP_FRACTION)
        self.loss = first_of(values, LOSS)
        self.grad_norm = first_of(values, GRAD_NORM)
        self.reward_std = first_of(values, REWARD_STD)
        self.longest = first_of(values, LONGEST)
        self.zero_std = first_of(values, ZERO_STD)
        if self.zero_std is None and self.reward_std is not None:
            # Before TRL logged the share: with few groups a log, zero there is zero in all of them.
            self.zero_std = float(self.reward_std == 0)
        if not again:
            self._count(row)
        return self

    def _count(self, row: Row) -> None:
        self.rows += 1
        if self.rows <= REPLAYED:
            self._opening.append(row)
        elif self._opening:
            self._opening = []
        if self.reward is not None or self.length is not None:
            self.logs += 1
            self._first = row.step if self._first is None else self._first
            self._steps.append(row.step)
        self.lengths.add(row.step, self.length)
        if self.reward is not None:
            self.course.add(row.step, self.reward)
            self.divergence.add(row.step, self.kl)

    @property
    def stride(self) -> int:
        """Optimiser steps between two logs."""
        if len(self._steps) == 2:
            return max(1, self._steps[1] - self._steps[0])
        # One log: it averages over the steps since the start, or the run was resumed there.
        return max(1, min(self._steps[0], 10)) if self._steps else 1

    @property
    def averaged(self) -> bool:
        """Whether a log is the mean of 5 and more steps, so that a few of them tell as much as many
        single ones."""
        return self.stride >= 5

    @property
    def steps(self) -> int:
        """Optimiser steps that the logs cover."""
        if self._first is None:
            return 0
        return max(self._steps[-1] - self._first, 0) + self.stride

    @property
    def gain(self) -> float:
        return self.course.gain
