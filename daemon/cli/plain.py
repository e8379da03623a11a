"""An improvement as plain lines, one a happening, for pipes and logs."""

from ..protocol import (
    Approval,
    ApprovalChanged,
    Event,
    Experiment,
    ExperimentChanged,
    Finding,
    FindingsChanged,
    MetricsArrived,
    Note,
    Run,
    RunChanged,
    Session,
    SessionChanged,
)
from . import figures
from .board import Board

METRIC_SECONDS = 10.0
"""A run's progress is told at most this often."""


class PlainLines:
    """Turns the events of a board into lines.

    An event repeats the whole thing that it is about, so this remembers what was said of each.

    Args:
        board: folded by the caller before each `tell`.
    """

    def __init__(self, board: Board) -> None:
        self.board = board
        self._sessions: dict[str, object] = {}
        self._runs: dict[str, object] = {}
        self._experiments: dict[str, object] = {}
        self._reasons: set[str] = set()
        self._findings: set[tuple[str, str, str]] = set()
        self._progress: dict[str, float] = {}

    def tell(self, event: Event) -> list[str]:
        """The lines that an event of this session is worth; often none."""
        match event.body:
            case SessionChanged(session=session):
                lines = self._session(session)
            case ExperimentChanged(experiment=experiment):
                lines = self._experiment(experiment)
            case RunChanged(run=run):
                lines = self._run(run)
            case MetricsArrived(run=run_id):
                lines = self._metrics(event.time, self.board.state.runs[run_id])
            case FindingsChanged(run=run_id, findings=findings):
                lines = [line for each in findings for line in self._finding(run_id, each)]
            case ApprovalChanged(approval=approval):
                lines = _approval(approval)
            case Note(level=level, text=text):
                repeats = any(reason in text for reason in self._reasons)
                lines = [] if repeats else [text if level == "info" else f"{level}: {text}"]
            case _:
                lines = []
        clock = figures.clock(self.board.elapsed(event.time))
        return [f"{clock}  {line}" for line in lines]

    def _session(self, session: Session) -> list[str]:
        key = (session.state, session.reason)
        if self._sessions.get(session.id) == key:
            return []
        self._sessions[session.id] = key
        words = f"session {session.id} {session.state}"
        if session.state == "running":
            budget = session.budget
            return [
                f"{words}: branch {session.branch}, at most {budget.minutes:g} min and "
                f"{figures.counted(budget.runs, 'run')}, measured by {session.metric}"
            ]
        return [words + (f": {session.reason}" if session.reason else "")]

    def _experiment(self, experiment: Experiment) -> list[str]:
        verdict = experiment.verdict
        key = (experiment.state, experiment.rung, verdict.name if verdict else None)
        if self._experiments.get(experiment.id) == key:
            return []
        self._experiments[experiment.id] = key
        if experiment.number == 0:
            judged = experiment.state == "judged" and experiment.score is not None
            return [f"baseline {figures.score(experiment.score)}"] if judged else []
        name = f"exp {experiment.number}"
        if verdict is not None:
            self._reasons.add(verdict.reason)
            effect = "" if verdict.effect is None else f" {figures.gain(verdict.effect)}"
            return [f"{name} {verdict.name}{effect}: {experiment.title}; {verdict.reason}"]
        if experiment.state == "running" and experiment.rung is not None:
            rung = figures.rung(experiment.rung)
            words = "in full" if rung == "full" else f"on rung {rung}"
            return [f"{name} {words}: {experiment.title}"]
        if experiment.state == "proposed":
            return [f"{name} proposed: {experiment.title} (from {experiment.source})"]
        return []

    def _run(self, run: Run) -> list[str]:
        key = (run.state, run.dev)
        before = self._runs.get(run.id)
        if before == key:
            return []
        self._runs[run.id] = key
        if run.state == "queued":
            return []
        name = f"run {run.id}"
        if run.state == "running":
            return [f"{name} {_aim(self.board, run)} started"]
        if run.dev is not None:
            session = self.board.session
            metric = session.metric if session else next(iter(run.dev), "")
            return [f"{name} scored {metric} {figures.score(run.dev.get(metric))} on dev"]
        took = (
            f" after {figures.span(run.ended - run.started)}" if run.ended and run.started else ""
        )
        return [f"{name} {run.state}{took}" + (f": {run.message}" if run.message else "")]

    def _metrics(self, time: float, run: Run) -> list[str]:
        if run.done or time - self._progress.get(run.id, run.started or 0.0) < METRIC_SECONDS:
            return []
        self._progress[run.id] = time
        progress = run.progress
        of_total = f" of {progress.total_steps}" if progress.total_steps else ""
        loss = "" if progress.loss is None else f", loss {figures.score(progress.loss)}"
        eta = progress.eta_seconds
        left = f", {figures.span(eta)} to go" if eta else ""
        return [f"run {run.id} at step {progress.step}{of_total}{loss}{left}"]

    def _finding(self, run: str, finding: Finding) -> list[str]:
        key = (run, finding.rule, finding.severity)
        if key in self._findings or finding.because_of is not None:
            return []
        self._findings.add(key)
        first, last = finding.steps
        return [
            f"{finding.severity} in run {run}, {finding.rule} {finding.label}: "
            f"{finding.title.rstrip('.')} (steps {first}-{last})"
        ]


def _approval(approval: Approval) -> list[str]:
    if approval.state == "waiting":
        return [f"waiting for you: {approval.title} Allow it with `intern approve {approval.id}`"]
    return [f"{approval.state}: {approval.title}"]


def _aim(board: Board, run: Run) -> str:
    experiment = board.state.experiments.get(run.experiment or "")
    number = experiment.number if experiment else 0
    name = f"exp {number}" if number else "baseline"
    return f"({name}, seed {run.seed}, {figures.rung(run.rung)})"
