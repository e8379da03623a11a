"""Where the session starts: the user's code over several seeds, its score and its noise."""

from ..errors import EvaluationFailed, InternError
from ..protocol import Experiment, ExperimentChanged
from .lab import Lab, now
from .measure import measure
from .together import together


class BaselineFailed(InternError):
    """The training command does not get through, so there is nothing to improve yet."""


async def measure_baseline(lab: Lab) -> Experiment:
    """Run the user's code over the lab's seeds; safe to ask again.

    Raises:
        BaselineFailed: no run succeeded; the sentence tells how the first one ended.
        EvaluationFailed: the evaluator did not print the metric.
        BudgetSpent: the caps do not allow two runs.
    """
    baseline = _open(lab)
    if baseline.state == "judged":
        if lab.session.incumbent is None:  # a death between the two events
            lab.change_session(incumbent=baseline.id, noise_floor=lab.noise.floor(2))
        return baseline
    seeds = lab.seeds[: max(1, min(len(lab.seeds), lab.ledger.budget.runs // 2))]
    if len(seeds) < len(lab.seeds):
        lab.note(f"The run cap of {lab.ledger.budget.runs} leaves {len(seeds)} baseline seeds.")
    try:
        runs = await together(*(measure(lab, baseline, 1.0, seed) for seed in seeds))
    except EvaluationFailed as error:
        # The evaluator is that of the session's commit: only another session sees it mended.
        raise EvaluationFailed(f"{error} Commit that, then run `intern improve` again.") from error
    failed = [run for run in runs if run.state != "succeeded"]
    if len(failed) == len(runs):
        first = failed[0]
        raise BaselineFailed(
            f"The training command did not get through: {first.message or first.cause} "
            f"Look with `intern logs {first.id}`, mend it, then run `intern improve` again."
        )
    for run in failed:
        lab.note(f"{run.id} of the baseline failed: {run.message}", baseline.id, "warning")
    scores = lab.scores(baseline.id)
    noise = lab.noise
    mean = sum(scores.values()) / len(scores)
    baseline = lab.change(
        baseline, state="judged", rung=None, score=mean, scores=scores, ended=now()
    )
    lab.change_session(incumbent=baseline.id, noise_floor=noise.floor(2))
    if noise.guessed:
        lab.note(
            "The seeds all score the same, so the noise is not known: 1 % of the score is taken as "
            "its floor. Let the training use TrainingArguments.seed or INTERN_SEED.",
            baseline.id,
            "warning",
        )
    lab.note(
        f"Baseline {lab.session.metric} {mean:.3f} over {len(scores)} seeds; a gain counts above "
        f"{noise.floor(2):.3f} (two seeds).",
        baseline.id,
    )
    return baseline


def _open(lab: Lab) -> Experiment:
    found = next((e for e in lab.experiments if e.number == 0), None)
    if found is not None:
        return found
    session = lab.session
    baseline = Experiment(
        id=f"{session.id}/0",
        session=session.id,
        number=0,
        parent=None,
        intervention="baseline",
        title="baseline",
        hypothesis="The training set-up as the person wrote it.",
        source="the user's repository",
        commit=session.base_commit,
        state="running",
        rung=1.0,
        created=now(),
    )
    lab.store.append(ExperimentChanged(experiment=baseline))
    return baseline
