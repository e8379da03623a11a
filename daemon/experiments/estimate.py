"""What a race will cost, before it begins."""

from dataclasses import dataclass

from .finale import reserve_runs, reserve_seconds
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


def estimate_race(lab: Lab, candidates: int) -> Estimate:
    """A race of so many candidates, from what the incumbent's runs cost."""
    cost = lab.cost
    runs, train = 0, 0.0
    alive = candidates
    if wants_smoke(cost):
        runs += alive
        train += alive * cost.run(SMOKE)
    for rung in ladder(cost)[:-1]:
        known = any(run.rung == rung for run in lab.runs_of(lab.incumbent.id))
        count = alive + (0 if known else 1)
        runs += count
        train += count * cost.run(rung)
        alive = max(1, alive // FACTOR)
    everything = len(lab.scores(f"{lab.session_id}/0"))
    seeds = min(2, everything)
    # A winner becomes the final version, which runs on every seed of the baseline.
    full = alive * seeds + everything - seeds
    runs += full
    train += full * cost.run(1.0)
    return Estimate(runs=runs, seconds=train / lab.slots, cpu=train * lab.cpu_per_second)


def abreast(lab: Lab, most: int) -> tuple[int, str | None]:
    """How many candidates a race may have, the end of the session held back.

    Returns:
        The number, 0 to `most`, and, when it is 0, which cap stands in the way.
    """
    short: str | None = None
    for candidates in range(most, 0, -1):
        need = estimate_race(lab, candidates)
        short = lab.ledger.short_of(
            runs=need.runs + reserve_runs(lab),
            seconds=need.seconds + reserve_seconds(lab),
            cpu=need.cpu,
        )
        if short is None:
            return candidates, None
    return 0, short
