"""What a tool call would do, put as a question to the person: command, runs, time, files."""

from collections.abc import Sequence

from ..experiments import (
    SEEDS,
    Experiment,
    Lab,
    estimate_race,
    reserve_runs,
    reserve_seconds,
)
from ..protocol import Effects
from .approvals import Question
from .candidates import Idea


def plain_question(tool: str, because: str = "") -> Question:
    """For a tool that runs nothing and writes nothing."""
    words = tool.replace("_", " ")
    covers = f"every call of {tool}"
    return Question(tool, f"{_sentence(words)}.", because, covers, repeats=True)


def baseline_question(lab: Lab) -> Question | None:
    """None: the baseline is measured."""
    if lab.measured:
        return None
    seeds = len(lab.seeds)
    return Question(
        "measure_baseline",
        f"Train your set-up with {seeds} seeds and score it on dev.",
        "Nothing can be compared before it is known how the score varies by chance.",
        f"local runs of `{lab.config.train.command}` for the baseline",
        _effects(lab, seeds, None),
    )


def race_question(lab: Lab, chosen: Sequence[Idea], because: str) -> Question:
    """One race of candidates."""
    estimate = estimate_race(lab, len(chosen), max(idea.candidate.cost for idea in chosen))
    titles = " or ".join(idea.candidate.title for idea in chosen)
    files = sorted({edit.path for idea in chosen for edit in idea.candidate.edits})
    return Question(
        "try_candidates",
        f"Try {titles}.",
        because,
        f"local runs of `{lab.config.train.command}` for experiments",
        _effects(lab, estimate.runs, estimate.seconds, files),
        [idea.candidate.id for idea in chosen],
    )


def finish_question(lab: Lab, left: Sequence[Experiment]) -> Question | None:
    """Experiments to bring to their end; None: there is none."""
    if not left:
        return None
    estimate = estimate_race(lab, len(left))
    titles = " or ".join(experiment.title for experiment in left)
    return Question(
        "try_candidates",
        f"Try {titles}.",
        "An interruption left them without a verdict.",
        f"local runs of `{lab.config.train.command}` for experiments",
        _effects(lab, estimate.runs, estimate.seconds),
        [experiment.intervention for experiment in left],
        resumes=True,
    )


def adopt_question(lab: Lab) -> Question:
    """What the person changed is to be measured."""
    return Question(
        "adopt_edits",
        f"Measure what you changed on {lab.session.branch}.",
        "What follows is to stand on your version.",
        f"local runs of `{lab.config.train.command}` for your edits",
        _effects(lab, SEEDS, SEEDS * lab.cost.run(1.0) / lab.slots),
        repeats=True,
    )


def report_question(lab: Lab, because: str) -> Question | None:
    """The end of the session; None: nothing would run."""
    runs, test = reserve_runs(lab), lab.config.eval.test
    if not runs and test is None:
        return None
    deeds = [f"train the final version with {runs} more seeds"] if runs else []
    deeds += ["open the sealed test once"] if test else []
    return Question(
        "write_report",
        f"{_sentence(' and '.join(deeds))}.",
        because,
        f"local runs of `{lab.config.train.command}` and of the sealed test for a report",
        _effects(lab, runs, reserve_seconds(lab)).model_copy(
            update={"command": lab.config.train.command if runs else test}
        ),
    )


def _effects(lab: Lab, runs: int, seconds: float | None, files: Sequence[str] = ()) -> Effects:
    return Effects(
        command=lab.config.train.command,
        runs=runs,
        seconds=None if seconds is None else round(seconds, 1),
        files=list(files),
    )


def _sentence(words: str) -> str:
    return f"{words[:1].upper()}{words[1:]}"
