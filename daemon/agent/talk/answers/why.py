"""Why an experiment was tried, and what the measurement said."""

from ....protocol import Experiment
from ..figures import counted, measured, score
from ..links import (
    code,
    commit_link,
    experiment_link,
    file_link,
    finding_link,
    plain,
    prose,
    run_link,
)
from ..question import Question, titled
from ..view import Sighting, View
from .finding import numbers


def why(view: View, asked: Question) -> str:
    """For the experiments that the question names, else the newest."""
    if asked.subject.unknown and not asked.subject.experiments:
        return f"{asked.subject.unknown[0]} is not in this session. {_known(view)}"
    chosen = list(asked.subject.experiments) or _meant(view, asked)
    if not chosen:
        return _nothing(view)
    return "\n\n".join(explained(view, one) for one in chosen[:3])


def explained(view: View, experiment: Experiment) -> str:
    """Finding, hypothesis, source, change, verdict and what was tried instead."""
    if experiment.number == 0:
        return _baseline(view, experiment)
    parts = [f"{experiment_link(experiment)}: {plain(experiment.title)}."]
    parts.append(_occasion(view, experiment))
    parts.append(f"Hypothesis: {prose(experiment.hypothesis)}")
    parts.append(f"Source: {plain(experiment.source)}.")
    if change := changed(experiment):
        parts.append(change)
    parts.append(judged(view, experiment))
    parts.append(_instead(view, experiment))
    return "\n\n".join(part for part in parts if part)


def changed(experiment: Experiment) -> str:
    """`Changed: learning_rate 2e-5 -> 2e-4 in train.py:41, commit abc1234.`"""
    edits = [
        f"{code(c.what)} in {file_link(c.place.path, c.place.line)}" for c in experiment.changes
    ]
    if experiment.commit:
        edits.append(f"commit {commit_link(experiment.commit)}")
    return f"Changed: {', '.join(edits)}." if edits else ""


def judged(view: View, experiment: Experiment) -> str:
    """The verdict with its numbers and runs; where it stands when there is none yet."""
    verdict = experiment.verdict
    runs = [run_link(run.id) for run in view.runs_of(experiment)]
    behind = f" Runs: {', '.join(runs)}." if runs else ""
    if verdict is None:
        state = "is running" if experiment.state == "running" else "has not begun"
        return f"There is no verdict yet: it {state}.{behind}"
    if verdict.effect is None:
        effect = "without a measured effect"
    else:
        metric = code(view.sessions[experiment.session].metric)
        effect = f"{measured(verdict)} on {metric}"
    return f"Verdict: **{verdict.name}**, {effect}. {prose(verdict.reason)}{behind}"


def _occasion(view: View, experiment: Experiment) -> str:
    """Who or what brought it up."""
    if experiment.intervention == "own_edit":
        return "You made this change yourself, on the session's branch."
    wishes = view.sessions[experiment.session].wishes
    wish = next((one for one in wishes if one.experiment == experiment.id), None)
    if wish is not None:
        return f"You asked for it: {code(wish.because)}." if wish.because else "You asked for it."
    cause = _cause(view, experiment)
    if cause is None:
        return "No finding names it; the hypothesis alone spoke for it."
    return (
        f"I tried it because of {finding_link(cause.run, cause.finding)} in "
        f"{run_link(cause.run)}: {prose(cause.finding.title)}{numbers(cause.finding)}."
    )


def _cause(view: View, experiment: Experiment) -> Sighting | None:
    """The finding of its parent that names it."""
    parent = view.all_experiments.get(experiment.parent or "")
    if experiment.finding is None or parent is None:
        return None
    seen = view.seen_in(parent)
    return next((one for one in seen if one.finding.rule == experiment.finding), None)


def _instead(view: View, experiment: Experiment) -> str:
    """What was tried from the same starting point and not kept."""
    others = [
        f"- {experiment_link(one)} {plain(one.title)}: {one.verdict.name}. "
        f"{prose(one.verdict.reason)}"
        for one in view.experiments
        if one.parent == experiment.parent
        and one.id != experiment.id
        and one.verdict is not None
        and one.verdict.name != "keep"
    ]
    return (
        "\n".join(["Tried from the same starting point and not kept:\n", *others]) if others else ""
    )


def _baseline(view: View, experiment: Experiment) -> str:
    metric = view.sessions[experiment.session].metric
    runs = ", ".join(run_link(run.id) for run in view.runs_of(experiment))
    if experiment.score is None:
        return f"The {experiment_link(experiment)} is the baseline; it is not measured yet."
    return (
        f"The {experiment_link(experiment)} is the baseline: your code as it was, over "
        f"{counted(len(experiment.scores), 'seed')}, so that chance is known before anything "
        f"changes. {code(metric)} was {score(experiment.score)}. Runs: {runs or 'none'}."
    )


def _meant(view: View, asked: Question) -> list[Experiment]:
    """By the words of its title and verdict, else the newest one."""
    tried = [one for one in view.experiments if one.number > 0]
    if asked.says("discard", "reject", "drop", "inconclusive"):
        out = [one for one in tried if one.verdict and one.verdict.name != "keep"]
        return titled(asked, out)[:1] or out[-1:] or titled(asked, tried)[:1]
    if asked.says("kept", "keep"):
        kept = [one for one in tried if one.verdict and one.verdict.name == "keep"]
        return titled(asked, kept)[:1] or kept[-1:] or titled(asked, tried)[:1]
    if asked.says("baseline"):
        return view.experiments[:1]
    return titled(asked, tried)[:1] or tried[-1:] or view.experiments[:1]


def _known(view: View) -> str:
    named = [f"{experiment_link(one)} {plain(one.title)}" for one in view.experiments]
    return f"There are: {'; '.join(named)}." if named else "It has no experiment yet."


def _nothing(view: View) -> str:
    if view.session is None:
        return "I have done nothing here yet: there is no session. `/improve` starts one."
    return f"I have tried nothing yet: {code(view.session.id)} has no experiment so far."
