"""Ideas on the table: the playbook's candidates for the incumbent's code, with their history."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from ..errors import CannotEdit, LockedPath
from ..experiments import Lab, Proposal, overtaken
from ..protocol import Finding
from .playbook.interventions import Candidate, all_candidates, catalogue

FAMILIES = {intervention.id: intervention.family for intervention in catalogue()}


@dataclass(frozen=True)
class Idea:
    """One candidate and what became of it before: how often kept, how often not."""

    candidate: Candidate
    kept: int
    failed: int
    wish: int | None = None
    """Index of the session's wish that asks for it."""

    def told(self) -> dict[str, Any]:
        """What an agent is told of it."""
        candidate = self.candidate
        return {
            "id": candidate.id,
            "intervention": candidate.intervention,
            "family": FAMILIES.get(candidate.intervention, candidate.intervention),
            "title": candidate.title,
            "hypothesis": candidate.hypothesis,
            "source": candidate.source,
            "prior": candidate.prior,
            "cost": candidate.cost,
            "kept": self.kept,
            "failed": self.failed,
        }

    def proposal(self, findings: Sequence[Finding]) -> Proposal:
        """The candidate as an experiment takes it, tied to the finding that names it."""
        candidate = self.candidate
        return Proposal(
            id=candidate.id,
            intervention=candidate.intervention,
            title=candidate.title,
            hypothesis=candidate.hypothesis,
            source=candidate.source,
            files={edit.path: edit.after for edit in candidate.edits},
            changes=[change for edit in candidate.edits for change in edit.changes],
            cost=candidate.cost,
            finding=next((f.rule for f in findings if _names(f, candidate)), None),
            wish=self.wish,
        )


def _names(finding: Finding, candidate: Candidate) -> bool:
    return any(s.intervention == candidate.intervention for s in finding.interventions)


def ideas(lab: Lab, refused: Counter[str], denied: Collection[str] = ()) -> list[Idea]:
    """What can be tried on the incumbent's code without touching anything locked.

    Args:
        lab: the session's lab; its worktree stands at the incumbent.
        refused: how often each candidate was refused before it became an experiment.
        denied: candidates that the person does not want.
    """
    kept: Counter[str] = Counter()
    failed = refused.copy()
    for experiment in lab.experiments:
        if experiment.verdict is not None and not overtaken(lab, experiment):
            counter = kept if experiment.verdict.name == "keep" else failed
            counter[experiment.intervention] += 1
    found = []
    for candidate in all_candidates(lab.worktree, lab.config.train.command):
        if candidate.id in denied:
            continue
        try:
            for edit in candidate.edits:
                lab.guard.check_write(edit.path)
        except (LockedPath, CannotEdit):
            continue
        found.append(Idea(candidate, kept[candidate.id], failed[candidate.id]))
    return found
