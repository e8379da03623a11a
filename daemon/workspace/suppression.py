"""Findings that the person called no problem: marked wherever they are told."""

from collections.abc import Iterable

from ..protocol import Finding
from .state import State

UNSAID = "You said that it is no problem."
"""Stands where the person gave no reason."""


def why_suppressed(state: State, rule: str, run: str) -> str | None:
    """The person's reason for a run, or for all of them; None: the finding stands."""
    for place in (run, None):
        said = state.suppressed.get((rule, place))
        if said is not None and said.active:
            return said.reason or UNSAID
    return None


def marked(state: State, run: str, findings: Iterable[Finding]) -> list[Finding]:
    """The findings of a run, each with the person's reason if it is suppressed."""
    return [
        finding.model_copy(update={"suppressed": why_suppressed(state, finding.rule, run)})
        for finding in findings
    ]
