"""What a setting was in each experiment and run, and what came of it."""

from collections import defaultdict
from dataclasses import dataclass
from statistics import fmean

from ...protocol import Experiment
from ...workspace.settings import TrainingCode
from .figures import counted, gain, number
from .parsing import paths
from .view import View

MOST_ROWS = 12
"""Rows of one table: what a hover shows without scrolling."""


@dataclass(frozen=True)
class Trial:
    """One value that was tried.

    Args:
        value: as it was written, or the library's default.
        score: mean of the metric over full runs; None: it did not get that far.
        runs: behind the score.
        who: `baseline`, `exp 3`, `run-0012`.
        outcome: verdict and effect, or why there is no score.
    """

    value: str
    score: float | None
    runs: int
    who: str
    outcome: str


def trials(view: View, name: str) -> list[Trial]:
    """Every value that was tried for a setting, the newest session first.

    An experiment that left the setting as its parent had it is no trial of it.

    Raises:
        GitRefused, NoRepository: git can't be asked.
    """
    code = view.training
    if code is None:
        return []
    _read_all(view, code)
    sessions = sorted(view.sessions.values(), key=lambda one: -one.created)
    found = [_own(view, code, name)]
    found += [_of_session(view, code, name, one.id) for one in sessions]
    return [trial for each in found for trial in each][:MOST_ROWS]


def _of_session(view: View, code: TrainingCode, name: str, session: str) -> list[Trial]:
    told = []
    values: dict[str, str | None] = {}
    for one in view.session_experiments(session):
        values[one.id] = _value(view, code, one.commit, name)
        value = values[one.id]
        if value is None or (one.parent and values.get(one.parent) == value):
            continue
        told.append(
            Trial(
                value=value,
                score=one.score,
                runs=len(one.scores),
                who="baseline" if one.number == 0 else f"exp {one.number}",
                outcome=_outcome(view, one),
            )
        )
    return told


def _own(view: View, code: TrainingCode, name: str) -> list[Trial]:
    """The person's own scored runs, by value."""
    metric = view.config.eval.metric if view.config else ""
    scores: dict[str, list[tuple[str, float]]] = defaultdict(list)
    for run in view.runs.values():
        if run.session is None and run.dev and metric in run.dev:
            value = _value(view, code, run.commit, name)
            if value is not None:
                scores[value].append((run.id, run.dev[metric]))
    return [
        Trial(
            value=value,
            score=fmean(score for _, score in runs),
            runs=len(runs),
            who=runs[-1][0] if len(runs) == 1 else counted(len(runs), "own run"),
            outcome="",
        )
        for value, runs in scores.items()
    ]


def _outcome(view: View, experiment: Experiment) -> str:
    verdict = experiment.verdict
    if verdict is None:
        return "" if experiment.state == "judged" else experiment.state
    if verdict.effect is None:
        return verdict.name
    return f"{verdict.name}, {gain(verdict.effect, view.sessions[experiment.session].direction)}"


def _read_all(view: View, code: TrainingCode) -> None:
    """All texts with one git command, before they are asked for one by one."""
    commits = [one.commit for one in view.experiments.values() if one.commit]
    commits += [run.commit for run in view.runs.values() if run.session is None and run.dev]
    view.past.texts((commit, path) for commit in commits for path in paths(code))


def _value(view: View, code: TrainingCode, commit: str | None, name: str) -> str | None:
    return view.parsing.written(commit, code, name) if commit else None


def table(rows: list[Trial], metric: str) -> str:
    """The trials as a Markdown table."""
    lines = [f"| value | {_cell(metric)} | from | outcome |", "| --- | --- | --- | --- |"]
    for row in rows:
        score = "not measured in full"
        if row.score is not None:
            score = f"{number(row.score)} ({counted(max(row.runs, 1), 'seed')})"
            if row.who.startswith("run") or "own" in row.who:
                score = number(row.score)
        lines.append(f"| `{_cell(row.value)}` | {score} | {row.who} | {row.outcome} |")
    return "\n".join(lines)


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("`", "'").replace("|", "\\|")
