"""The wire: what travels between the daemon and its clients.

Pydantic models with camelCase keys, one method table, and the generator of the JSON Schema and the
TypeScript types. This room imports nothing of ours.
"""

from .base import Params, Wire
from .events import (
    Event,
    ExperimentChanged,
    FilesChanged,
    FindingsChanged,
    Happening,
    HunkDecided,
    Landed,
    MetricsArrived,
    Note,
    RunChanged,
    SessionChanged,
    StepAdded,
)
from .experiments import (
    Budget,
    Change,
    Experiment,
    Session,
    SessionState,
    Spent,
    Step,
    Verdict,
    VerdictName,
)
from .findings import Diagnosis, Finding, Method, Place, Severity, Suggestion
from .report import Integrity, Outcome, Report, ReportedExperiment, Score
from .review import Decision, Hunk, LandingPreview, Review
from .runs import Evaluation, Run, RunCause, RunProgress, RunState
from .version import NEWEST, OLDEST, VersionRange, agree

__all__ = [
    "NEWEST",
    "OLDEST",
    "Budget",
    "Change",
    "Decision",
    "Diagnosis",
    "Evaluation",
    "Event",
    "Experiment",
    "ExperimentChanged",
    "FilesChanged",
    "Finding",
    "FindingsChanged",
    "Happening",
    "Hunk",
    "HunkDecided",
    "Integrity",
    "Landed",
    "LandingPreview",
    "Method",
    "MetricsArrived",
    "Note",
    "Outcome",
    "Params",
    "Place",
    "Report",
    "ReportedExperiment",
    "Review",
    "Run",
    "RunCause",
    "RunChanged",
    "RunProgress",
    "RunState",
    "Score",
    "Session",
    "SessionChanged",
    "SessionState",
    "Severity",
    "Spent",
    "Step",
    "StepAdded",
    "Suggestion",
    "Verdict",
    "VerdictName",
    "VersionRange",
    "Wire",
    "agree",
]
