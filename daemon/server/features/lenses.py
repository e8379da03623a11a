"""Code lenses: run and improve above the trainer, and the gain above each line that brought it."""

from lsprotocol import types

from ...errors import InternError
from ...protocol import Experiment, Run, Session
from .commands import IMPROVE, OPEN_CURVES, RUN, SHOW_EXPERIMENT, command
from .figures import counted, gain, number
from .past import nearest
from .trainer import entry
from .view import View


def lenses(view: View, path: str) -> list[types.CodeLens]:
    """All lenses of a document."""
    return [*_at_trainer(view, path), *_at_gains(view, path)]


def _at_trainer(view: View, path: str) -> list[types.CodeLens]:
    code = view.code_of(path)
    where = entry(code, path) if code else None
    if where is None:
        return []
    script = {"script": path if code is None else code.script}
    above = view.range(path, *where)
    commands = [
        command("Run", RUN, script),
        command("Improve", IMPROVE, script),
        *_last(view),
    ]
    return [types.CodeLens(range=above, command=one) for one in commands]


def _last(view: View) -> list[types.Command]:
    """Last score and last verdict, or that there is nothing yet."""
    session = view.session
    score = _score(view, session)
    if score is None:
        return [_unscored(view)]
    text, runs = score
    told = [command(text, OPEN_CURVES, {"runs": runs})]
    judged = [
        one
        for one in (view.session_experiments(session.id) if session else [])
        if one.verdict is not None and one.ended is not None
    ]
    if session is not None and judged:
        last = max(judged, key=lambda one: one.ended or 0.0)
        told.append(command(_verdict(last, session), SHOW_EXPERIMENT, {"experiment": last.id}))
    return told


def _score(view: View, session: Session | None) -> tuple[str, list[str]] | None:
    """Text and runs of the newest score: the incumbent's, or that of a later own run."""
    best = view.experiments.get(session.incumbent or "") if session else None
    found, since = None, 0.0
    if session is not None and best is not None and best.score is not None:
        name = "baseline" if best.number == 0 else f"exp {best.number}"
        seeds = counted(max(len(best.scores), 1), "seed")
        text = f"{session.metric} {number(best.score)} ({name}, {seeds})"
        found, since = (text, best.runs), best.created
    metric = view.config.eval.metric if view.config else None
    own = [
        run
        for run in view.runs.values()
        if run.session is None and run.dev and metric in run.dev
        and run.created > since
    ]  # fmt: skip
    if own and metric is not None:
        last = max(own, key=lambda run: run.created)
        assert last.dev is not None
        found = f"{metric} {number(last.dev[metric])} ({last.id})", [last.id]
    return found


def _verdict(experiment: Experiment, session: Session) -> str:
    """`exp 4: discard, +0.01`."""
    verdict = experiment.verdict
    assert verdict is not None
    effect = "" if verdict.effect is None else f", {gain(verdict.effect, session.direction)}"
    return f"exp {experiment.number}: {verdict.name}{effect}"


def _unscored(view: View) -> types.Command:
    last: Run | None = max(view.runs.values(), key=lambda run: run.created, default=None)
    if last is None:
        return command("no runs yet", OPEN_CURVES, {"runs": []})
    return command(f"{last.id}: {last.state}, no score yet", OPEN_CURVES, {"runs": [last.id]})


def _at_gains(view: View, path: str) -> list[types.CodeLens]:
    """On the first line of what each kept experiment put in, where it stands in the document."""
    kept = [one for one in view.experiments.values() if _kept(one, path)]
    kept.sort(key=lambda one: (one.created, one.number))
    try:
        added = view.past.added([(one.commit or "", path) for one in kept])
    except InternError:  # git can't be asked: no lens is better than a wrong one
        return []
    lines = [line.strip() for line in (view.text(path) or "").splitlines()]
    found: dict[int, Experiment] = {}
    for one in kept:
        for block in added[one.commit or "", path]:
            if (line := nearest(block, lines)) is not None:
                found[line] = one  # a newer experiment has put in the same text
    return [
        types.CodeLens(
            range=view.range(path, line, 0, len(lines[line - 1])),
            command=_gain(view, one),
        )
        for line, one in sorted(found.items())
    ]


def _kept(experiment: Experiment, path: str) -> bool:
    return (
        experiment.verdict is not None
        and experiment.verdict.name == "keep"
        and experiment.commit is not None
        and any(change.place.path == path for change in experiment.changes)
    )


def _gain(view: View, experiment: Experiment) -> types.Command:
    """`+0.12 exact_match, exp 7, 2 seeds`."""
    session, verdict = view.sessions[experiment.session], experiment.verdict
    assert verdict is not None
    effect = "" if verdict.effect is None else f"{gain(verdict.effect, session.direction)} "
    seeds = counted(verdict.seeds, "seed")
    text = f"{effect}{session.metric}, exp {experiment.number}, {seeds}"
    return command(text, SHOW_EXPERIMENT, {"experiment": experiment.id})
