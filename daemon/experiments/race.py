"""Candidates against the incumbent: rung by rung, until one is kept or none is left."""

import asyncio
from collections.abc import Sequence

from ..errors import BranchMoved, EvaluationFailed, LockedPath
from ..integrity import changed_locked, forbidden_models, models_named
from ..protocol import Experiment, Run, Verdict
from ..repo import commit_tree_with, protect
from .commits import discard, keep
from .lab import Lab, now
from .measure import latest, measure
from .own_edits import OWN_EDIT, abandon_edits
from .proposal import Proposal
from .rungs import LAST_RUNG, SMOKE, ladder, survivors, wants_smoke
from .together import together
from .verdict import judge


async def race(lab: Lab, proposals: Sequence[Proposal]) -> list[Experiment]:
    """Commit each proposal on the incumbent and let them compete; at most one is kept.

    Args:
        lab: the session's lab, its baseline measured.
        proposals: alternatives to each other, such as two learning rates.

    Returns:
        The experiments, judged, in order.

    Raises:
        LockedPath: a proposal writes a locked file; nothing was started.
        BudgetSpent: a cap does not allow the first rung; nothing was started.
    """
    for proposal in proposals:
        for path in proposal.files:
            lab.guard.check_write(path)
        await asyncio.to_thread(_check_models, lab, proposal)
    experiments = []
    for proposal in proposals:
        if proposal.wish is not None:
            # Before it exists: after a death in between, the wish still waits.
            lab.link_wish(proposal.wish, f"{lab.session_id}/{len(lab.experiments)}")
        experiments.append(await asyncio.to_thread(_propose, lab, proposal))
    return await settle(lab, experiments)


def unfinished(lab: Lab) -> list[Experiment]:
    """Experiments of the agent that a death left without a verdict."""
    left = [e for e in lab.experiments if e.number > 0 and e.state != "judged"]
    return [experiment for experiment in left if experiment.intervention != OWN_EDIT]


async def settle(lab: Lab, experiments: Sequence[Experiment]) -> list[Experiment]:
    """Bring experiments to their verdicts; goes on where an earlier life stopped."""
    alive = [experiment for experiment in experiments if experiment.state != "judged"]
    if alive and wants_smoke(lab.cost):
        alive = await _smoke(lab, alive)
    for rung in ladder(lab.cost)[:-1]:
        alive = await _climb(lab, alive, rung)
    winner = await _final(lab, alive)
    if winner is not None:
        # Not in a thread: a cancelled race must not leave a keep half done behind it.
        _keep(lab, winner)
    return [lab.experiment(experiment.id) for experiment in experiments]


async def give_up(lab: Lab, because: str) -> None:
    """End what is unfinished for good: its runs are stopped, and what was measured is judged.

    Full runs that prove a gain are not thrown away because the budget ended behind them.
    """
    abandon_edits(lab, because)
    keepers: list[tuple[Experiment, Verdict]] = []
    for experiment in unfinished(lab):
        for run in lab.runs_of(experiment.id):
            if not run.done:
                await lab.keeper.stop(run.id, because)
        scores = lab.scores(experiment.id)
        verdict = judge(
            scores, lab.scores(lab.incumbent.id), lab.noise, lab.session.direction, last=True
        )
        if verdict is not None and verdict.name == "keep":
            keepers.append((lab.change(experiment, scores=scores, score=_mean(scores)), verdict))
            continue
        if verdict is None:
            verdict = Verdict(
                name="inconclusive",
                effect=None,
                noise_floor=lab.noise.floor(2),
                seeds=0,
                reason=because,
            )
        elif verdict.name == "inconclusive":
            verdict = verdict.model_copy(update={"reason": f"{verdict.reason} {because}"})
        discard(lab, experiment.id, verdict)
    winner = _best(lab, keepers)
    if winner is not None:
        _keep(lab, winner)


def _keep(lab: Lab, winner: Experiment) -> None:
    """Keep it; if the person changed the branch meanwhile, what was proven is not of that code."""
    try:
        keep(lab, winner)
    except BranchMoved as moved:
        assert winner.verdict is not None
        reason = f"{winner.verdict.reason} That was without your own change: {moved}"
        verdict = winner.verdict.model_copy(update={"name": "inconclusive", "reason": reason})
        discard(lab, winner.id, verdict)


