"""The situation: what an agent is told of its session, as one JSON object."""

from collections.abc import Sequence
from typing import Any

from ..experiments import Lab, reserve_runs, reserve_seconds, unfinished
from ..experiments.rungs import ladder
from ..protocol import Experiment, Finding
from .candidates import Idea

SEVERITIES = ("critical", "warning", "info")


def situation(lab: Lab, ideas: Sequence[Idea]) -> dict[str, Any]:
    """Everything that a decision needs, small enough to be read at every turn."""
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
        "budget": _budget(lab),
        "exhausted": None,
    }
    if baseline is not None:
        told["incumbent"] = _experiment(lab.incumbent)
        told["findings"] = [_finding(f) for f in findings_of(lab, lab.incumbent)]
        told["exhausted"] = exhausted(lab)
        told["candidates"] = [idea.told() for idea in ideas]
    return told


def findings_of(lab: Lab, experiment: Experiment) -> list[Finding]:
    """Findings of an experiment's full runs, worst first, each rule once."""
    found: dict[str, Finding] = {}
    for run in lab.runs_of(experiment.id):
        if run.rung == 1.0 and run.id in lab.state.findings:
            for finding in lab.state.findings[run.id].findings:
                found.setdefault(finding.rule, finding)
    return sorted(found.values(), key=lambda f: (SEVERITIES.index(f.severity), f.rule))


def exhausted(lab: Lab) -> str | None:
    """Why no further race fits into the budget, in one sentence; None: one does."""
    cost = lab.cost
    first = cost.run(ladder(cost)[0])
    # One candidate through its rung, then two full seeds side by side where there is room.
    seconds = first + 2 * cost.run(1.0) / min(2, lab.slots)
    short = lab.ledger.short_of(
        runs=3 + reserve_runs(lab),
        seconds=seconds + reserve_seconds(lab),
        cpu=(first + 2 * cost.run(1.0)) * lab.cpu_per_second,
    )
    return None if short is None else f"The budget is used up: {short}."


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
