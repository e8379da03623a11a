"""Runs of very many rows: thinned without losing a finding, streamed without growing."""

import math
import pickle
import random
from collections.abc import Callable, Iterator

import pytest
from intern_daemon.diagnosis import Engine
from intern_daemon.diagnosis.batch import diagnose_rows
from intern_daemon.diagnosis.thinning import SAMPLE, WHOLE, thin
from intern_daemon.metrics import Row
from intern_daemon.protocol import Finding

from tests.made_runs import NAN, accusations

ROWS = 12_000


def long_run(rows: int) -> Iterator[Row]:
    """Rows of a fine-tuning run that does well."""
    dice = random.Random(7)
    for number in range(rows):
        done = number / rows
        values = {
            "loss": 0.9 + 1.4 * math.exp(-12 * done) + dice.gauss(0, 0.05),
            "grad_norm": 1.0 + dice.random(),
            "learning_rate": 2e-5 * (1 - done),
            "epoch": done,
        }
        yield Row(number + 1, values)
        if number % 1000 == 999:
            yield Row(number + 1, {"eval_loss": 0.95 + 1.2 * math.exp(-12 * done)})


def loss_from(first: int, last: int, value: float) -> Callable[[Row], Row]:
    """Another loss at the steps from `first` to `last`."""

    def change(row: Row) -> Row:
        if "loss" not in row or not first <= row.step <= last:
            return row
        return Row(row.step, {**row.values, "loss": value})

    return change


def told(findings: list[Finding]) -> set[tuple[str, str, str]]:
    """All but most notes: a note on a thinned run may differ by chance."""
    return {
        (each.rule, each.label, each.severity)
        for each in findings
        if each.severity != "info" or each.label == "loss_spike"
    }


def whole(rows: list[Row]) -> set[tuple[str, str, str]]:
    engine = Engine(total_steps=ROWS)
    for row in rows:
        engine.feed(row)
    engine.end()
    return told(engine.findings())


def thinned(rows: list[Row]) -> set[tuple[str, str, str]]:
    found = diagnose_rows(rows, total_steps=ROWS)
    assert found.rows == len(rows)
    return told(found.findings)


@pytest.mark.parametrize(
    ("change", "label"),
    [
        (loss_from(0, 0, 0.0), None),
        (loss_from(8_000, ROWS, NAN), "nonfinite_loss"),
        (loss_from(ROWS - 5, ROWS, NAN), "nonfinite_loss"),
        (loss_from(6_000, ROWS, 9.0), "divergence"),
        (loss_from(0, ROWS, 2.5), "not_learning"),
        (loss_from(ROWS - 90, ROWS - 88, 30.0), "loss_spike"),
    ],
)
def test_a_thinned_run_has_the_findings_of_the_whole_one(change, label):
    rows = [change(row) for row in long_run(ROWS)]
    expected = whole(rows)
    assert label is None or label in {name for _, name, _ in expected}
    assert thinned(rows) == expected


def test_a_short_run_is_read_whole_and_a_long_one_in_part_but_in_order():
    short = list(long_run(WHOLE - 100))
    assert thin(short) == short
    rows = [*long_run(100_000), Row(100_001, {"train_loss": 1.0})]
    kept = thin(rows)
    assert len(kept) < 2 * SAMPLE
    assert [row.step for row in kept] == sorted(row.step for row in kept)
    assert kept[0] is rows[0]
    assert kept[-1] is rows[-1]
    assert sum("eval_loss" in row for row in kept) == 100


@pytest.mark.parametrize(
    "count",
    [200_000, pytest.param(10_000_000, marks=[pytest.mark.slow, pytest.mark.timeout(7200)])],
)
def test_a_stream_of_rows_keeps_memory_constant(count):
    engine = Engine()
    for row in long_run(count):
        engine.feed(row)
    engine.end()
    assert len(pickle.dumps(engine)) < 40_000  # windows of 50 and curves of 256 points
    assert accusations(engine) == []
