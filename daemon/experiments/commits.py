"""What a verdict does to git: a kept commit advances the branch, a discarded one stays under a ref.

Both are safe to repeat: the sealed commit is a function of the candidate and its trailers, so a
second life makes the same commit again.
"""

from ..protocol import Experiment, Verdict
from ..repo import advance_branch, protect, seal_commit
from .lab import Lab, now


def keep(lab: Lab, experiment: Experiment) -> Experiment:
    """Advance the session's branch to the experiment's commit, with its evidence as trailers.

    Args:
        lab: the session's lab.
        experiment: has commit, scores and a verdict to keep.

    Raises:
        GitRefused: the branch is not where the session left it; the person's commits stay.
    """
    verdict = experiment.verdict
    assert verdict is not None and experiment.commit is not None
    sealed = seal_commit(lab.repository, experiment.commit, _trailers(lab, experiment, verdict))
    incumbent = lab.incumbent.commit
    assert incumbent is not None
    advance_branch(
        lab.repository, lab.session.branch, sealed, expected=incumbent, worktree=lab.worktree
    )
    experiment = lab.change(
        experiment, state="judged", rung=None, commit=sealed, verdict=verdict, ended=now()
    )
    lab.change_session(incumbent=experiment.id, noise_floor=lab.noise.floor(2))
    lab.note(
        f"Exp {experiment.number} ({experiment.title}) is kept: {verdict.reason}", experiment.id
    )
    return experiment


def discard(lab: Lab, experiment_id: str, verdict: Verdict) -> Experiment:
    """Put the commit away under `refs/intern/<session>/<n>`, with the reason."""
    experiment = lab.experiment(experiment_id)
    assert experiment.commit is not None
    sealed = seal_commit(lab.repository, experiment.commit, _trailers(lab, experiment, verdict))
    ref = protect(lab.repository, lab.session_id, str(experiment.number), sealed)
    experiment = lab.change(
        experiment,
        state="judged",
        rung=None,
        commit=sealed,
        ref=ref,
        verdict=verdict,
        ended=now(),
    )
    lab.note(
        f"Exp {experiment.number} ({experiment.title}) is not kept: {verdict.reason}", experiment.id
    )
    return experiment


def _trailers(lab: Lab, experiment: Experiment, verdict: Verdict) -> dict[str, str | list[str]]:
    session = lab.session
    trailers: dict[str, str | list[str]] = {
        "Intern-Session": session.id,
        "Intern-Experiment": experiment.id,
        "Intern-Hypothesis": experiment.hypothesis,
        "Intern-Verdict": f"{verdict.name}: {verdict.reason}",
    }
    if verdict.effect is not None:
        trailers["Intern-Metric"] = (
            f"{session.metric} {verdict.effect:+.4f} (noise floor {verdict.noise_floor:.4f}, "
            f"{verdict.seeds} seeds)"
        )
    trailers["Intern-Run"] = [run.id for run in lab.runs_of(experiment.id)]
    return trailers
