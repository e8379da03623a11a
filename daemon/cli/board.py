"""What the live view knows of a session: the folded events, and what a fold does not keep."""

import math
import statistics
from collections import deque

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
from ..protocol.methods import State as Snapshot
from ..workspace.state import State

SEVERITIES = ("critical", "warning", "info")
CURVE_POINTS = 2000
NOTES = 2


class Board:
    """One session, as its events tell it.

    Args:
        session: id of the session to show; other sessions' events are folded but not shown.
    """

    def __init__(self, session: str) -> None:
        self.session_id = session
        self.state = State()
        self.curves: dict[str, deque[float]] = {}
        self.notes: deque[Note] = deque(maxlen=NOTES)
        self._session_seen = 0.0

    def start_from(self, snapshot: Snapshot) -> None:
        """Begin with what the daemon has folded already."""
        state = self.state
        state.head = snapshot.head
        state.sessions.update({session.id: session for session in snapshot.sessions})
        state.experiments.update({each.id: each for each in snapshot.experiments})
        state.runs.update({run.id: run for run in snapshot.runs})

    def remember(self, run: str, losses: list[float]) -> None:
        """Put losses that were logged before the first event in front of the run's curve."""
        later = self.curves.get(run, ())
        self.curves[run] = deque([*losses, *later], maxlen=CURVE_POINTS)

    def take(self, event: Event) -> bool:
        """Fold one event.

        Returns:
            Whether it is about this session and was not seen before.
        """
        if event.seq <= self.state.head:
            return False
        self.state.fold(event)
        body = event.body
        match body:
            case MetricsArrived(run=run, progress=progress) if progress.loss is not None:
                self.curves.setdefault(run, deque(maxlen=CURVE_POINTS)).append(progress.loss)
            case Note(session=self.session_id):
                self.notes.append(body)
            case SessionChanged(session=Session(id=self.session_id)):
                self._session_seen = event.time
        return self._concerns(event)

    def _concerns(self, event: Event) -> bool:
        match event.body:
            case SessionChanged(session=session):
                return session.id == self.session_id
            case ExperimentChanged(experiment=experiment):
                return experiment.session == self.session_id
            case RunChanged(run=run):
                return run.session == self.session_id
            case MetricsArrived(run=run_id) | FindingsChanged(run=run_id):
                found = self.state.runs.get(run_id)
                return found is not None and found.session == self.session_id
            case Note(session=session_id) | ApprovalChanged(approval=Approval(session=session_id)):
                return session_id == self.session_id
            case _:
                return False

    @property
    def session(self) -> Session | None:
        """None until its first event came."""
        return self.state.sessions.get(self.session_id)

    @property
    def experiments(self) -> list[Experiment]:
        return self.state.session_experiments(self.session_id)

    @property
    def baseline(self) -> Experiment | None:
        return next((each for each in self.experiments if each.number == 0), None)

    @property
    def incumbent(self) -> Experiment | None:
        session = self.session
        if session is None or session.incumbent is None:
            return None
        return self.state.experiments.get(session.incumbent)

    @property
    def active_runs(self) -> list[Run]:
        """Queued and running ones, oldest first."""
        runs = [run for run in self.state.session_runs(self.session_id) if not run.done]
        return sorted(runs, key=lambda run: (run.state == "queued", run.created))

    @property
    def waiting(self) -> Approval | None:
        """The question that the session waits with."""
        return next(
            (
                each
                for each in self.state.approvals.values()
                if each.session == self.session_id and each.state == "waiting"
            ),
            None,
        )

    @property
    def kept(self) -> list[Experiment]:
        return [each for each in self.experiments if each.verdict and each.verdict.name == "keep"]

    def elapsed(self, now: float) -> float:
        """Seconds that count against the cap, as far as the daemon said, plus those since."""
        session = self.session
        if session is None:
            return 0.0
        if session.state != "running":
            return session.spent.seconds or (session.ended or now) - session.created
        if session.spent.seconds and self._session_seen:
            return session.spent.seconds + max(0.0, now - self._session_seen)
        return max(0.0, now - session.created)

    def findings(self) -> list[tuple[Run, Finding]]:
        """Root findings of the active runs, else of the last one that ended; worst first, each
        rule once."""
        runs = self.active_runs
        if not any(self._found(run) for run in runs):
            ended = [run for run in self.state.session_runs(self.session_id) if run.ended]
            runs = sorted(ended, key=lambda run: run.ended or 0.0)[-1:]
        found: dict[str, tuple[Run, Finding]] = {}
        for run in runs:
            for finding in self._found(run):
                found.setdefault(finding.rule, (run, finding))
        return sorted(found.values(), key=lambda pair: SEVERITIES.index(pair[1].severity))

    def _found(self, run: Run) -> list[Finding]:
        changed = self.state.findings.get(run.id)
        return [each for each in changed.findings if each.because_of is None] if changed else []


def spread(experiment: Experiment) -> float | None:
    """Standard deviation of the dev score over seeds; None with fewer than two."""
    scores = [score for score in experiment.scores.values() if math.isfinite(score)]
    return statistics.stdev(scores) if len(scores) > 1 else None
