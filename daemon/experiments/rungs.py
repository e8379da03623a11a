"""The ladder: how much of a full run a candidate gets before it may have more.

Successive halving with factor 3 (Jamieson & Talwalkar 2016; Li et al. 2018), preceded by a smoke
rung that only shows whether the edited code trains at all.
"""

from dataclasses import dataclass

SMOKE = 1 / 50
"""Share of a full run that the smoke rung trains."""

FACTOR = 3

LAST_RUNG = 1 / FACTOR
"""The rung below the full run."""


@dataclass(frozen=True)
class Cost:
    """What one full run of the incumbent costs.

    Args:
        train: seconds of training alone.
        overhead: seconds around it: start, imports and evaluation.
    """

    train: float
    overhead: float

    def run(self, rung: float) -> float:
        """Seconds of one run at a rung, evaluation included."""
        return self.overhead + rung * self.train


def ladder(cost: Cost) -> list[float]:
    """Rungs from small to full, smoke not included.

    A rung stands only where it costs at most 60 % of the next one: on short runs the start and the
    evaluation weigh more than the training, and a rung would save nothing.
    """
    rungs = [1.0]
    for rung in (LAST_RUNG, LAST_RUNG / FACTOR):
        if cost.run(rung) <= 0.6 * cost.run(rungs[0]):
            rungs.insert(0, rung)
    return rungs


def wants_smoke(cost: Cost) -> bool:
    """Whether a smoke rung pays: its start must be small beside the first real rung.

    Every candidate that breaks the code is caught by its first rung anyhow.
    """
    return cost.overhead + SMOKE * cost.train <= 0.25 * cost.run(ladder(cost)[0])


def survivors(gains: dict[str, float], slack: dict[str, float]) -> set[str]:
    """Which candidates go up to the next rung.

    All that fall behind the incumbent by more than their slack drop out; of the rest the best third
    goes on, at least one. A rung may stop a candidate, never promote it to a keep.

    Args:
        gains: gain of each candidate over the incumbent at this rung and seed, positive is better.
        slack: how far behind each may be.
    """
    alive = {name: gain for name, gain in gains.items() if gain > -slack[name]}
    most = max(1, len(gains) // FACTOR)
    return set(sorted(alive, key=lambda name: alive[name], reverse=True)[:most])