def _check_models(lab: Lab, proposal: Proposal) -> None:
    """Raises LockedPath when a proposal trains from another base model than the person allows."""
    root, command = lab.worktree, lab.config.train.command
    before, after = models_named(root, command), models_named(root, command, proposal.files)
    if others := forbidden_models(before, after, lab.config.locked.models):
        raise LockedPath(
            f"{proposal.title} would train from {', '.join(others)}, which [locked] models in "
            "intern.toml does not name."
        )


def _propose(lab: Lab, proposal: Proposal) -> Experiment:
    incumbent = lab.incumbent
    assert incumbent.commit is not None
    number = len(lab.experiments)
    commit = commit_tree_with(
        lab.repository,
        incumbent.commit,
        proposal.files,
        f"{proposal.title[:1].upper()}{proposal.title[1:]}\n\n{proposal.hypothesis}\n",
    )
    if cheats := changed_locked(lab.repository, incumbent.commit, commit, lab.session.locks):
        raise LockedPath(f"{proposal.title} would change {', '.join(cheats)}, which is locked.")
    # Run records name this commit, so git must keep it when the verdict's own commit replaces it.
    protect(lab.repository, lab.session_id, f"candidates/{number}", commit)
    experiment = Experiment(
        id=f"{lab.session_id}/{number}",
        session=lab.session_id,
        number=number,
        parent=incumbent.id,
        intervention=proposal.id,
        title=proposal.title,
        hypothesis=proposal.hypothesis,
        source=proposal.source,
        finding=proposal.finding,
        changes=proposal.changes,
        commit=commit,
        created=now(),
    )
    return lab.change(experiment)


async def _smoke(lab: Lab, experiments: list[Experiment]) -> list[Experiment]:
    """A few steps of each: what does not train at all is out before it costs anything."""

    async def trains(experiment: Experiment) -> bool:
        experiment = lab.change(experiment, state="running", rung=SMOKE)
        run = await measure(lab, experiment, SMOKE, lab.seeds[0], score=False)
        return run.state == "succeeded" or _failed(lab, experiment, run)

    passed = await together(*(trains(experiment) for experiment in experiments))
    return [lab.experiment(e.id) for e, ok in zip(experiments, passed, strict=True) if ok]


async def _climb(lab: Lab, experiments: list[Experiment], rung: float) -> list[Experiment]:
    """One rung for all that are alive; the incumbent's score there is measured once."""
    if not experiments:
        return []
    incumbent, seed = lab.incumbent, lab.seeds[0]
    runs = await together(
        _measured(lab, incumbent, rung, seed), *(_try(lab, e, rung, seed) for e in experiments)
    )
    scored = _scored(lab, experiments, list(runs[1:]))
    base = _score(lab, runs[0])
    if base is None or not scored:
        return [lab.experiment(experiment_id) for experiment_id in scored]
    sign = 1.0 if lab.session.direction == "max" else -1.0
    gains = {experiment_id: sign * (score - base) for experiment_id, score in scored.items()}
    # What a finding names may need the whole run to show, as all that mends overfitting does; a
    # general idea that shows nothing by now is not worth its full runs.
    noise = lab.noise.floor(1)
    slack = {e: noise if rung < LAST_RUNG or lab.experiment(e).finding else 0.0 for e in gains}
    stay = survivors(gains, slack)
    for experiment_id in gains.keys() - stay:
        best = max(stay, key=lambda e: gains[e], default=None)
        passed = gains[experiment_id] > -slack[experiment_id]
        beaten = f" and exp {_number(best)} did better" if best and passed else ""
        reason = f"{gains[experiment_id]:+.3f} at rung {_share(rung)}{beaten}."
        _discard(lab, experiment_id, reason, gains[experiment_id])
    return [lab.experiment(experiment_id) for experiment_id in scored if experiment_id in stay]


