"""Measure one experiment at one rung with one seed: launch, wait, score. Safe to ask again.

The answer is found by what was asked (experiment, rung, seed), so after any death the same question
takes up the run that was there, whatever state it is in.
"""

import statistics
from pathlib import Path

from ..errors import DiskFull, EvaluationFailed
from ..integrity import clean_checkout, verify_checkout
from ..protocol import Experiment, Run
from ..runs import Checkout, RunRequest
from .lab import Lab

PATIENCE = 10.0
"""An evaluation may take so many times the median of those that the session knows; it is the same
work with the same items each time, so more than that is a hang."""

RELAUNCHES = 2
"""How often a run that vanished (lost, or killed by someone else) is started again."""


async def measure(
    lab: Lab, experiment: Experiment, rung: float, seed: int, score: bool = True
) -> Run:
    """One run of an experiment, scored on dev if it succeeded.

    Args:
        lab: the session's lab.
        experiment: what to run; it has a commit.
        rung: share of the full run, (0, 1].
        seed: the seed.
        score: False for a smoke rung: whether it trains is all that is asked.

    Returns:
        The run, ended. A failed one has no `dev`.

    Raises:
        BudgetSpent: it needs a launch, and no run is left.
        DiskFull: the run ended for that; it is started again when the session is resumed.
        EvaluationFailed: the run succeeded but its outputs can't be scored.
        LockedFileChanged: a locked file changed on disk.
    """
    run = latest(lab, experiment, rung, seed)
    if run is None:
        run = await _launch(lab, experiment, rung, seed)
    run = await lab.keeper.wait(run.id)
    while _wants_another_start(lab, run):
        lab.note(f"{run.id} is started again. {run.message or 'It was lost.'}", experiment.id)
        run = await _launch(lab, experiment, rung, seed)
        run = await lab.keeper.wait(run.id)
    if run.cause == "disk_full":
        # Nobody's fault but the disk's: no verdict may stand on it.
        raise DiskFull(
            f"{run.id} found the disk of {lab.layout.root} full; free some space (`intern gc` "
            "helps), then run `intern improve --resume`."
        )
    if run.state == "succeeded" and score and lab.session.metric not in (run.dev or {}):
        run = await score_dev(lab, run)
    return run


async def _launch(lab: Lab, experiment: Experiment, rung: float, seed: int) -> Run:
    with lab.ledger.reserve(runs=1, seconds=0.0, cpu=0.0):
        return await lab.keeper.launch(_request(lab, experiment, rung, seed))


async def score_dev(lab: Lab, run: Run) -> Run:
    """Run the dev evaluation on a run's outputs; its result is on the run from then on."""
    result = await evaluate(lab, run, lab.config.eval.command, "dev")
    metric = lab.session.metric
    if metric not in result:
        known = ", ".join(sorted(result)) or "nothing"
        raise EvaluationFailed(
            f"`{lab.config.eval.command}` printed {known} but no `{metric}`; mend [eval] metric in "
            "intern.toml or let the evaluator print it."
        )
    return lab.state.runs[run.id]


async def evaluate(lab: Lab, run: Run, command: str, split: str) -> dict[str, float]:
    """Evaluate in a clean checkout of the session's base commit: no candidate can reach it.

    Raises:
        EvaluationFailed: the command failed or printed no JSON object.
        LockedFileChanged: a locked file is not what it was when the session began.
    """
    session, config = lab.session, lab.config

    def make(place: Path) -> None:
        clean_checkout(lab.repository, session.base_commit, place, config.train.share)

    def verify(place: Path) -> None:
        verify_checkout(place, config, session.locks)

    checkout = Checkout(make, config.train.outputs, verify)
    return await lab.keeper.evaluate(run.id, command, split, checkout, _limit(lab))


def _limit(lab: Lab) -> float:
    """Minutes that an evaluation may take."""
    runs = lab.state.session_runs(lab.session_id)
    known = [run.dev_seconds for run in runs if run.dev_seconds is not None]
    if not known:
        return lab.session.budget.minutes
    return max(1.0, PATIENCE * statistics.median(known) / 60)


def _request(lab: Lab, experiment: Experiment, rung: float, seed: int) -> RunRequest:
    assert experiment.commit is not None
    return RunRequest(
        commit=experiment.commit,
        command=lab.config.train.command,
        python=lab.python,
        seed=seed,
        rung=rung,
        session=lab.session_id,
        experiment=experiment.id,
        share=lab.config.train.share,
        outputs=lab.config.train.outputs,
        minutes=lab.config.train.minutes or _patience(lab),
    )


def _patience(lab: Lab) -> float:
    """Minutes after which a run counts as hanging, when the person named no limit.

    Ten full runs of the incumbent: no intervention makes a run dearer than that.
    """
    budget = lab.session.budget.minutes
    return min(budget, max(1.0, 10 * lab.cost.run(1.0) / 60)) if lab.measured else budget


def _same(run: Run, experiment: Experiment, rung: float, seed: int) -> bool:
    return run.experiment == experiment.id and run.rung == rung and run.seed == seed


def latest(lab: Lab, experiment: Experiment, rung: float, seed: int) -> Run | None:
    """The newest run of what was asked."""
    matching = [run for run in lab.state.runs.values() if _same(run, experiment, rung, seed)]
    return max(matching, key=lambda run: run.created, default=None)


def _of_baseline(lab: Lab, run: Run) -> bool:
    return run.experiment is not None and lab.experiment(run.experiment).number == 0


def _wants_another_start(lab: Lab, run: Run) -> bool:
    """Whether a run ended by nobody's fault, or with a session that is going on again."""
    if run.cause == "stopped":
        if run.created >= lab.began:
            return False  # by the person or by the rules, while we look: that is an answer
        if _of_baseline(lab, run):
            return True  # the rules never stop the baseline, so it went with its session
        found = lab.state.findings.get(run.id)
        return found is None or all(
            f.severity != "critical" or f.suppressed is not None for f in found.findings
        )
    if run.created < lab.began and (run.cause == "disk_full" or _of_baseline(lab, run)):
        # A resumption: the person has mended what stood in the way.
        return run.state == "failed"
    if run.state != "lost" and run.cause != "killed":
        return False
    experiment, rung, seed = run.experiment, run.rung, run.seed
    starts = [
        other
        for other in lab.state.runs.values()
        if (other.experiment, other.rung, other.seed) == (experiment, rung, seed)
        and other.cause != "stopped"
    ]
    return len(starts) <= RELAUNCHES
