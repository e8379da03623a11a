"""The plan of a session, for the person: what was done, what is next and how it ends."""

from collections.abc import Mapping, Sequence
from typing import Any

from ..experiments import OWN_EDIT, Lab
from ..protocol import Experiment, PlanItem
from .playbook.policy import rank

AHEAD = 3
"""So many ideas are named ahead; what comes later depends on how these turn out."""


def plan(lab: Lab, situation: Mapping[str, Any], ended: str | None = None) -> list[PlanItem]:
    """The whole plan; the first thing that is open is being done.

    Args:
        lab: the session's lab.
        situation: as the agent was told it last.
        ended: how the session ended: `report`, or `early`; None: it goes on.
    """
    measured = situation["baseline"] is not None
    items = [_item(f"Measure the baseline with {len(lab.seeds)} seeds", measured)]
    findings = ", ".join(f"{f['rule']} {f['label']}" for f in situation["findings"])
    if measured:
        items.append(_item(f"Findings: {findings or 'none'}", True))
    else:
        items.append(_item("See what the findings say", False))
    items += [_tried(experiment) for experiment in lab.experiments if experiment.number > 0]
    if ended is None:
        items += [_item(text, False) for text in _ahead(situation)]
    last = [
        "Run the final version on every seed",
        *(["Open the sealed test once"] if lab.config.eval.test else []),
        "Write the report",
    ]
    items += [_item(text, ended == "report") for text in last]
    if ended is not None:
        return [_skipped(item) for item in items]
    first = next((index for index, item in enumerate(items) if item.state == "open"), None)
    if first is not None and not any(item.state == "doing" for item in items):
        items[first] = items[first].model_copy(update={"state": "doing"})
    return items


def _ahead(situation: Mapping[str, Any]) -> Sequence[str]:
    if situation["exhausted"]:
        return []
    titles = {one["id"]: one["title"] for one in situation["candidates"]}
    wished = [wish["candidate"] for wish in situation["wishes"]]
    named = [f"Try {titles[one]}, as you asked" for one in wished if one in titles]
    if situation["edited"]:
        named.insert(0, "Measure what you changed")
    if situation["only_wishes"]:
        return named
    if situation["baseline"] is None:
        return [*named, "Try what the findings name, then general ideas"]
    ranked = [one for one in rank(situation) if one["id"] not in wished]
    return [*named, *(f"Try {one['title']}" for one in ranked[:AHEAD])]


def _tried(experiment: Experiment) -> PlanItem:
    verdict = experiment.verdict
    own = experiment.intervention == OWN_EDIT
    text = f"Measure {experiment.title}" if own else f"Try {experiment.title}"
    if verdict is None:
        return PlanItem(text=text, state="doing")
    effect = "" if verdict.effect is None else f" {verdict.effect:+.3f}"
    return PlanItem(text=f"{text}: {verdict.name}{effect}", state="done")


def _item(text: str, done: bool) -> PlanItem:
    return PlanItem(text=text, state="done" if done else "open")


def _skipped(item: PlanItem) -> PlanItem:
    return item if item.state == "done" else item.model_copy(update={"state": "skipped"})
