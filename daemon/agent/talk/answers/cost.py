"""What was spent, what is left, and how long things take, from what was measured."""

import time

from ....errors import BadConfig, NoConfig
from ....workspace import load
from ..figures import counted, run_seconds, span
from ..links import code, run_link
from ..question import Question
from ..view import View
from .status import spent


def cost(view: View, asked: Question) -> str:
    """Time, runs and money of the session; what a run takes."""
    parts = [_runs_named(view, asked), _session(view), _run(view), _going(view)]
    return "\n\n".join(part for part in parts if part)


def _session(view: View) -> str:
    session = view.session
    if session is None:
        try:
            caps = load(view.layout.config).budget
        except (NoConfig, BadConfig):
            return "There is no session and no budget yet: `intern init` writes an `intern.toml`."
        return (
            f"There is no session yet. `[budget]` of `intern.toml` would cap one at "
            f"{span(caps.minutes * 60)}, {counted(caps.runs, 'run')} and ${caps.usd:.2f}."
        )
    left = max(0.0, session.budget.minutes * 60 - session.spent.seconds)
    ahead = (
        f" At most {span(left)} are left; it ends earlier when no idea is worth a run."
        if session.state == "running"
        else f" It is {session.state}, so it costs nothing more."
    )
    return (
        f"{code(session.id)}: {spent(session)} CPU time: {span(session.spent.cpu_seconds)}.{ahead}"
    )


def _run(view: View) -> str:
    mine = view.session_runs() or list(view.runs.values())
    seconds = run_seconds(mine)
    if seconds is None:
        return "No full run has ended yet, so I don't know how long one takes."
    count = sum(1 for run in mine if run.state == "succeeded" and run.rung == 1.0)
    cpu = [run.cpu_seconds for run in mine if run.cpu_seconds is not None and run.rung == 1.0]
    mean = f", {span(sum(cpu) / len(cpu))} of CPU time on average" if cpu else ""
    return f"A full run takes {span(seconds)} (median of {count}){mean}. Local runs cost no money."


def _going(view: View) -> str:
    lines = []
    for run in view.runs.values():
        if run.done or run.started is None:
            continue
        eta = run.progress.eta_seconds
        ahead = f"about {span(eta)} left" if eta is not None else "its end is not known yet"
        lines.append(f"- {run_link(run.id)}: {span(time.time() - run.started)} so far, {ahead}")
    return "\n".join(["In progress:\n", *lines]) if lines else ""


def _runs_named(view: View, asked: Question) -> str:
    runs = list(asked.subject.runs)
    for experiment in asked.subject.experiments:
        runs += view.runs_of(experiment)
    ended = [run for run in runs if run.started is not None and run.ended is not None]
    if not ended:
        return ""
    seconds = sum((run.ended or 0) - (run.started or 0) for run in ended)
    cpu = sum(run.cpu_seconds or 0.0 for run in ended)
    named = ", ".join(run_link(run.id) for run in ended)
    return f"{named}: {span(seconds)} of training together, {span(cpu)} of CPU time."
