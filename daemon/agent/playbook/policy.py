"""What the playbook does next: a pure function of the situation.

Findings raise the prior of the interventions that they name; a candidate that failed once on this
code is worth less the second time. The same rule serves when a language model asks what to try.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

BOOST = {"critical": 4.0, "warning": 3.0, "info": 1.6}
"""How much a finding of that severity raises the candidates that it names."""

RETRY = 0.3
"""What a candidate that failed is still worth, each time; the code around it has changed since."""

AGAIN = 0.5
"""What a kept candidate is worth once more: the direction is right, most of the way is gone."""

REVERSAL = 0.1
"""What the opposite of a kept change is still worth: it was measured, in the other direction."""

ENOUGH = 0.12
"""Below this worth an idea is not tried: the dev set wears out with every look."""

ABREAST = 2
"""Alternatives of one family that compete in a race."""


@dataclass(frozen=True)
class Move:
    """A thought and the code action that follows from it."""

    thought: str
    code: str


def choose(situation: Mapping[str, Any]) -> Move:
    """The next move.

    Args:
        situation: as the tool `situation` returns it.
    """
    denied = situation["denied"]
    if situation["baseline"] is None:
        return _measured_first(denied)
    if situation["unfinished"]:
        return _finished_first(situation["unfinished"], denied)
    if situation["exhausted"]:
        return _finish(situation["exhausted"], denied)
    if situation["edited"]:
        return _adopted_first(denied)
    return _next_idea(situation)


def _measured_first(denied: Mapping[str, str]) -> Move:
    if "measure_baseline" in denied:
        return _leave(denied["measure_baseline"])
    return Move(
        "First I need to know where the training stands and how much it varies by chance.",
        "print(measure_baseline())",
    )


def _finished_first(unfinished: Sequence[str], denied: Mapping[str, str]) -> Move:
    if "finish_experiments" in denied:
        return _finish(denied["finish_experiments"], denied)
    return Move(
        f"An interruption left {', '.join(unfinished)} without a verdict.",
        "print(finish_experiments())",
    )


def _adopted_first(denied: Mapping[str, str]) -> Move:
    if "adopt_edits" in denied:
        return _leave(denied["adopt_edits"])
    return Move(
        "The person changed the branch. I measure their version, and go on from there.",
        "print(adopt_edits())",
    )


def _next_idea(situation: Mapping[str, Any]) -> Move:
    denied = situation["denied"]
    if "try_candidates" in denied:
        return _finish(denied["try_candidates"], denied)
    if situation["wishes"]:
        return _wished(situation["wishes"][0], situation["candidates"])
    if situation["only_wishes"]:
        return _finish("All that was asked for is tried.", denied)
    ranked = rank(situation)
    if not ranked:
        return _finish("No idea is left that is worth a run.", denied)
    group = _alternatives(ranked)[: situation["abreast"]]
    reason = because(group, situation["findings"])
    ids = [candidate["id"] for candidate in group]
    titles = " or ".join(candidate["title"] for candidate in group)
    return Move(
        f"{reason} I try {titles}.",
        f"print(try_candidates(candidates={ids!r}, because={reason!r}))",
    )


def rank(situation: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Candidates worth trying, best first."""
    findings, kept = situation["findings"], kept_directions(situation["experiments"])
    worths = [
        (worth(candidate, findings) * (REVERSAL if reverses(candidate, kept) else 1.0), candidate)
        for candidate in situation["candidates"]
    ]
    good = [(value, candidate) for value, candidate in worths if value >= ENOUGH]
    good.sort(key=lambda pair: (-pair[0], pair[1]["id"]))
    return [candidate for _, candidate in good]


def worth(candidate: Mapping[str, Any], findings: Sequence[Mapping[str, Any]]) -> float:
    """Expected use of a candidate for its cost."""
    boost = max(
        (BOOST[f["severity"]] for f in findings if candidate["intervention"] in f["interventions"]),
        default=1.0,
    )
    cost = max(float(candidate["cost"]), 0.1)
    history = RETRY ** candidate["failed"] * AGAIN ** candidate["kept"]
    value: float = candidate["prior"] * boost * history / cost**0.5
    return value


def kept_directions(experiments: Sequence[Mapping[str, Any]]) -> set[str]:
    """Interventions of which a variant was kept, such as `learning_rate_up`."""
    return {e["intervention"].split(":")[0] for e in experiments if e["verdict"] == "keep"}


def reverses(candidate: Mapping[str, Any], kept: set[str]) -> bool:
    """Whether a candidate goes back on what was kept: `_down` after `_up`, or the other way."""
    stem, _, direction = candidate["intervention"].rpartition("_")
    opposite = {"up": "down", "down": "up"}.get(direction)
    return opposite is not None and f"{stem}_{opposite}" in kept


def because(group: Sequence[Mapping[str, Any]], findings: Sequence[Mapping[str, Any]]) -> str:
    """Why these candidates: the finding that names them, or their hypothesis."""
    named = {candidate["intervention"] for candidate in group}
    for finding in findings:
        if named & set(finding["interventions"]):
            return f"{finding['rule']} {finding['label']}: {finding['title']}"
    return str(group[0]["hypothesis"])


def _alternatives(ranked: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The best candidate and what competes with it: variants of the same setting."""
    best = ranked[0]
    family = [candidate for candidate in ranked if candidate["family"] == best["family"]]
    return family[:ABREAST]


def _wished(wish: Mapping[str, Any], candidates: Sequence[Mapping[str, Any]]) -> Move:
    """What the person asked for comes before all else, and alone: its verdict is theirs."""
    title = next(one["title"] for one in candidates if one["id"] == wish["candidate"])
    reason = f"You asked for it: {wish['because']}" if wish["because"] else "You asked for it."
    return Move(
        f"{reason} I try {title}.",
        f"print(try_candidates(candidates={[wish['candidate']]!r}, because={reason!r}))",
    )


def _leave(reason: str) -> Move:
    return Move(
        f"{reason} Without that there is nothing I can do here.",
        f"final_answer(end_session(because={reason!r}))",
    )


def _finish(reason: str, denied: Mapping[str, str]) -> Move:
    if "write_report" in denied:
        return _leave(denied["write_report"])
    return Move(
        f"{reason} I look at the sealed test and write the report.",
        f"final_answer(write_report(because={reason!r}))",
    )
