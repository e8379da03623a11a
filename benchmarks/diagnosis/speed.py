"""What a row costs, and what a million rows cost.

`python benchmarks/diagnosis/speed.py [CURVES] [--json FILE]` feeds rows of runs that are made up,
and of the files in the folder CURVES, to all rules of their method, and prints the processor time
that one row takes. Then it diagnoses 1,000,000 rows at once. Measured, not asserted.
"""

import argparse
import json
import math
import random
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from intern_daemon.diagnosis import Engine
from intern_daemon.diagnosis.batch import diagnose_rows
from intern_daemon.diagnosis.files import run_of_file
from intern_daemon.errors import BadInput
from intern_daemon.metrics import Row

ROWS = 20_000
MANY = 1_000_000


def fine_tuning(rows: int) -> Iterator[Row]:
    dice = random.Random(0)
    for number in range(rows):
        done = number / rows
        values = {
            "loss": 1 + math.exp(-8 * done) + dice.gauss(0, 0.05),
            "grad_norm": 1 + dice.random(),
            "learning_rate": 2e-5 * (1 - done),
            "epoch": 3 * done,
            "mean_token_accuracy": 0.7,
            "num_tokens": 1000.0 * number,
            "entropy": 1.2,
        }
        yield Row(number, values)


def group_relative(rows: int) -> Iterator[Row]:
    """With the 27 metrics that TRL's GRPOTrainer logs for three reward functions."""
    dice = random.Random(0)
    for number in range(rows):
        done = number / rows
        values = {
            "loss": dice.gauss(0, 0.01),
            "grad_norm": dice.random(),
            "learning_rate": 1e-6,
            "reward": done + dice.gauss(0, 0.2),
            "reward_std": 0.3,
            "frac_reward_zero_std": 0.1,
            "kl": 0.01 + 0.1 * done,
            "entropy": 1 - 0.3 * done,
            "epoch": done,
            "num_tokens": 1000.0 * number,
            "step_time": 3.0,
            "completions/mean_length": 200 + dice.gauss(0, 10),
            "completions/min_length": 10.0,
            "completions/max_length": 256.0,
            "completions/clipped_ratio": 0.05,
            "completions/mean_terminated_length": 190.0,
            "completions/min_terminated_length": 10.0,
            "completions/max_terminated_length": 250.0,
            "clip_ratio/region_mean": 0.0,
            "clip_ratio/low_mean": 0.0,
            "clip_ratio/high_mean": 0.0,
        }
        for name in ("format", "accuracy", "length"):
            values[f"rewards/{name}/mean"] = 0.5 + 0.1 * dice.random()
            values[f"rewards/{name}/std"] = 0.2
        yield Row(number, values)


def microseconds(rows: list[Row], repeats: int = 1) -> float:
    """Processor time of one row, in microseconds."""
    spent = 0.0
    for _ in range(repeats):
        engine = Engine(total_steps=rows[-1].step)
        before = time.process_time()
        for row in rows:
            engine.feed(row)
        engine.end()
        spent += time.process_time() - before
    return spent / (repeats * len(rows)) * 1e6


def at_once(make: Callable[[int], Iterator[Row]]) -> float:
    """Seconds of processor time for a million rows in memory."""
    rows = list(make(MANY))
    before = time.process_time()
    diagnose_rows(rows)
    return time.process_time() - before


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("curves", type=Path, nargs="?", help="folder with metric files")
    parser.add_argument("--json", type=Path, help="where the figures go")
    arguments = parser.parse_args()
    figures: dict[str, object] = {
        "microseconds_per_row": {
            make.__name__: round(microseconds(list(make(ROWS))), 1)
            for make in (fine_tuning, group_relative)
        },
        "seconds_per_million_rows_at_once": {
            make.__name__: round(at_once(make), 2) for make in (fine_tuning, group_relative)
        },
    }
    if arguments.curves:
        by_file = {}
        for path in sorted(arguments.curves.iterdir()):
            try:
                rows = run_of_file(path).rows
            except BadInput:
                continue
            by_file[path.name] = microseconds(rows, repeats=1 + 2000 // len(rows))
        worst = max(by_file, key=lambda name: by_file[name])
        spent = sorted(by_file.values())
        figures["microseconds_per_row_of_real_runs"] = {
            "files": len(spent),
            "median": round(spent[len(spent) // 2], 1),
            "highest": round(by_file[worst], 1),
            "highest_of": worst,
        }
    if arguments.json:
        arguments.json.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(figures, indent=1))


if __name__ == "__main__":
    main()
