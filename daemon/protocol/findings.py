"""Findings: what a rule says of a run."""

from typing import Literal

from .base import Wire

Severity = Literal["info", "warning", "critical"]

Method = Literal[
    "sft", "lora", "dpo", "orpo", "kto", "grpo", "reward", "pretraining", "classifier", "unknown"
]


class Place(Wire):
    """A line of code or configuration, for a diagnostic."""

    path: str
    """Relative to the workspace root, with forward slashes."""
    line: int
    """From 1, as editors show it."""
    column: int = 1
    end_line: int | None = None
    end_column: int | None = None


class Suggestion(Wire):
    """An intervention that a finding names."""

    intervention: str
    """Id of a playbook intervention, such as `learning_rate_up`."""
    text: str
    """What to try, in words."""


class Finding(Wire):
    """What a rule says of a run."""

    rule: str
    """Rule id, such as S5."""
    label: str
    """Kind of trouble, such as `overfitting`."""
    severity: Severity
    title: str
    """The trouble in plain words, one sentence."""
    steps: tuple[int, int]
    """First and last step of the evidence, both included."""
    evidence: dict[str, float]
    explanation: str
    """Why the numbers mean that, and the threshold with its source."""
    confidence: float = 1.0
    """0 to 1."""
    interventions: list[Suggestion] = []
    because_of: str | None = None
    """Rule id of the root cause under which this one is folded; None: a root."""
    place: Place | None = None
    """The responsible line; None: no setting is to blame, or it was not found."""
    suppressed: str | None = None
    """Why the person says that it is not a problem; None: they did not."""


class Diagnosis(Wire):
    """All findings of one run or one file."""

    method: Method
    rows: int
    """Metric rows looked at."""
    findings: list[Finding]
    checked: list[str]
    """Ids of the rules whose metrics were present."""
