"""What could be tried next, ranked as the playbook ranks it, whether a session runs or not."""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...protocol import Finding
from ...workspace import load
from ..candidates import Idea
from ..playbook.interventions import Candidate, all_candidates
from ..playbook.policy import REVERSAL, kept_directions, rank, reverses, worth
from .view import Sighting, View


@dataclass(frozen=True)
class Prospect:
    """One candidate and how it is judged before it is tried."""

    candidate: Candidate
    worth: float
    failed: int
    """How often it was tried and not kept."""
    raised_by: Sighting | None
    """The worst finding that names it."""


def prospects(view: View) -> list[Prospect]:
    """What is worth trying on the code as it stands now, best first.

    The code is the session's best version where its worktree exists, else the person's checkout.

    Raises:
        NoConfig, BadConfig: there is no contract, or it can't be read.
        CannotEdit: the training command starts no file of the repository, or one does not parse.
    """
    root, contract = _code(view)
    command = load(contract).train.command
    kept: Counter[str] = Counter()
    failed: Counter[str] = Counter()
    for experiment in view.experiments:
        if experiment.verdict is not None:
            (kept if experiment.verdict.name == "keep" else failed)[experiment.intervention] += 1
    found = {one.id: one for one in all_candidates(root, command)}
    seen = [one for one in view.standing() if one.finding.suppressed is None]
    situation: dict[str, Any] = {
        "candidates": [Idea(one, kept[one.id], failed[one.id]).told() for one in found.values()],
        "findings": [_told(one.finding) for one in seen],
        "experiments": [
            {"intervention": e.intervention, "verdict": e.verdict and e.verdict.name}
            for e in view.experiments
        ],
    }
    gone_back_on = kept_directions(situation["experiments"])
    ranked = []
    for told in rank(situation):
        reversal = REVERSAL if reverses(told, gone_back_on) else 1.0
        ranked.append(
            Prospect(
                candidate=found[told["id"]],
                worth=worth(told, situation["findings"]) * reversal,
                failed=told["failed"],
                raised_by=next((s for s in seen if _names(s.finding, told["intervention"])), None),
            )
        )
    return ranked


def _code(view: View) -> tuple[Path, Path]:
    """Where the code to improve lies, and the contract that says how it trains."""
    layout, session = view.layout, view.session
    if session is not None and layout.worktree(session.id).is_dir():
        contract = layout.session(session.id) / "intern.toml"
        if contract.is_file():
            return layout.worktree(session.id), contract
    return layout.root, layout.config


def _told(finding: Finding) -> dict[str, Any]:
    return {
        "rule": finding.rule,
        "severity": finding.severity,
        "interventions": [suggestion.intervention for suggestion in finding.interventions],
    }


def _names(finding: Finding, intervention: str) -> bool:
    return any(s.intervention == intervention for s in finding.interventions)
