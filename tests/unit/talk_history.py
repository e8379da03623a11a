"""A session as its events tell it: a baseline, one change kept, one discarded, one in progress."""

from pathlib import Path

from intern_daemon.agent.talk.view import View
from intern_daemon.protocol import (
    Budget,
    Change,
    Experiment,
    ExperimentChanged,
    Finding,
    FindingsChanged,
    Place,
    Run,
    RunChanged,
    RunProgress,
    Session,
    SessionChanged,
    Spent,
    Suggestion,
    Verdict,
)
from intern_daemon.workspace import EventStore, Layout

BEGAN = 1_700_000_000.0

SESSION = Session(
    id="tiny-1",
    slug="tiny-1",
    branch="intern/tiny-1",
    base_commit="b" * 40,
    user_ref="main",
    state="running",
    metric="exact_match",
    direction="max",
    budget=Budget(minutes=30, runs=24, usd=0, tokens=0),
    spent=Spent(seconds=192, cpu_seconds=150, runs=9),
    incumbent="tiny-1/1",
    noise_floor=0.03,
    created=BEGAN,
)

FINDING = Finding(
    rule="S2",
    label="underfitting",
    severity="warning",
    title="The training loss is still falling fast at the end",
    steps=(3, 18),
    evidence={"loss": 1.9042, "steps": 300.0},
    explanation="It fell 12 % over the last third.",
    interventions=[Suggestion(intervention="learning_rate_up", text="Try ten times more.")],
    place=Place(path="train.py", line=41),
)


def experiment(number: int, title: str, **more) -> Experiment:
    told = {
        "id": f"tiny-1/{number}",
        "session": "tiny-1",
        "number": number,
        "parent": "tiny-1/0" if number else None,
        "intervention": "baseline",
        "title": title,
        "hypothesis": f"With {title} the metric rises.",
        "source": "google-research/tuning_playbook",
        "state": "judged",
        "commit": f"{number}abcdef".ljust(40, "0"),
        "created": BEGAN + 10 * number,
        **more,
    }
    return Experiment(**told)


def verdict(name: str, effect: float | None, reason: str, **more) -> Verdict:
    return Verdict(name=name, effect=effect, noise_floor=0.03, seeds=2, reason=reason, **more)


def run(number: int, experiment: int | None, **more) -> Run:
    told = {
        "id": f"run-{number:04d}",
        "session": None if experiment is None else "tiny-1",
        "experiment": None if experiment is None else f"tiny-1/{experiment}",
        "commit": "c" * 40,
        "command": "python train.py",
        "python": "/usr/bin/python3",
        "created": BEGAN + number,
        "started": BEGAN + number,
        "ended": BEGAN + number + 20,
        "state": "succeeded",
        "cpu_seconds": 15.0,
        "progress": RunProgress(step=60, total_steps=60, loss=0.5, rows=60),
        "dev": {"exact_match": 0.25},
        **more,
    }
    return Run(**told)


EXPERIMENTS = (
    experiment(0, "baseline", score=0.23, scores={0: 0.22, 1: 0.24}),
    experiment(
        1,
        "learning rate 2e-5 -> 2e-4",
        intervention="learning_rate_up:x10",
        finding="S2",
        changes=[Change(what="learning_rate 2e-5 -> 2e-4", place=Place(path="train.py", line=41))],
        score=0.54,
        scores={0: 0.53, 1: 0.55},
        verdict=verdict("keep", 0.31, "It clears the noise.", low=0.25, high=0.37),
    ),
    experiment(
        2,
        "weight decay 0.0 -> 0.1",
        intervention="weight_decay:0.1",
        score=0.21,
        scores={0: 0.21},
        verdict=verdict("discard", -0.02, "-0.020 over 1 seed: no gain."),
    ),
    experiment(
        3,
        "warm-up 10 % of the steps",
        intervention="warmup:10",
        parent="tiny-1/1",
        state="running",
        rung=1 / 3,
    ),
)
RUNS = (run(1, 0), run(2, 0, seed=1), run(3, 1), run(4, 1, seed=1), run(5, 2), run(6, 3, rung=1 / 3,
        state="running", ended=None, progress=RunProgress(step=12, total_steps=20, loss=1.25,
                                                          eta_seconds=21)))  # fmt: skip


def history(root: Path, **session) -> EventStore:
    """The log of it, in a new workspace."""
    layout = Layout(root)
    layout.make()
    store = EventStore(layout.database)
    store.append(SessionChanged(session=SESSION.model_copy(update=session)))
    for one in RUNS:
        store.append(RunChanged(run=one))
    for one in EXPERIMENTS:
        store.append(ExperimentChanged(experiment=one))
    for name in ("run-0001", "run-0002"):
        store.append(FindingsChanged(run=name, method="sft", findings=[FINDING]))
    return store


def view(root: Path, **session) -> View:
    """The same, as answers see it."""
    store = history(root, **session)
    seen = View.of(Layout(root), store.state, None)
    store.close()
    return seen
