"""The catalogue of edits: each with its hypothesis, its source and what it is expected to bring."""

from .catalogue import all_candidates, catalogue, training_facts
from .intervention import Candidate, Idea, Intervention

__all__ = [
    "Candidate",
    "Idea",
    "Intervention",
    "all_candidates",
    "catalogue",
    "training_facts",
]
