"""Metric rows of runs made by hand, and what the diagnosis says of them."""

import math
import random
from collections.abc import Callable, Iterable

from intern_daemon.diagnosis import Engine
from intern_daemon.metrics import Row
from intern_daemon.protocol import Finding

NAN = float("nan")
STEPS = 600
CONFIG = {"learning_rate": 2e-5, "peft": False, "num_parameters": 3e9}


def healthy(
    logs: int = 60, every: int = 10, noise: float = 0.02, evaluations: bool = True
) -> list[Row]:
    """A fine-tuning run as it should be: falls fast, flattens, evaluation close behind."""
    dice = random.Random(0)
    rows = []
    for number in range(1, logs + 1):
        done = number / logs
        loss = 0.9 + 1.4 * math.exp(-12 * done) + dice.gauss(0, noise)
        values = {
            "loss": loss,
            "grad_norm": 1.0 + dice.random(),
            "learning_rate": 2e-5 * (1 + math.cos(math.pi * done)) / 2,
            "entropy": loss + 0.1,
            "mean_token_accuracy": 0.7,
            "epoch": done,
        }
        rows.append(Row(number * every, values, 1000.0 + 5 * number))
        if evaluations and number % 10 == 0:
            rows.append(Row(number * every, {"eval_loss": 0.95 + 1.2 * math.exp(-12 * done)}))
    return rows


def changed(rows: list[Row], change: Callable[[int, dict[str, float]], None]) -> list[Row]:
    """The same rows after `change(number of the log, values)`."""
    out = []
    for number, row in enumerate(rows):
        values = dict(row.values)
        change(number, values)
        out.append(Row(row.step, values, row.time))
    return out


def engine_of(rows: Iterable[Row], end: bool = True, **settings: object) -> Engine:
    engine = Engine(config=CONFIG | settings, total_steps=STEPS)
    for row in rows:
        engine.feed(row)
    if end:
        engine.end()
    return engine


def found(engine: Engine) -> dict[str, Finding]:
    return {finding.rule: finding for finding in engine.findings()}


def accusations(engine: Engine) -> list[str]:
    """Labels of all that is more than a note."""
    return [finding.label for finding in engine.findings() if finding.severity != "info"]


def logs(values: Iterable[dict[str, float]]) -> list[Row]:
    return [Row(10 * number, value) for number, value in enumerate(values, 1)]
