"""A small improvement as the daemon tells it, event by event, for the tests of the terminal."""

from intern_daemon.protocol import (
    Budget,
    Event,
    Experiment,
    ExperimentChanged,
    Finding,
    FindingsChanged,
    Happening,
    Hunk,
    Integrity,
    MetricsArrived,
    Note,
    Outcome,
    Report,
    ReportedExperiment,
    Review,
    Run,
    RunChanged,
    RunProgress,
    Score,
    Session,
    SessionChanged,
    Spent,
    Suggestion,
    Verdict,
)

BEGAN = 1_700_000_000.0
ID = "s1"


def session(**changed: object) -> Session:
    told = Session(
        id=ID,
        slug="sft-tiny",
        branch="intern/sft-tiny",
        base_commit="b" * 40,
        user_ref="main",
        state="running",
        metric="exact_match",
        direction="max",
        budget=Budget(minutes=30, runs=24, usd=0, tokens=2_000_000),
        created=BEGAN,
    )
    return told.model_copy(update=changed)


def experiment(number: int, parent: int | None, title: str, **changed: object) -> Experiment:
    told = Experiment(
        id=f"{ID}/{number}",
        session=ID,
        number=number,
        parent=None if parent is None else f"{ID}/{parent}",
        intervention="baseline" if number == 0 else "playbook",
        title=title,
        hypothesis=f"{title} helps",
        source="S2 underfitting (train 1.9 after 300 steps)",
        changes=[],
        created=BEGAN + number,
    )
    return told.model_copy(update=changed)


def run(name: str, number: int, **changed: object) -> Run:
    told = Run(
        id=name,
        session=ID,
        experiment=f"{ID}/{number}",
        commit="c" * 40,
        command="python train.py",
        python="/usr/bin/python3",
        created=BEGAN + number,
    )
    return told.model_copy(update=changed)


def verdict(name: str, effect: float | None, reason: str) -> Verdict:
    return Verdict.model_validate(
        {"name": name, "effect": effect, "noise_floor": 0.03, "seeds": 2, "reason": reason}
    )


def finding(rule: str = "S8", severity: str = "warning") -> Finding:
    return Finding.model_validate(
        {
            "rule": rule,
            "label": "memorisation",
            "severity": severity,
            "title": "The training loss is near zero while the evaluation loss rises.",
            "steps": (140, 200),
            "evidence": {"loss": 0.003, "eval_loss": 1.9},
            "explanation": "The model knows the training answers by heart.",
            "interventions": [Suggestion(intervention="drop_duplicates", text="drop duplicates")],
        }
    )


