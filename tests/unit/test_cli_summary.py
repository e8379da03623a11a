import io
from pathlib import Path

from intern_daemon.cli.summary import next_steps, summary
from intern_daemon.cli.terminal import UNICODE
from intern_daemon.protocol import Integrity, Report
from rich.console import Console

from ..emulators.recorded_improvement import report


def drawn(told: Report, width: int, every: bool = False) -> list[str]:
    out = io.StringIO()
    Console(width=width, file=out).print(summary(told, width, UNICODE, every))
    return [line.rstrip() for line in out.getvalue().splitlines()]


def test_a_wide_terminal_has_the_scores_side_by_side():
    assert drawn(report(), 100) == [
        "",
        "exact_match  before             after              gain",
        "sealed test  0.22 [0.18, 0.26]  0.69 [0.65, 0.73]  +0.47 [+0.41, +0.53]",
        "dev          0.23 [0.19, 0.27]  0.71 [0.67, 0.75]  +0.48",
        "",
        "* exp 1  learning rate 2e-05 → 2e-04      +0.31  a1b2c3d",
        "* exp 3  end-of-sequence in the template  +0.17  a1b2c3d",
        "1 more experiment tried without a gain.",
        "",
        "cost       3 min 12 s, 9 runs, 5 min 1 s of CPU time, $0.00",
        "integrity  1 locked file unchanged; sealed test opened 1 time",
        "ended      The ideas ended.",
        "branch     intern/sft-tiny",
        "report     .intern/reports/s1.md",
    ]


def test_a_narrow_terminal_has_the_scores_below_each_other():
    lines = drawn(report(), 60)
    assert lines[1:5] == [
        "sealed test exact_match",
        "  before                 0.22 [0.18, 0.26]",
        "  after                  0.69 [0.65, 0.73]",
        "  gain                   +0.47 [+0.41, +0.53]",
    ]
    assert max(len(line) for line in lines) <= 60


def test_a_broken_lock_is_said():
    broken = Integrity(locked={"a": "0", "b": "1"}, intact=False, test_looks=0, notes=["b changed"])
    lines = drawn(report().model_copy(update={"integrity": broken}), 100)
    assert "integrity  2 locked files, not all unchanged; sealed test opened never" in lines
    assert "           b changed" in lines


def test_a_report_without_a_gain_offers_nothing_to_land():
    told = report()
    discarded = [each for each in told.experiments if each.verdict == "discard"]
    told = told.model_copy(update={"experiments": discarded})
    assert "No experiment cleared the noise of 0.03." in drawn(told, 100)
    steps = next_steps(told, Path.cwd())
    assert steps[0] == "Nothing was kept, so there is nothing to land."
    assert not any("intern land" in line for line in steps)


def test_a_rising_score_is_a_loss_when_less_is_better():
    told = report().model_copy(update={"direction": "min"})
    assert drawn(told, 100)[3].endswith("-0.48")


def test_the_baseline_is_no_experiment():
    told = report()
    baseline = told.experiments[0].model_copy(
        update={"id": "s1/0", "title": "baseline", "verdict": None, "effect": None}
    )
    lines = drawn(told.model_copy(update={"experiments": [baseline, *told.experiments]}), 100, True)
    assert lines[5].startswith("o baseline")
    assert not any("exp 0" in line or "not finished" in line for line in lines)
