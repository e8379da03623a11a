"""What answers are made from: one moment of the workspace, as its events tell it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self

from ...protocol import Approval, Experiment, Finding, FindingsChanged, PlanItem, Run, Session
from ...workspace import Layout, State
from ..situation import SEVERITIES


@dataclass(frozen=True)
class Sighting:
    """A finding and the run that it was seen in."""

    run: str
    finding: Finding


@dataclass(frozen=True)
class View:
    """One moment of a workspace, safe to read in any thread.

    Args:
        layout: places on disk.
        session: what the conversation is about, else the newest; None: there is none.
    """

    layout: Layout
    session: Session | None
    sessions: Mapping[str, Session]
    all_experiments: Mapping[str, Experiment]
    runs: Mapping[str, Run]
    findings: Mapping[str, FindingsChanged]
    plan: list[PlanItem] = field(default_factory=list)
    waiting: list[Approval] = field(default_factory=list)
    """What waits for the person's answer."""

    @classmethod
    def of(cls, layout: Layout, state: State, session_id: str | None) -> Self:
        """The present moment. To be called where the state changes: on the event loop."""
        known = state.sessions.get(session_id) if session_id else None
        session = known or state.newest_session()
        return cls(
            layout=layout,
            session=session,
            sessions=dict(state.sessions),
            all_experiments=dict(state.experiments),
            runs=dict(state.runs),
            findings=dict(state.findings),
            plan=state.plans.get(session.id, []) if session else [],
            waiting=[one for one in state.approvals.values() if one.state == "waiting"],
        )

    @property
    def experiments(self) -> list[Experiment]:
        """Those of the session, in the order of their numbers."""
        mine = [
            one
            for one in self.all_experiments.values()
            if self.session and one.session == self.session.id
        ]
        return sorted(mine, key=lambda one: one.number)

    @property
    def baseline(self) -> Experiment | None:
        """None: it is not measured yet."""
        return next((e for e in self.experiments if e.number == 0 and e.state == "judged"), None)

    @property
    def incumbent(self) -> Experiment | None:
        """The best version so far; None before the baseline is measured."""
        name = self.session.incumbent if self.session else None
        return self.all_experiments.get(name) if name else None

    def numbered(self, number: int) -> Experiment | None:
        return next((one for one in self.experiments if one.number == number), None)

    def session_runs(self) -> list[Run]:
        """Runs of the session, oldest first."""
        mine = [r for r in self.runs.values() if self.session and r.session == self.session.id]
        return sorted(mine, key=lambda run: run.created)

    def runs_of(self, experiment: Experiment) -> list[Run]:
        """Oldest first."""
        mine = [run for run in self.runs.values() if run.experiment == experiment.id]
        return sorted(mine, key=lambda run: run.created)

    def newest_run(self) -> Run | None:
        return max(self.runs.values(), key=lambda run: run.created, default=None)

    @property
    def python(self) -> str | None:
        """The interpreter of the session, else of the newest run: a chat brings none along."""
        run = self.newest_run()
        return (self.session.python if self.session else None) or (run.python if run else None)

    def seen_in(self, experiment: Experiment) -> list[Sighting]:
        """Findings of an experiment's full runs, worst first, each rule once."""
        return self._seen([run.id for run in self.runs_of(experiment) if run.rung == 1.0])

    def seen_in_run(self, run_id: str) -> list[Sighting]:
        return self._seen([run_id])

    def standing(self) -> list[Sighting]:
        """Findings that count now: of the best version, else of the newest run that has some."""
        if self.incumbent is not None:
            return self.seen_in(self.incumbent)
        newest = sorted(self.runs.values(), key=lambda run: run.created, reverse=True)
        return next((seen for run in newest if (seen := self._seen([run.id]))), [])

    def _seen(self, runs: list[str]) -> list[Sighting]:
        found: dict[str, Sighting] = {}
        for run in runs:
            for finding in self.findings[run].findings if run in self.findings else []:
                found.setdefault(finding.rule, Sighting(run, finding))
        return sorted(
            found.values(),
            key=lambda one: (SEVERITIES.index(one.finding.severity), one.finding.rule),
        )
