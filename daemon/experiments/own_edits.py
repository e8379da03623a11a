"""The person's own work in the middle of a session: it stays, it is measured, and all that follows
stands on it.

An experiment of its own tells what it brought. No verdict decides over it: the branch is the
person's as much as the agent's.
"""

import asyncio

from ..errors import LockedFileChanged, OwnEditFailed
from ..integrity import changed_locked, forbidden_models, models_named
from ..protocol import Change, Experiment, Place, Verdict
from ..repo import commit_edits, file_changes, moved, protect, read_message, read_text
from .lab import Lab, now
from .measure import measure
from .together import together
from .verdict import judge

OWN_EDIT = "own_edit"
"""The `intervention` of an experiment that the person made."""

SEEDS = 2
"""Seeds of the baseline that a person's edit runs on: what a verdict needs."""


def edited(lab: Lab) -> bool:
    """Whether the person changed the session's branch or its checkout since the agent last did."""
    return moved(lab.repository, lab.worktree, lab.session.branch, _known(lab))


async def adopt_edits(lab: Lab) -> Experiment | None:
    """Take the person's work in as the best version so far; safe to ask again.

    What they did not commit is committed in their name.

    Returns:
        The experiment that measured it; None: they changed nothing.

    Raises:
        LockedFileChanged: a locked file is among it, or another base model than is allowed.
        OwnEditFailed: it does not train.
        BudgetSpent: no run is left to measure it with.
        GitRefused: the branch can't be read; the sentence says how to mend it.
    """
    known = _known(lab)
    arguments = (lab.repository, lab.worktree, lab.session.branch, known)
    tip = await asyncio.to_thread(commit_edits, *arguments)
    if tip == known:
        return None
    locked = changed_locked(lab.repository, known, tip, lab.guard.locked)
    if locked:
        raise LockedFileChanged(
            f"You changed {', '.join(locked)} on {lab.session.branch}, which is locked while the "
            "session goes on; take that back there and run `intern improve --resume`, or make it "
            "on your own branch and start a new session."
        )
    if others := await asyncio.to_thread(_other_models, lab, known, tip):
        raise LockedFileChanged(
            f"Your version on {lab.session.branch} trains from {', '.join(others)}, which [locked] "
            "models in intern.toml does not name; take that back there and run `intern improve "
            "--resume`, or allow it there and start a new session."
        )
    experiment = _open(lab, known, tip)
    lab.note(f"{experiment.title} is measured; it stays, whatever it brings.", experiment.id)
    seeds = list(lab.scores(lab.incumbent.id))[:SEEDS]
    runs = await together(*(measure(lab, experiment, 1.0, seed) for seed in seeds))
    failed = next((run for run in runs if run.state != "succeeded"), None)
    if failed is not None:
        reason = f"{failed.id} did not get through: {failed.message or failed.cause}"
        _close(lab, experiment, reason)
        raise OwnEditFailed(
            f"Your version {tip[:8]} on {lab.session.branch} does not train ({reason}); mend it "
            "there, then run `intern improve --resume`."
        )
    return _stand(lab, experiment)


def abandon_edits(lab: Lab, because: str) -> None:
    """Close a measurement that the end of the budget cut short; the commits stay on the branch."""
    for experiment in _unmeasured(lab):
        _close(lab, experiment, because)


def overtaken(lab: Lab, experiment: Experiment) -> bool:
    """Whether a gain could not be kept because the person changed the branch meanwhile."""
    verdict = experiment.verdict
    return (
        verdict is not None
        and verdict.name == "inconclusive"
        and verdict.effect is not None
        and verdict.effect > verdict.noise_floor
        and any(
            other.intervention == OWN_EDIT
            and other.parent == experiment.parent
            and other.number > experiment.number
            for other in lab.experiments
        )
    )


def _known(lab: Lab) -> str:
    """Where the agent left the branch."""
    commit = lab.incumbent.commit
    assert commit is not None
    return commit


def _other_models(lab: Lab, known: str, tip: str) -> list[str]:
    """Base models that the person's work brings in and `[locked] models` does not allow."""
    command = lab.config.train.command
    changed = file_changes(lab.repository.git, known, tip)
    texts = {each.path: read_text(lab.repository, known, each.path) or "" for each in changed}
    before = models_named(lab.worktree, command, texts)
    after = models_named(lab.worktree, command)
    return forbidden_models(before, after, lab.config.locked.models)


def _open(lab: Lab, known: str, tip: str) -> Experiment:
    for left in _unmeasured(lab):
        if left.commit == tip:
            return left
        _close(lab, left, "You went on before it was measured.")
    number = len(lab.experiments)
    # Reports and run records name both, whatever the person does to the branch later.
    protect(lab.repository, lab.session_id, f"candidates/{number}", tip)
    if lab.incumbent.number > 0:
        protect(lab.repository, lab.session_id, str(lab.incumbent.number), known)
    subject = read_message(lab.repository, tip).partition("\n")[0]
    changed = file_changes(lab.repository.git, known, tip)
    return lab.change(
        Experiment(
            id=f"{lab.session_id}/{number}",
            session=lab.session_id,
            number=number,
            parent=lab.incumbent.id,
            intervention=OWN_EDIT,
            title=f"your edit: {subject}",
            hypothesis="The person's own change; it stays, whatever it brings.",
            source="the person",
            changes=[
                Change(what=f"{each.path} edited", place=Place(path=each.path, line=1))
                for each in changed
            ],
            commit=tip,
            state="running",
            rung=1.0,
            created=now(),
        )
    )


def _stand(lab: Lab, experiment: Experiment) -> Experiment:
    """Write down what it brought, and let it stand as the incumbent."""
    before, scores = lab.scores(lab.incumbent.id), lab.scores(experiment.id)
    verdict = judge(scores, before, lab.noise, lab.session.direction, last=True)
    assert verdict is not None and verdict.effect is not None
    over = "1 seed" if verdict.seeds == 1 else f"{verdict.seeds} seeds"
    floor = f"{verdict.noise_floor:.3f}"
    reason = f"Yours, so it stays: {verdict.effect:+.3f} over {over}, noise floor {floor}."
    experiment = lab.change(
        experiment,
        state="judged",
        rung=None,
        scores=scores,
        score=sum(scores.values()) / len(scores),
        verdict=verdict.model_copy(update={"name": "keep", "reason": reason}),
        ended=now(),
    )
    lab.change_session(incumbent=experiment.id, noise_floor=lab.noise.floor(2))
    lab.note(f"Exp {experiment.number} ({experiment.title}): {reason}", experiment.id)
    return experiment


def _close(lab: Lab, experiment: Experiment, reason: str) -> None:
    verdict = Verdict(
        name="inconclusive",
        effect=None,
        noise_floor=lab.noise.floor(SEEDS),
        seeds=0,
        reason=reason,
    )
    lab.change(experiment, state="judged", rung=None, verdict=verdict, ended=now())


def _unmeasured(lab: Lab) -> list[Experiment]:
    return [e for e in lab.experiments if e.intervention == OWN_EDIT and e.state != "judged"]
