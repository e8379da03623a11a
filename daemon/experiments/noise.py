"""How much two runs of the same code differ, and how large a gain must be to mean something."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from scipy.special import stdtr, stdtrit


@dataclass(frozen=True)
class Noise:
    """Run-to-run standard deviation of the metric.

    Args:
        sd: standard deviation of one full run's score, in units of the metric.
        df: degrees of freedom behind `sd`, at least 1.
    """

    sd: float
    df: int
    guessed: bool = False
    """The seeds did not differ at all and nothing else tells: `sd` stands for 1 % of the score."""

    def error(self, seeds: int) -> float:
        """Standard error of the difference of two means over `seeds` runs each."""
        return self.sd * math.sqrt(2 / seeds)

    def floor(self, seeds: int) -> float:
        """The largest gain over `seeds` pairs that chance explains: one-sided Student t at 5 %."""
        return float(stdtrit(self.df, 0.95)) * self.error(seeds)

    def interval(self, gain: float, seeds: int) -> tuple[float, float]:
        """95 % interval of a mean gain over `seeds` pairs."""
        half = float(stdtrit(self.df, 0.975)) * self.error(seeds)
        return gain - half, gain + half

    def confidence(self, gain: float, seeds: int) -> float:
        """Probability that a true gain is above zero, from the t distribution of the estimate."""
        error = self.error(seeds)
        if error == 0:
            return 1.0 if gain > 0 else 0.0
        return float(stdtr(self.df, gain / error))


def estimate(groups: Iterable[Sequence[float]], items: int | None) -> Noise:
    """Pool the variance within groups of runs that differ by their seed only.

    Three seeds can agree by luck and would then call any gain real, so the pooled value is not
    believed below half of the binomial standard error of the evaluation set: two models that
    disagree on a quarter of the items by chance differ by that much.

    Args:
        groups: scores of full runs, one group for each version of the code; shape (runs,) each.
        items: evaluation items behind one score; None: not told by the evaluator.
    """
    filled = [list(group) for group in groups if len(group) > 0]
    squares, df = 0.0, 0
    for group in filled:
        mean = sum(group) / len(group)
        squares += sum((score - mean) ** 2 for score in group)
        df += len(group) - 1
    sd = math.sqrt(squares / df) if df else 0.0
    if items and filled:
        # The widest group sets the bound; a score outside [0, 1] is no share of items.
        shares = [mean for group in filled if 0 <= (mean := sum(group) / len(group)) <= 1]
        bound = max((0.5 * math.sqrt(p * (1 - p) / items) for p in shares), default=0.0)
        sd = max(sd, bound)
    if sd == 0 and filled:
        # Nothing varies, as when the training ignores its seed: a floor of zero would keep any
        # difference. The t quantile of many degrees is near 1.65, so this is a floor of about 1 %.
        size = max(abs(sum(group) / len(group)) for group in filled)
        return Noise(sd=0.006 * size, df=30, guessed=True)
    return Noise(sd=sd, df=max(df, 1))


Interval = tuple[float, float | None, float | None]
"""Mean, and the ends of its 95 % interval; None where nothing tells how far it can be off."""


def mean_interval(scores: Sequence[float], items: int | None) -> Interval:
    """Mean of runs with its 95 % interval: spread over seeds and, if known, over items.

    The seeds share their evaluation items, so more seeds do not shrink the items' part.

    Args:
        scores: one for each seed; shape (seeds,).
        items: evaluation items behind each; None: not told, or the metric is no share of items.
    """
    mean = sum(scores) / len(scores)
    if len(scores) < 2 and not items:
        return mean, None, None
    half = math.hypot(_seed_half(scores), _item_half(mean, items))
    low, high = mean - half, mean + half
    if items and 0 <= mean <= 1:
        low, high = max(low, 0.0), min(high, 1.0)
    return mean, low, high


def gain_interval(before: Sequence[float], after: Sequence[float], items: int | None) -> Interval:
    """Mean of `after` less `before`, paired by seed, with its 95 % interval.

    The items' part takes the two scores as independent, which is too wide for scores on the same
    items: without results by item it is not known how far they agree.

    Args:
        before: one score for each seed; shape (seeds,).
        after: the same seeds, in the same order.
        items: evaluation items behind each score; None: not told.
    """
    pairs = [new - old for old, new in zip(before, after, strict=True)]
    mean = sum(pairs) / len(pairs)
    if len(pairs) < 2 and not items:
        return mean, None, None
    old, new = sum(before) / len(before), sum(after) / len(after)
    half = math.hypot(_seed_half(pairs), _item_half(old, items), _item_half(new, items))
    return mean, mean - half, mean + half


def _seed_half(scores: Sequence[float]) -> float:
    """Half of the t interval of a mean over seeds; 0 for a single one, which shows no spread."""
    count = len(scores)
    if count < 2:
        return 0.0
    mean = sum(scores) / count
    sd = math.sqrt(sum((score - mean) ** 2 for score in scores) / (count - 1))
    return float(stdtrit(count - 1, 0.975)) * sd / math.sqrt(count)


def _item_half(share: float, items: int | None) -> float:
    """Half of the normal interval of a share of `items`."""
    if not items or not 0 <= share <= 1:
        return 0.0
    return 1.96 * math.sqrt(share * (1 - share) / items)