async def _final(lab: Lab, experiments: list[Experiment]) -> Experiment | None:
    """Full runs, seed by seed, until each has its verdict.

    Returns:
        The best of those to keep, with its verdict written; the others are discarded behind it.
    """
    keepers: list[tuple[Experiment, Verdict]] = []
    for experiment in experiments:
        verdict = await _judge(lab, experiment)
        if verdict is None:
            continue
        if verdict.name == "keep":
            keepers.append((lab.experiment(experiment.id), verdict))
        else:
            discard(lab, experiment.id, verdict)
    return _best(lab, keepers)


def _best(lab: Lab, keepers: list[tuple[Experiment, Verdict]]) -> Experiment | None:
    """The one that gained most, with its verdict; the others are discarded behind it."""
    keepers.sort(key=lambda pair: pair[1].effect or 0.0, reverse=True)
    for experiment, verdict in keepers[1:]:
        reason = f"{verdict.reason} Exp {keepers[0][0].number} gained more."
        lost = verdict.model_copy(update={"name": "discard", "reason": reason})
        discard(lab, experiment.id, lost)
    if not keepers:
        return None
    best, verdict = keepers[0]
    # Not yet judged: `keep` writes the verdict together with the commit that carries it.
    return best.model_copy(update={"verdict": verdict})


def _mean(scores: dict[int, float]) -> float:
    return sum(scores.values()) / len(scores)


async def _judge(lab: Lab, experiment: Experiment) -> Verdict | None:
    """The verdict from full runs; None when a run failed, which is judged on the spot."""
    incumbent = lab.incumbent
    experiment = lab.change(experiment, state="running", rung=1.0)
    seeds = list(lab.scores(incumbent.id))
    for count in range(min(2, len(seeds)), len(seeds) + 1):
        runs = await together(
            *(_try(lab, experiment, 1.0, seed) for seed in seeds[:count]),
        )
        failed = next((run for run in runs if run.state != "succeeded"), None)
        if failed is not None:
            _failed(lab, experiment, failed)
            return None
        scores = lab.scores(experiment.id)
        experiment = lab.change(experiment, scores=scores, score=_mean(scores))
        verdict = judge(
            scores,
            lab.scores(incumbent.id),
            lab.noise,
            lab.session.direction,
            last=count == len(seeds),
        )
        if verdict is not None:
            return verdict
    return None


async def _try(lab: Lab, experiment: Experiment, rung: float, seed: int) -> Run:
    lab.change(lab.experiment(experiment.id), state="running", rung=rung)
    return await _measured(lab, experiment, rung, seed)


async def _measured(lab: Lab, experiment: Experiment, rung: float, seed: int) -> Run:
    """The run, a failed one when it can't be scored: that is the code's fault, not the loop's."""
    try:
        return await measure(lab, experiment, rung, seed)
    except EvaluationFailed as error:
        run = latest(lab, experiment, rung, seed)
        assert run is not None
        lab.note(f"{run.id} can't be scored: {error}", experiment.id, "warning")
        return run.model_copy(update={"state": "failed", "message": str(error)})


def _scored(lab: Lab, experiments: list[Experiment], runs: list[Run]) -> dict[str, float]:
    scored: dict[str, float] = {}
    for experiment, run in zip(experiments, runs, strict=True):
        value = _score(lab, run)
        if value is None:
            _failed(lab, experiment, run)
        else:
            scored[experiment.id] = value
    return scored


def _score(lab: Lab, run: Run) -> float | None:
    return None if run.dev is None else run.dev.get(lab.session.metric)


def _failed(lab: Lab, experiment: Experiment, run: Run) -> bool:
    _discard(lab, experiment.id, f"{run.id} did not get through: {run.message or run.cause}", None)
    return False


def _discard(lab: Lab, experiment_id: str, reason: str, effect: float | None) -> None:
    verdict = Verdict(
        name="discard",
        effect=effect,
        noise_floor=lab.noise.floor(1),
        seeds=0 if effect is None else 1,
        reason=reason,
    )
    discard(lab, experiment_id, verdict)


def _share(rung: float) -> str:
    return f"1/{round(1 / rung)}"


def _number(experiment_id: str) -> str:
    return experiment_id.rsplit("/", 1)[1]
