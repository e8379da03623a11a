"""Answers without a language model, each made of the workspace's state alone."""

from collections.abc import Callable, Mapping

from ..question import Question
from ..topics import Topic
from ..view import View
from .compare import compare
from .cost import cost
from .finding import explain, explained
from .help import help_text, not_understood
from .status import status
from .whats_next import whats_next
from .why import changed, judged, why

ANSWERS: Mapping[Topic, Callable[[View, Question], str]] = {
    "compare": compare,
    "why": why,
    "cost": cost,
    "next": whats_next,
    "explain": explain,
    "status": status,
}
"""By topic; `help` needs the list of commands."""

__all__ = ["ANSWERS", "changed", "explained", "help_text", "judged", "not_understood", "why"]
