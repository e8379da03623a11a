"""The end of a session: the incumbent on all seeds, then one look at the sealed test."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from ..errors import BudgetSpent, EvaluationFailed
from ..integrity import close_seal, open_seal, seal_results
from ..protocol import Run
from .lab import Lab, items_of
from .measure import evaluate, measure
from .together import together

MARGIN = 1.3
"""Reserve this much more than the estimate: the end must not be what the budget cuts."""


def reserve_seconds(lab: Lab) -> float:
    """Wall seconds to hold back for the end, from what runs and evaluations took so far."""
    if not lab.measured:
        return 0.0
    missing, tests = _outstanding(lab)
    cost, slots = lab.cost, lab.slots
    # Whole waves: with more slots than jobs, each still takes as long as it takes.
    waves = math.ceil(missing / slots) * cost.run(1.0) + math.ceil(tests / slots) * cost.overhead
    return MARGIN * waves


def reserve_runs(lab: Lab) -> int:
    """Runs to hold back: seeds that the incumbent has not run yet."""
    return _outstanding(lab)[0] if lab.measured else 0


def reserve_cpu(lab: Lab) -> float:
    """CPU seconds to hold back for the end."""
    if not lab.measured:
        return 0.0
    missing, tests = _outstanding(lab)
    cost = lab.cost
    return MARGIN * lab.cpu_per_second * (missing * cost.run(1.0) + tests * cost.overhead)


def _outstanding(lab: Lab) -> tuple[int, int]:
    baseline = len(lab.scores(f"{lab.session_id}/0"))
    missing = max(0, baseline - len(lab.scores(lab.incumbent.id)))
    tests = 0
    if lab.config.eval.test is not None:
        tests = baseline if lab.incumbent.number == 0 else 2 * baseline
    return missing, tests


async def finish_seeds(lab: Lab) -> None:
    """Run the incumbent on every seed of the baseline, so that both sides are equally known.

    What can't be measured is noted: the report stands on the seeds that were.
    """
    if not lab.sealed:
        return  # what the test has seen stays as it was
    incumbent = lab.incumbent
    seeds = list(lab.scores(f"{lab.session_id}/0"))

    async def finish(seed: int) -> None:
        try:
            run = await measure(lab, incumbent, 1.0, seed)
        except (BudgetSpent, EvaluationFailed) as error:
            lab.note(f"Seed {seed} of the final version: {error}", incumbent.id, "warning")
            return
        if run.state != "succeeded":
            lab.note(
                f"{run.id} of the final version failed: {run.message}", incumbent.id, "warning"
            )

    await together(*(finish(seed) for seed in seeds))
    scores = lab.scores(incumbent.id)
    if scores != incumbent.scores:
        lab.change(incumbent, scores=scores, score=sum(scores.values()) / len(scores))


@dataclass(frozen=True)
class TestLook:
    """What the sealed test said.

    Args:
        scores: test metric by seed, by experiment id.
        items: items of the test split, when the evaluator prints `n`.
    """

    scores: dict[str, dict[int, float]] = field(default_factory=dict)
    items: int | None = None


async def look_at_test(lab: Lab) -> TestLook:
    """Open the sealed test: baseline and incumbent, every seed, one look.

    Returns:
        The scores; none without a test command.

    Raises:
        SealBroken: this session looked before, at other runs.
    """
    command = lab.config.eval.test
    if command is None:
        return TestLook()
    groups = {
        experiment_id: list(lab.full_runs(experiment_id).values())
        for experiment_id in (f"{lab.session_id}/0", lab.incumbent.id)
    }
    runs = {run.id: run for group in groups.values() for run in group}
    if not lab.session.test_opened:
        # Told before it is done: a death in between leaves a test that counts as seen.
        lab.change_session(test_opened=True)
        lab.note("The sealed test is opened, once, for the baseline and the final version.")
    closed = seal_results(lab.seal) is not None
    if not closed:
        open_seal(lab.seal, list(runs))

    async def score(run: Run) -> tuple[str, dict[str, float]]:
        # What counts is what the log has: the marker lies where a training could write.
        known = run.evaluations.get("test")
        if closed or (known is not None and known.values is not None):
            return run.id, dict(known.values or {}) if known else {}
        try:
            return run.id, await evaluate(lab, run, command, "test")
        except EvaluationFailed as error:
            lab.note(f"{run.id} can't be scored on the test: {error}", run.experiment, "warning")
            return run.id, {}

    answers = dict(await together(*(score(run) for run in runs.values())))
    if not closed:
        close_seal(lab.seal, answers)
    return _read(answers, groups, lab.session.metric, lab.session.direction)


def _read(
    answers: Mapping[str, Mapping[str, float]],
    groups: Mapping[str, list[Run]],
    metric: str,
    direction: str,
) -> TestLook:
    scores: dict[str, dict[int, float]] = {}
    for experiment_id, runs in groups.items():
        for run in runs:
            if metric in (answer := answers.get(run.id, {})):
                scores.setdefault(experiment_id, {})[run.seed] = answer[metric]
    return TestLook(scores, items_of(list(answers.values()), metric, direction))
