"""Experiments or runs beside each other."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from ....protocol import Experiment, Run
from ..figures import rung, score, signed, span
from ..links import code, commit_link, experiment_link, finding_link, plain, run_link
from ..question import Question
from ..view import View

Thing = TypeVar("Thing", Experiment, Run)

MOST = 4
"""Columns that fit into a chat."""


def compare(view: View, asked: Question) -> str:
    """The experiments or runs that the question names; the last two experiments without any."""
    subject = asked.subject
    if subject.unknown:
        return f"There is no {subject.unknown[0]} here, so I can't compare it."
    if len(subject.runs) > 1:
        return _runs(view, subject.runs[:MOST])
    experiments = list(subject.experiments[:MOST])
    if len(experiments) == 1 and (other := _opposite(view, experiments[0])):
        experiments.insert(0, other)
    if not experiments:
        experiments = [one for one in view.experiments if one.state == "judged"][-2:]
    if len(experiments) < 2:
        return (
            "Name two experiments or two runs, as in `/compare exp 1 exp 2`; there are not two yet."
        )
    return _experiments(view, experiments)


def _opposite(view: View, one: Experiment) -> Experiment | None:
    """What a single experiment is compared with: what it stands on."""
    return view.all_experiments.get(one.parent or "")


def _experiments(view: View, chosen: Sequence[Experiment]) -> str:
    rows: list[tuple[str, Callable[[Experiment], str]]] = [
        ("change", lambda e: plain(e.title)),
        ("dev score", lambda e: score(e.score)),
        ("seeds", lambda e: str(len(e.scores))),
        ("verdict", lambda e: e.verdict.name if e.verdict else e.state),
        ("effect", lambda e: signed(e.verdict.effect) if e.verdict else "-"),
        ("noise floor", lambda e: score(e.verdict.noise_floor) if e.verdict else "-"),
        ("runs", lambda e: ", ".join(run_link(r.id) for r in view.runs_of(e)) or "-"),
        ("training time", lambda e: _time(view.runs_of(e))),
        ("commit", lambda e: commit_link(e.commit) if e.commit else "-"),
    ]
    table = _table([experiment_link(one) for one in chosen], rows, chosen)
    return f"{table}\n\n{_paired(view, chosen)}".rstrip()


def _paired(view: View, chosen: Sequence[Experiment]) -> str:
    """Seed by seed, which is fair: each seed meets the same order of data."""
    first, last = chosen[0], chosen[-1]
    both = sorted(first.scores.keys() & last.scores.keys())
    if not both:
        return "They have no seed in common, so their scores can't be paired."
    session = view.sessions[last.session]
    sign = 1.0 if session.direction == "max" else -1.0
    gains = [sign * (last.scores[seed] - first.scores[seed]) for seed in both]
    seeds = "1 seed" if len(both) == 1 else f"{len(both)} seeds"
    floor = session.noise_floor
    mean = sum(gains) / len(gains)
    told = (
        f"Paired over {seeds}, {experiment_link(last)} is {score(abs(mean))} "
        f"{'better' if mean > 0 else 'worse'} than {experiment_link(first)} on "
        f"{code(session.metric)}"
    )
    if floor is None:
        return f"{told}."
    side = "more than" if abs(mean) > floor else "within"
    return f"{told}, {side} the session's noise floor of {score(floor)}."


def _runs(view: View, chosen: Sequence[Run]) -> str:
    metrics = sorted({name for run in chosen for name in run.dev or {}})
    rows: list[tuple[str, Callable[[Run], str]]] = [
        ("state", lambda r: r.state),
        ("experiment", lambda r: _owner(view, r)),
        ("seed", lambda r: str(r.seed)),
        ("rung", lambda r: rung(r.rung)),
        ("steps", lambda r: str(r.progress.step)),
        ("last loss", lambda r: score(r.progress.loss)),
        *((f"dev {code(name)}", _dev(name)) for name in metrics),
        ("training time", lambda r: _time([r])),
        ("findings", lambda r: _seen(view, r)),
        ("commit", lambda r: commit_link(r.commit)),
    ]
    return _table([run_link(run.id) for run in chosen], rows, chosen)


def _dev(name: str) -> Callable[[Run], str]:
    return lambda run: score((run.dev or {}).get(name))


def _owner(view: View, run: Run) -> str:
    one = view.all_experiments.get(run.experiment or "")
    return experiment_link(one) if one else "your own"


def _seen(view: View, run: Run) -> str:
    return ", ".join(finding_link(s.run, s.finding) for s in view.seen_in_run(run.id)) or "none"


def _time(runs: Sequence[Run]) -> str:
    ended = [run.ended - run.started for run in runs if run.ended and run.started]
    return span(sum(ended)) if ended else "-"


def _table(
    heads: Sequence[str],
    rows: Sequence[tuple[str, Callable[[Thing], str]]],
    things: Sequence[Thing],
) -> str:
    lines = [f"| | {' | '.join(heads)} |", f"| --- |{' --- |' * len(heads)}"]
    lines += [f"| {name} | {' | '.join(cell(one) for one in things)} |" for name, cell in rows]
    return "\n".join(lines)
