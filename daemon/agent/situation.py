"""The situation: what an agent is told of its session, as one JSON object."""

from collections.abc import Mapping, Sequence
from typing import Any

from ..experiments import Lab, abreast, reserve_seconds, unfinished
from ..protocol import Experiment, Finding
from .candidates import Idea

SEVERITIES = ("critical", "warning", "info")

ABREAST = 3
"""Most candidates that one race may hold: each look at dev wears it out."""


def situation(
    lab: Lab,
    ideas: Sequence[Idea],
    *,
    edited: bool = False,
    denied: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """Everything that a decision needs, small enough to be read at every turn.

    Args:
        lab: the session's lab.
        ideas: candidates, those that the person asked for among them.
        edited: the person changed the branch or its checkout.
        denied: by tool, why it can't be used.
    """
    session = lab.session
    baseline = next((e for e in lab.experiments if e.number == 0 and e.state == "judged"), None)
    told: dict[str, Any] = {
        "metric": session.metric,
        "direction": session.direction,
        "baseline": None if baseline is None else baseline.score,
        "incumbent": None,
        "noise_floor": session.noise_floor,
        "findings": [],
        "experiments": [_experiment(e) for e in lab.experiments],
        "unfinished": [e.id for e in unfinished(lab)],
        "candidates": [],
        "wishes": [],
        "only_wishes": session.only_wishes,
        "edited": edited,
        "denied": dict(denied or {}),
        "budget": _budget(lab),
        "abreast": 0,
        "exhausted": None,
    }
    if baseline is not None:
        told["incumbent"] = _experiment(lab.incumbent)
        told["findings"] = [_finding(f) for f in findings_of(lab, lab.incumbent)]
        told["abreast"], short = abreast(lab, ABREAST)
        if not lab.sealed:
            told["exhausted"] = "The sealed test is open, so nothing may be chosen any more."
        elif short is not None:
            told["exhausted"] = f"The budget is used up: {short}."
        told["candidates"] = [idea.told() for idea in ideas]
        told["wishes"] = [
            {"candidate": idea.candidate.id, "because": session.wishes[idea.wish].because}
            for idea in ideas
            if idea.wish is not None
        ]
    return told


def findings_of(lab: Lab, experiment: Experiment) -> list[Finding]:
    """Findings of an experiment's full runs, worst first, each rule once.

    Those that the person called no problem are left out: they speak for no candidate.
    """
    found: dict[str, Finding] = {}
    for run in lab.runs_of(experiment.id):
        if run.rung == 1.0 and run.id in lab.state.findings:
            for finding in lab.state.findings[run.id].findings:
                if finding.suppressed is None:
                    found.setdefault(finding.rule, finding)
    return sorted(found.values(), key=lambda f: (SEVERITIES.index(f.severity), f.rule))


def _experiment(experiment: Experiment) -> dict[str, Any]:
    verdict = experiment.verdict
    return {
        "id": experiment.id,
        "number": experiment.number,
        "title": experiment.title,
        "intervention": experiment.intervention,
        "score": experiment.score,
        "verdict": None if verdict is None else verdict.name,
        "effect": None if verdict is None else verdict.effect,
        "reason": None if verdict is None else verdict.reason,
    }


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "rule": finding.rule,
        "label": finding.label,
        "severity": finding.severity,
        "title": finding.title,
        "evidence": finding.evidence,
        "interventions": [suggestion.intervention for suggestion in finding.interventions],
    }


def _budget(lab: Lab) -> dict[str, Any]:
    return {
        "seconds_left": round(lab.ledger.seconds_left(), 1),
        "runs_left": lab.ledger.runs_left(),
        "cpu_seconds_left": lab.ledger.cpu_left(),
        "reserved_for_the_end": round(reserve_seconds(lab), 1),
    }
