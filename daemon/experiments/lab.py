"""The lab of one session: what its experiments share, and the only place that writes its events."""

import statistics
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from ..integrity import Guard, locked_patterns
from ..protocol import Experiment, ExperimentChanged, Note, Run, Session, SessionChanged
from ..repo import Repository
from ..runs import RunKeeper
from ..workspace import Config, EventStore, Layout, State
from .budget import Ledger
from .noise import Noise, estimate
from .rungs import Cost


@dataclass
class Lab:
    """Everything that an experiment of one session needs.

    Args:
        layout: places on disk.
        store: the workspace's events.
        keeper: launches and watches runs, for the whole daemon.
        repository: the user's repository.
        config: `intern.toml` as it stood when the session began.
        python: interpreter of the training command.
        session_id: the session.
        ledger: its budget.
        seeds: seeds of the baseline, in order.
    """

    layout: Layout
    store: EventStore
    keeper: RunKeeper
    repository: Repository
    config: Config
    python: Path
    session_id: str
    ledger: Ledger
    seeds: tuple[int, ...] = (0, 1, 2)
    began: float = field(default_factory=time.time)
    """When this life of the session began: what failed before it may be tried again."""

    @property
    def state(self) -> State:
        return self.store.state

    @property
    def session(self) -> Session:
        return self.state.sessions[self.session_id]

    @property
    def experiments(self) -> list[Experiment]:
        return self.state.session_experiments(self.session_id)

    @property
    def worktree(self) -> Path:
        return self.layout.worktree(self.session_id)

    @property
    def guard(self) -> Guard:
        # Patterns as well as the hashed files: a new file in a locked folder is locked too.
        patterns = locked_patterns(self.config, self.worktree)
        return Guard(self.worktree, [*patterns, *self.session.locks])

    @property
    def slots(self) -> int:
        """How many runs go on at once."""
        return len(self.keeper.slots.all)

    def experiment(self, experiment_id: str) -> Experiment:
        return self.state.experiments[experiment_id]

    @property
    def measured(self) -> bool:
        """Whether the baseline has its score, so that there is something to compare with."""
        return any(e.number == 0 and e.state == "judged" for e in self.experiments)

    @property
    def incumbent(self) -> Experiment:
        """The best version so far: what was kept last, else the baseline.

        Derived from the verdicts; `session.incumbent` is a copy for clients, which a death between
        two events may leave behind.
        """
        standing = [e for e in self.experiments if e.number == 0 or kept(e)]
        assert standing, "the baseline is opened before anything is compared"
        return standing[-1]

    @property
    def sealed(self) -> bool:
        """Whether the sealed test is still closed; once open, nothing may be chosen any more."""
        return not self.session.test_opened

    @property
    def seal(self) -> Path:
        """The marker of the sealed test."""
        return self.layout.session(self.session_id) / "test-seal.json"

    def runs_of(self, experiment_id: str) -> list[Run]:
        return [run for run in self.state.runs.values() if run.experiment == experiment_id]

    # --- writing ----------------------------------------------------------------------------

    def change_session(self, **changes: Any) -> Session:
        """Write the session with some fields new; what it spent is brought up to date."""
        changes.setdefault("spent", self.ledger.spent())
        session = self.session.model_copy(update=changes)
        self.store.append(SessionChanged(session=session))
        return session

    def change_wish(self, index: int, **changes: Any) -> None:
        """Write one of the session's wishes with some fields new."""
        wishes = list(self.session.wishes)
        wishes[index] = wishes[index].model_copy(update=changes)
        self.change_session(wishes=wishes)

    def link_wish(self, index: int, experiment: str) -> None:
        """Say which experiment fulfils a wish."""
        self.change_wish(index, experiment=experiment)

    def change(self, experiment: Experiment, **changes: Any) -> Experiment:
        """Write an experiment with some fields new."""
        changes.setdefault("runs", [run.id for run in self.runs_of(experiment.id)])
        experiment = experiment.model_copy(update=changes)
        self.store.append(ExperimentChanged(experiment=experiment))
        return experiment

    def note(
        self,
        text: str,
        experiment: str | None = None,
        level: Literal["info", "warning", "error"] = "info",
    ) -> None:
        """Put a decision on record, in words."""
        self.store.append(
            Note(session=self.session_id, experiment=experiment, level=level, text=text)
        )

    # --- what was measured ------------------------------------------------------------------

    def full_runs(self, experiment_id: str) -> dict[int, Run]:
        """Scored full runs by seed, the newest of each."""
        metric = self.session.metric
        return {
            run.seed: run
            for run in sorted(self.runs_of(experiment_id), key=lambda run: run.created)
            if run.rung == 1.0 and run.dev is not None and metric in run.dev
        }

    def scores(self, experiment_id: str) -> dict[int, float]:
        """Dev metric of the full runs, by seed."""
        metric = self.session.metric
        return {
            seed: run.dev[metric]
            for seed, run in sorted(self.full_runs(experiment_id).items())
            if run.dev is not None
        }

    @property
    def items(self) -> int | None:
        """Items of which a dev score is the share; None: not told by an `n`, or it is no share."""
        scored = [run.dev for run in self.state.session_runs(self.session_id) if run.dev]
        return items_of(scored, self.session.metric, self.session.direction)

    @property
    def noise(self) -> Noise:
        """Noise of a full run, from all versions that stood as incumbents."""
        standing = [e for e in self.experiments if e.number == 0 or kept(e)]
        return estimate([list(self.scores(e.id).values()) for e in standing], self.items)

    @property
    def cost(self) -> Cost:
        """Cost of a full run of the incumbent, from its own runs."""
        runs = [
            run
            for run in self.runs_of(self.incumbent.id)
            if run.rung == 1.0 and run.started and run.ended and run.dev_seconds is not None
        ]
        if not runs:  # resumed before the incumbent was measured here
            return Cost(train=60.0, overhead=10.0)
        start = min(1.5, 0.3 * _median(_wall(run) for run in runs))
        return Cost(
            train=max(_median(_wall(run) for run in runs) - start, 0.1),
            overhead=start + _median(run.dev_seconds or 0.0 for run in runs),
        )

    @property
    def cpu_per_second(self) -> float:
        """CPU seconds that a run uses in a second of wall time, from the finished runs."""
        runs = [
            run
            for run in self.state.session_runs(self.session_id)
            if run.cpu_seconds and run.started and run.ended and _wall(run) > 0
        ]
        return _median((run.cpu_seconds or 0) / _wall(run) for run in runs) if runs else 1.0


def items_of(results: Sequence[Mapping[str, float]], metric: str, direction: str) -> int | None:
    """The evaluator's `n`, when the metric can be a share of items that is to be raised.

    A loss or a score out of 100 is none, and binomial intervals would be wrong for it.
    """
    counts = [int(result["n"]) for result in results if result.get("n", 0) >= 1]
    shares = all(0 <= result[metric] <= 1 for result in results if metric in result)
    return counts[0] if counts and shares and direction == "max" else None


def now() -> float:
    """UTC seconds since the epoch."""
    return time.time()


def kept(experiment: Experiment) -> bool:
    """Whether the verdict of an experiment is to keep it."""
    return experiment.verdict is not None and experiment.verdict.name == "keep"


def _wall(run: Run) -> float:
    return (run.ended or 0.0) - (run.started or 0.0)


def _median(values: Any) -> float:
    return float(statistics.median(list(values)))
