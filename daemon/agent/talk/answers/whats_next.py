"""What would be tried next, and why in that order."""

from ....errors import BadConfig, CannotEdit, NoConfig
from ..figures import listed, run_seconds, score, span
from ..links import code, experiment_link, finding_link, place_link, plain, prose
from ..outlook import Prospect, prospects
from ..question import Question
from ..view import View

MOST = 5
"""Candidates in one answer."""


def whats_next(view: View, asked: Question) -> str:
    """What runs now, what is planned, and the candidates with what speaks for them."""
    try:
        ranked = prospects(view)
    except NoConfig:
        return (
            "First the workspace needs an `intern.toml`, which says how it trains and scores: "
            "`intern init` writes one from your code, or `/improve` tells what is missing."
        )
    except (BadConfig, CannotEdit) as error:
        return f"I can't look ahead: {prose(str(error))}"
    parts = [_standing(view), _running(view), _plan(view)]
    if ranked:
        parts.append(_ranking(view, ranked))
    else:
        parts.append(
            "The playbook has no candidate left for this code that is worth a run. You can name a "
            "value yourself: `/try SETTING VALUE`."
        )
    parts.append(_how(view, ranked))
    return "\n\n".join(part for part in parts if part)


def _standing(view: View) -> str:
    session = view.session
    if session is None:
        return "There is no session yet, so nothing is measured. This is what your code suggests."
    if session.state == "finished":
        return f"{code(session.id)} is finished: {prose(session.reason or 'its ideas ended')}"
    if session.state != "running":
        return f"{code(session.id)} is {session.state}. {prose(session.reason or '')}".rstrip()
    return ""


def _running(view: View) -> str:
    if view.session is None or view.session.state != "running":
        return ""
    now = [e for e in view.experiments if e.state == "running" and e.number > 0]
    named = [f"{experiment_link(one)} {plain(one.title)}" for one in now]
    wishes = [w for w in view.session.wishes if w.experiment is None and w.refused is None]
    asked = [code(f"{w.intervention.removeprefix('set:')} {w.value or ''}") for w in wishes]
    parts = [f"Now: {listed(named)}."] if named else []
    parts += [f"Then what you asked for: {listed(asked)}."] if asked else []
    return " ".join(parts)


def _plan(view: View) -> str:
    left = [item for item in view.plan if item.state in ("open", "doing")]
    if not left or view.session is None or view.session.state != "running":
        return ""
    lines = [f"- {plain(i.text)}" + (" (now)" if i.state == "doing" else "") for i in left]
    return "\n".join(["The plan:\n", *lines])


def _ranking(view: View, ranked: list[Prospect]) -> str:
    best = len(ranked[:MOST])
    lines = [f"The best {best} of {len(ranked)} candidates:\n" if best > 1 else "One candidate:\n"]
    for number, one in enumerate(ranked[:MOST], 1):
        candidate = one.candidate
        facts = [
            f"worth {score(one.worth)}",
            f"prior {score(candidate.prior)}",
            f"cost {candidate.cost:.3g} of a run",
        ]
        if one.failed:
            facts.append(
                f"not kept {one.failed} times before" if one.failed > 1 else "not kept once"
            )
        lines.append(f"{number}. **{plain(candidate.title)}** ({', '.join(facts)})  ")
        if one.raised_by is not None:
            finding = one.raised_by.finding
            where = f", {place_link(finding.place)}" if finding.place else ""
            lines.append(
                f"   Raised by {finding_link(one.raised_by.run, finding)} ({finding.severity})"
                f"{where}. Source: {plain(candidate.source)}."
            )
        else:
            lines.append(f"   {prose(candidate.hypothesis)} Source: {plain(candidate.source)}.")
    return "\n".join(lines)


def _how(view: View, ranked: list[Prospect]) -> str:
    seconds = run_seconds(list(view.runs.values()))
    cost = f" A full run took {span(seconds)} so far (median)." if seconds is not None else ""
    if not ranked:
        return cost.strip()
    first = ranked[0].candidate.id
    order = (
        "Worth is the prior, raised by the findings that name it, lowered by what failed before, "
        "over the square root of its cost."
    )
    if view.session is not None and view.session.state == "running":
        return f"{order}{cost} `/try {first}` puts one first."
    best = view.incumbent
    land = (
        " A new session starts from your branch, so land what was kept first."
        if best is not None and best.number > 0
        else ""
    )
    return f"{order}{cost} `/improve` tries them in turn, `/try {first}` only that one.{land}"
