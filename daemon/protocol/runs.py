"""Runs: one execution of the training command at one commit with one seed on one backend."""

from typing import Literal

from .base import Wire

RunState = Literal["queued", "running", "succeeded", "failed", "stopped", "lost"]
"""`lost`: supervisor and trainer are gone and left no exit record."""

RunCause = Literal[
    "finished",  # exit code 0
    "nonzero_exit",
    "import_error",
    "out_of_memory",
    "killed",  # a signal that we did not send
    "timed_out",
    "stopped",  # somebody asked
    "not_started",  # the command does not exist
    "disk_full",
    "lost",
]


class RunProgress(Wire):
    """The newest logged row of a run, for a status line."""

    step: int = 0
    total_steps: int | None = None
    """None: the trainer did not say."""
    loss: float | None = None
    rows: int = 0
    """Metric rows ingested so far."""
    eta_seconds: float | None = None


class Evaluation(Wire):
    """One scoring of a run's outputs. What counts is what the log says, never what lies on disk."""

    folder: str
    """Its name in `.intern/evaluations/`, chosen at random when the evaluation began."""
    values: dict[str, float] | None = None
    """What the evaluator printed; None: nothing that counts, or not yet."""
    seconds: float = 0.0
    """Wall time of the evaluator."""
    cpu_seconds: float = 0.0
    message: str | None = None
    """One sentence on why there are no values; None: there are, or it goes on."""


class Run(Wire):
    """One execution. Stored whole with every change, so the newest copy is the truth."""

    id: str
    session: str | None = None
    """None: the user's own run, in no session."""
    experiment: str | None = None
    """None: on no experiment (the user's own run)."""
    commit: str
    """Full SHA of the tree that ran."""
    seed: int = 0
    rung: float = 1.0
    """Share of the full run, (0, 1]."""
    backend: str = "local"
    command: str
    python: str
    """Absolute path of the interpreter."""
    created: float
    """UTC seconds since the epoch, as all times."""
    started: float | None = None
    ended: float | None = None
    state: RunState = "queued"
    cause: RunCause | None = None
    """None while it goes on."""
    message: str | None = None
    """One sentence on how it ended, when not well."""
    exit_code: int | None = None
    warm: bool = False
    """Forked from the warm runner: its imports were paid before."""
    cpu_seconds: float | None = None
    """User and system time of the training command and its children."""
    peak_rss_mb: float | None = None
    progress: RunProgress = RunProgress()
    dev: dict[str, float] | None = None
    """What the evaluator printed for this run's outputs; None before evaluation."""
    dev_seconds: float | None = None
    eval_cpu_seconds: float = 0.0
    """User and system time of its evaluations."""
    evaluations: dict[str, Evaluation] = {}
    """The newest of each split, `dev` and `test`."""

    @property
    def done(self) -> bool:
        return self.state not in ("queued", "running")
