"""The end of a session: the incumbent on all seeds, then one look at the sealed test."""

import asyncio
from collections.abc import Mapping
from typing import Any

from ..errors import InternError
from ..integrity import close_seal, open_seal, seal_results
from ..protocol import Run
from .lab import Lab
from .measure import evaluate, measure

MARGIN = 1.3
"""Reserve this much more than the estimate: the end must not be what the budget cuts."""


def reserve_seconds(lab: Lab) -> float:
    """Wall seconds to hold back for the end, from what runs and evaluations took so far."""
    if lab.session.incumbent is None:
        return 0.0
    missing, tests = _outstanding(lab)
    cost = lab.cost
    evaluation = cost.overhead
    return MARGIN * (missing * cost.run(1.0) + tests * evaluation) / lab.slots


def reserve_runs(lab: Lab) -> int:
    """Runs to hold back: seeds that the incumbent has not run yet."""
    return 0 if lab.session.incumbent is None else _outstanding(lab)[0]


def _outstanding(lab: Lab) -> tuple[int, int]:
    baseline = len(lab.scores(f"{lab.session_id}/0"))
    missing = max(0, baseline - len(lab.scores(lab.incumbent.id)))
    tests = 0
    if lab.config.eval.test is not None:
        tests = baseline if lab.incumbent.number == 0 else 2 * baseline
    return missing, tests


async def finish_seeds(lab: Lab) -> None:
    """Run the incumbent on every seed of the baseline, so that both sides are equally known."""
    incumbent = lab.incumbent
    seeds = list(lab.scores(f"{lab.session_id}/0"))
    runs = await asyncio.gather(*(measure(lab, incumbent, 1.0, seed) for seed in seeds))
    for run in runs:
        if run.state != "succeeded":
            lab.note(
                f"{run.id} of the final version failed: {run.message}", incumbent.id, "warning"
            )
    scores = lab.scores(incumbent.id)
    if scores != incumbent.scores:
        lab.change(incumbent, scores=scores, score=sum(scores.values()) / len(scores))


async def look_at_test(lab: Lab) -> dict[str, dict[int, float]]:
    """Open the sealed test: baseline and incumbent, every seed, one look.

    Returns:
        Test metric by seed for each of the two experiment ids; empty without a test command.

    Raises:
        SealBroken: this session looked before, at other runs.
    """
    command = lab.config.eval.test
    if command is None:
        return {}
    experiments = {e.id: e for e in (lab.experiment(f"{lab.session_id}/0"), lab.incumbent)}
    runs = {e.id: list(lab.full_runs(e.id).values()) for e in experiments.values()}
    seal = lab.layout.session(lab.session_id) / "test-seal.json"
    if (results := seal_results(seal)) is not None:  # a death after the look: its answer is known
        return _read(results)
    open_seal(seal, [run.id for group in runs.values() for run in group])
    if not lab.session.test_opened:
        lab.change_session(test_opened=True)
        lab.note("The sealed test is opened, once, for the baseline and the final version.")
    metric = lab.session.metric

    async def score(run: Run) -> tuple[int, float | None]:
        try:
            result = await evaluate(lab, run, command, "test")
        except InternError as error:
            lab.note(f"{run.id} can't be scored on the test: {error}", run.experiment, "warning")
            return run.seed, None
        return run.seed, result.get(metric)

    answer: dict[str, dict[str, float]] = {}
    jobs = [(name, run) for name, group in runs.items() for run in group]
    for (name, _), (seed, value) in zip(
        jobs, await asyncio.gather(*(score(run) for _, run in jobs)), strict=True
    ):
        if value is not None:
            answer.setdefault(name, {})[str(seed)] = value
    close_seal(seal, answer)
    return _read(answer)


def _read(results: Mapping[str, Mapping[Any, float]]) -> dict[str, dict[int, float]]:
    """JSON has no integer keys."""
    return {
        name: {int(seed): value for seed, value in by_seed.items()}
        for name, by_seed in results.items()
    }