def middle() -> list[Event]:
    """A baseline, two kept and two discarded experiments, and a fifth on its way."""
    keep_1 = verdict("keep", 0.31, "clears the noise of 0.03 with two seeds")
    keep_3 = verdict("keep", 0.17, "clears the noise of 0.03 with two seeds")
    below = verdict("discard", 0.01, "below noise")
    worse = verdict("discard", -0.02, "worse than the incumbent")
    base = experiment(
        0, None, "baseline", state="judged", score=0.23, runs=["r1", "r2", "r3"],
        scores={0: 0.21, 1: 0.23, 2: 0.25},
    )  # fmt: skip
    going = run("r11", 5, seed=1, rung=1 / 3, state="running", started=BEGAN + 180)
    bodies: list[Happening] = [
        SessionChanged(session=session()),
        ExperimentChanged(experiment=experiment(0, None, "baseline", state="running", rung=1.0)),
        RunChanged(run=run("r1", 0)),
        RunChanged(run=run("r1", 0, state="running", started=BEGAN + 3)),
        RunChanged(
            run=run("r1", 0, state="succeeded", started=BEGAN + 3, ended=BEGAN + 21.2, exit_code=0)
        ),
        RunChanged(run=run("r1", 0, state="succeeded", dev={"exact_match": 0.21})),
        ExperimentChanged(experiment=base),
        SessionChanged(session=session(incumbent=f"{ID}/0", noise_floor=0.03)),
        ExperimentChanged(
            experiment=experiment(
                1, 0, "learning rate 2e-05 → 2e-04", state="judged", verdict=keep_1, score=0.54,
                runs=["r4", "r5", "r6", "r7"], commit="a1b2c3d" + "0" * 33,
            )
        ),
        ExperimentChanged(
            experiment=experiment(
                2, 0, "weight decay 0.1", state="judged", verdict=worse, runs=["r8"],
                commit="e" * 40,
            )
        ),
        ExperimentChanged(
            experiment=experiment(
                3, 1, "end-of-sequence in the template", state="judged", verdict=keep_3,
                score=0.71, runs=["r9", "r10", "r12"], commit="d4e5f6a" + "0" * 33,
            )
        ),
        ExperimentChanged(
            experiment=experiment(
                4, 3, "warm-up 10 %", state="judged", verdict=below, runs=["r13", "r14"],
                commit="f" * 40,
            )
        ),
        SessionChanged(
            session=session(incumbent=f"{ID}/3", noise_floor=0.03, spent=Spent(seconds=180, runs=8))
        ),
        ExperimentChanged(
            experiment=experiment(
                5, 3, "drop 412 duplicate rows", state="running", rung=1 / 3, runs=["r11"],
                hypothesis="S8 memorisation (train 0.003, eval rising since step 140)",
            )
        ),
        Note(session=ID, experiment=f"{ID}/5", text="Skipped weight decay: tried in exp 2."),
        RunChanged(run=going),
        *[
            MetricsArrived(
                run="r11",
                progress=RunProgress(
                    step=step, total_steps=100, loss=2.0 / step**0.5, rows=step,
                    eta_seconds=(100 - step) / 2,
                ),
            )
            for step in range(1, 61)
        ],
        FindingsChanged(run="r11", method="sft", findings=[finding()]),
    ]  # fmt: skip
    times = [0, 1, 2, 3, 21, 23, 60, 61, 110, 120, 150, 170, 172, 173, 174, 180]
    clock = iter(times)
    return [
        Event(seq=number, time=BEGAN + next(clock, 192.0), body=body)
        for number, body in enumerate(bodies, 1)
    ]


NOW = BEGAN + 192.0


def report() -> Report:
    """What the session of `middle` comes to."""

    def score(mean: float, *runs: str) -> Score:
        return Score(mean=mean, low=mean - 0.04, high=mean + 0.04, runs=list(runs))

    def told(number: int, title: str, name: str, effect: float) -> ReportedExperiment:
        return ReportedExperiment.model_validate(
            {
                "id": f"{ID}/{number}",
                "commit": "a1b2c3d" + "0" * 33,
                "title": title,
                "hypothesis": f"{title} helps",
                "source": "S2 underfitting",
                "changes": [],
                "verdict": name,
                "effect": effect,
                "noiseFloor": 0.03,
                "runs": ["r4"],
                "reason": "two seeds agree" if name == "keep" else "below noise",
            }
        )

    return Report(
        session=ID,
        metric="exact_match",
        direction="max",
        baseline=Outcome(commit="b" * 40, dev=score(0.23, "r1"), test=score(0.22, "r1")),
        final=Outcome(commit="d" * 40, dev=score(0.71, "r9"), test=score(0.69, "r9")),
        test_gain=0.47,
        test_gain_low=0.41,
        test_gain_high=0.53,
        noise_floor=0.03,
        experiments=[
            told(1, "learning rate 2e-05 → 2e-04", "keep", 0.31),
            told(2, "weight decay 0.1", "discard", -0.02),
            told(3, "end-of-sequence in the template", "keep", 0.17),
        ],
        cost=Spent(seconds=192, cpu_seconds=301, runs=9),
        integrity=Integrity(locked={"evaluate.py": "0" * 64}, intact=True, test_looks=1),
        branch="intern/sft-tiny",
        started=BEGAN,
        ended=NOW,
        stopped_because="The ideas ended.",
        reproduce=["git switch intern/sft-tiny", "python train.py"],
    )


def review() -> Review:
    hunk = Hunk(
        id="0123456789abcdef",
        experiment=f"{ID}/1",
        commit="a1b2c3d" + "0" * 33,
        path="train.py",
        old_start=41,
        old_lines=1,
        new_start=41,
        new_lines=1,
        header="@@ -41 +41 @@ def main():",
        lines=["-    learning_rate=2e-5,", "+    learning_rate=2e-4,"],
    )
    return Review(session=ID, branch="intern/sft-tiny", target="main", hunks=[hunk])
