"""What a race will cost, before it begins."""

import math
from dataclasses import dataclass

from .finale import reserve_cpu, reserve_runs, reserve_seconds
from .lab import Lab
from .rungs import FACTOR, SMOKE, ladder, wants_smoke


@dataclass(frozen=True)
class Estimate:
    """Cost of one race.

    Args:
        runs: training runs, at most.
        seconds: of wall time, with as many at once as there are slots.
        cpu: seconds of all runs together.
    """

    runs: int
    seconds: float
    cpu: float


def estimate_race(lab: Lab, candidates: int, weight: float = 1.0) -> Estimate:
    """A race of so many candidates, from what the incumbent's runs cost.

    Args:
        weight: compute of the dearest candidate's run, relative to the incumbent's.
    """
    cost = lab.cost
    everything = len(lab.scores(f"{lab.session_id}/0"))
    stages: list[tuple[int, float]] = []
    alive = candidates
    if wants_smoke(cost):
        stages.append((alive, SMOKE))
    for rung in ladder(cost)[:-1]:
        known = any(run.rung == rung for run in lab.runs_of(lab.incumbent.id))
        stages.append((alive + (0 if known else 1), rung))
        alive = max(1, alive // FACTOR)
    stages.append((alive * min(2, everything), 1.0))
    # A winner becomes the final version, which runs on every seed of the baseline.
    if everything > 2:
        stages.append((everything - 2, 1.0))

    def train(rung: float) -> float:
        return cost.overhead + weight * rung * cost.train

    return Estimate(
        runs=sum(count for count, _ in stages),
        seconds=sum(math.ceil(count / lab.slots) * train(rung) for count, rung in stages),
        cpu=sum(count * train(rung) for count, rung in stages) * lab.cpu_per_second,
    )


def abreast(lab: Lab, most: int, weight: float = 1.0) -> tuple[int, str | None]:
    """How many candidates a race may have, the end of the session held back.

    Returns:
        The number, 0 to `most`, and, when it is 0, which cap stands in the way.
    """
    short: str | None = None
    for candidates in range(most, 0, -1):
        need = estimate_race(lab, candidates, weight)
        short = lab.ledger.short_of(
            runs=need.runs + reserve_runs(lab),
            seconds=need.seconds + reserve_seconds(lab),
            cpu=need.cpu + reserve_cpu(lab),
        )
        if short is None:
            return candidates, None
    return 0, short
