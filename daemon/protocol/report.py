"""The report of a session.

On the wire its keys are camelCase, as all others. The document that stays, in `.intern/reports/`
and from `intern report --json`, is for scripts: snake_case, and its schema is `report.schema.json`.
"""

import json
from typing import Any, Literal

from .base import Wire
from .experiments import Change, Spent, VerdictName


class Score(Wire):
    """A metric with its 95 % interval."""

    mean: float
    low: float | None
    """None, and so `high`: one run, and no items to tell how far it can be off."""
    high: float | None
    runs: list[str]
    """Ids of the runs that were measured; each has its number in its run record."""
    by_seed: dict[int, float] = {}


class Outcome(Wire):
    """The score of one version of the code on both splits."""

    commit: str
    dev: Score
    test: Score | None
    """None: there is no test command, or the seal was never opened."""


class ReportedExperiment(Wire):
    """One experiment as the report tells it."""

    id: str
    commit: str | None
    title: str
    hypothesis: str
    source: str
    changes: list[Change]
    verdict: VerdictName | None
    """None: it was not finished when the session ended."""
    effect: float | None
    noise_floor: float | None
    runs: list[str]
    reason: str


class Integrity(Wire):
    """What was locked, and whether it held."""

    locked: dict[str, str]
    """SHA-256 by path."""
    intact: bool
    test_looks: int
    """How often the sealed test was opened: 0 or 1."""
    notes: list[str] = []


class Report(Wire):
    """Everything a session measured. Every number can be found in a run record."""

    schema_version: Literal[1] = 1
    session: str
    metric: str
    direction: Literal["max", "min"]
    baseline: Outcome
    final: Outcome
    test_gain: float | None
    """Gain on the sealed test in the direction of the metric; None without a test command."""
    test_gain_low: float | None = None
    test_gain_high: float | None = None
    noise_floor: float
    experiments: list[ReportedExperiment]
    cost: Spent
    integrity: Integrity
    branch: str
    started: float
    ended: float
    stopped_because: str
    reproduce: list[str]
    """Shell commands that make the final score again, from the user's repository."""

    def document(self) -> dict[str, Any]:
        """The report as the document that stays: snake_case keys."""
        value: dict[str, Any] = json.loads(self.model_dump_json(by_alias=False))
        return value
