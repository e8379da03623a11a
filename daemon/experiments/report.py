"""The report of a session: every number from a run record, as JSON and as Markdown."""

import json
from pathlib import Path

from ..errors import InternError
from ..integrity import verify
from ..protocol import (
    Experiment,
    Integrity,
    Outcome,
    Report,
    ReportedExperiment,
    Score,
)
from .finale import TestLook
from .lab import Lab, now
from .markdown import render
from .noise import gain_interval, mean_interval


def write_report(lab: Lab, test: TestLook, because: str) -> Report:
    """Write `.intern/reports/<session>.json` and `.md`.

    Args:
        lab: the session's lab.
        test: what the sealed test said.
        because: why the session ended, in one sentence.
    """
    report = build(lab, test, because)
    for suffix, text in (
        (".json", json.dumps(report.document(), indent=2, ensure_ascii=False) + "\n"),
        (".md", render(report)),
    ):
        _write(lab.layout.report(lab.session_id, suffix), text)
    return report


def build(lab: Lab, test: TestLook, because: str) -> Report:
    """The report as a value; nothing is written."""
    session = lab.session
    baseline, final = lab.experiment(f"{session.id}/0"), lab.incumbent
    before, after = test.scores.get(baseline.id, {}), test.scores.get(final.id, {})
    gain, low, high = _test_gain(lab, before, after, test.items)
    return Report(
        session=session.id,
        metric=session.metric,
        direction=session.direction,
        baseline=_outcome(lab, baseline, before, test.items),
        final=_outcome(lab, final, after, test.items),
        test_gain=gain,
        test_gain_low=low,
        test_gain_high=high,
        noise_floor=lab.noise.floor(2),
        experiments=[_reported(experiment) for experiment in lab.experiments],
        cost=lab.ledger.spent(),
        integrity=_integrity(lab),
        branch=session.branch,
        started=session.created,
        ended=now(),
        stopped_because=because,
        reproduce=_reproduce(final, sorted(lab.scores(final.id))),
    )


def _test_gain(
    lab: Lab, before: dict[int, float], after: dict[int, float], items: int | None
) -> tuple[float | None, float | None, float | None]:
    """Gain on the sealed test in the direction of the metric, with its interval."""
    seeds = sorted(before.keys() & after.keys())
    if not seeds:
        return None, None, None
    old, new = [before[seed] for seed in seeds], [after[seed] for seed in seeds]
    if lab.session.direction == "min":
        old, new = new, old
    return gain_interval(old, new, items)


def _outcome(
    lab: Lab, experiment: Experiment, test: dict[int, float], items: int | None
) -> Outcome:
    assert experiment.commit is not None
    runs = {seed: run.id for seed, run in lab.full_runs(experiment.id).items()}
    return Outcome(
        commit=experiment.commit,
        dev=_score(lab.scores(experiment.id), runs, lab.items),
        test=_score(test, runs, items) if test else None,
    )


def _score(by_seed: dict[int, float], runs: dict[int, str], items: int | None) -> Score:
    mean, low, high = mean_interval(list(by_seed.values()), items)
    return Score(
        mean=mean, low=low, high=high, runs=[runs[seed] for seed in by_seed], by_seed=by_seed
    )


def _reported(experiment: Experiment) -> ReportedExperiment:
    verdict = experiment.verdict
    return ReportedExperiment(
        id=experiment.id,
        commit=experiment.commit,
        title=experiment.title,
        hypothesis=experiment.hypothesis,
        source=experiment.source,
        changes=experiment.changes,
        verdict=None if verdict is None else verdict.name,
        effect=None if verdict is None else verdict.effect,
        noise_floor=None if verdict is None else verdict.noise_floor,
        runs=experiment.runs,
        reason=verdict.reason if verdict else _unjudged(experiment),
    )


def _unjudged(experiment: Experiment) -> str:
    return "The baseline." if experiment.number == 0 else "Not finished when the session ended."


def _integrity(lab: Lab) -> Integrity:
    session = lab.session
    notes: list[str] = []
    try:
        verify(lab.repository, session.base_commit, lab.config, session.locks)
        intact = True
    except InternError as error:
        intact = False
        notes.append(str(error))
    return Integrity(
        locked=session.locks, intact=intact, test_looks=int(session.test_opened), notes=notes
    )


def _reproduce(final: Experiment, seeds: list[int]) -> list[str]:
    """Commands that repeat the final runs, each with its seed, from the user's repository."""
    return [f"intern run --commit {final.commit} --seed {seed} --evaluate" for seed in seeds]


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(path.suffix + ".tmp")
    draft.write_text(text, encoding="utf-8")
    draft.replace(path)
