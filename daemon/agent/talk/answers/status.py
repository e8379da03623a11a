"""How it stands: scores, what runs, what is spent."""

from collections import Counter

from ....protocol import Run, Session, VerdictName
from ..figures import counted, listed, rung, score, signed, span
from ..links import code, experiment_link, finding_link, plain, prose, run_link
from ..question import Question
from ..view import View


def status(view: View, asked: Question) -> str:
    """The session, or what there is without one."""
    parts = [
        _session(view),
        _waiting(view),
        _score(view),
        _tally(view),
        _running(view),
        _findings(view),
    ]
    return "\n\n".join(part for part in parts if part)


def _session(view: View) -> str:
    session = view.session
    if session is None:
        count = len(view.runs)
        made = f"; {counted(count, 'run')} of your own" if count else ""
        return f"There is no session yet{made}. `/improve` starts one."
    words = {"running": "is running", "interrupted": "was interrupted"}.get(
        session.state, "has failed" if session.state == "failed" else f"is {session.state}"
    )
    reason = f" {prose(session.reason)}" if session.reason else ""
    return f"{code(session.id)} on {code(session.branch)} {words}.{reason} {spent(session)}"


def _waiting(view: View) -> str:
    titles = [f"- {plain(one.title)}" for one in view.waiting]
    return "\n".join(["It waits for your answer (`/approvals`):\n", *titles]) if titles else ""


def _score(view: View) -> str:
    session, baseline, best = view.session, view.baseline, view.incumbent
    if session is None:
        return ""
    if baseline is None or baseline.score is None:
        return "The baseline is not measured yet."
    noise = "" if session.noise_floor is None else f", noise floor {score(session.noise_floor)}"
    if best is None or best.number == 0 or best.score is None:
        told = f"{code(session.metric)} on dev: baseline {score(baseline.score)}{noise}"
        return f"{told}; nothing kept yet."
    gain = best.score - baseline.score
    return (
        f"{code(session.metric)} on dev: {score(baseline.score)} -> {score(best.score)} "
        f"({signed(gain)}{noise}). Best: {experiment_link(best)} {plain(best.title)}."
    )


def _tally(view: View) -> str:
    judged = [one for one in view.experiments if one.number > 0 and one.verdict]
    if not judged:
        return ""
    tally = Counter(one.verdict.name for one in judged if one.verdict)
    counts = [f"{tally[name]} {word}" for name, word in _VERDICTS.items() if tally[name]]
    last = max(judged, key=lambda one: one.ended or one.created)
    assert last.verdict is not None
    return (
        f"{counted(len(judged), 'experiment')}: {listed(counts)}. The last: "
        f"{experiment_link(last)} {plain(last.title)}, {last.verdict.name}. "
        f"{prose(last.verdict.reason)}"
    )


def _running(view: View) -> str:
    going = [run for run in view.runs.values() if not run.done]
    lines = [f"- {_progress(view, run)}" for run in sorted(going, key=lambda run: run.created)]
    return "\n".join([f"{counted(len(going), 'run')} in progress:\n", *lines]) if going else ""


def _progress(view: View, run: Run) -> str:
    seen = run.progress
    parts = [run_link(run.id)]
    if run.experiment and run.experiment in view.all_experiments:
        parts.append(experiment_link(view.all_experiments[run.experiment]))
    parts.append(f"seed {run.seed}, rung {rung(run.rung)}")
    if run.state == "queued":
        parts.append("queued")
    else:
        of = f" of {seen.total_steps}" if seen.total_steps else ""
        parts.append(f"step {seen.step}{of}")
    if seen.loss is not None:
        parts.append(f"loss {score(seen.loss)}")
    if seen.eta_seconds is not None:
        parts.append(f"{span(seen.eta_seconds)} left")
    return ", ".join(parts)


def _findings(view: View) -> str:
    seen = [s for s in view.standing() if s.finding.because_of is None and not s.finding.suppressed]
    if not seen:
        return ""
    named = [f"{finding_link(s.run, s.finding)} ({s.finding.severity})" for s in seen[:4]]
    more = f" and {len(seen) - 4} more" if len(seen) > 4 else ""
    return f"Findings that stand: {', '.join(named)}{more}."


def spent(session: Session) -> str:
    """`Spent: 3 min 12 s of 30 min, 9 of 24 runs.`"""
    used, caps = session.spent, session.budget
    parts = [
        f"{span(used.seconds)} of {span(caps.minutes * 60)}",
        f"{used.runs} of {counted(caps.runs, 'run')}",
    ]
    if caps.cpu_seconds is not None:
        parts.append(f"{span(used.cpu_seconds)} of {span(caps.cpu_seconds)} of CPU time")
    parts.append(f"${used.usd:.2f}")
    return f"Spent: {', '.join(parts)}."


_VERDICTS: dict[VerdictName, str] = {
    "keep": "kept",
    "discard": "discarded",
    "inconclusive": "inconclusive",
}
