"""Ideas on the table: the playbook's candidates for the incumbent's code, with their history."""

from collections import Counter
from dataclasses import dataclass
from typing import Any

from ..errors import CannotEdit, LockedPath
from ..experiments import Lab, Proposal
from .playbook.interventions import Candidate, all_candidates, catalogue

FAMILIES = {intervention.id: intervention.family for intervention in catalogue()}


@dataclass(frozen=True)
class Idea:
    """One candidate and how often it was tried."""

    candidate: Candidate
    tries: int

    def told(self) -> dict[str, Any]:
        """What an agent is told of it."""
        candidate = self.candidate
        return {
            "id": candidate.id,
            "intervention": candidate.intervention,
            "family": FAMILIES[candidate.intervention],
            "title": candidate.title,
            "hypothesis": candidate.hypothesis,
            "source": candidate.source,
            "prior": candidate.prior,
            "cost": candidate.cost,
            "tries": self.tries,
        }

    def proposal(self) -> Proposal:
        """The candidate as an experiment takes it."""
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
        )


def ideas(lab: Lab, refused: Counter[str]) -> list[Idea]:
    """What can be tried on the incumbent's code without touching anything locked.

    Args:
        lab: the session's lab; its worktree stands at the incumbent.
        refused: how often each candidate was refused before it became an experiment.
    """
    tried = Counter(e.intervention for e in lab.experiments if e.number > 0)
    found = []
    for candidate in all_candidates(lab.worktree, lab.config.train.command):
        try:
            for edit in candidate.edits:
                lab.guard.check_write(edit.path)
        except (LockedPath, CannotEdit):
            continue
        found.append(Idea(candidate, tried[candidate.id] + refused[candidate.id]))
    return found
