"""Makes the logs of all cases and seeds: real training on the tiny base, two at a time.

    python benchmarks/sickruns/make.py [--only NAME ...] [--seeds 0 1 2] [--jobs 2]

What is there already is not made again. The imports are paid once: each run is forked from here.
"""

import argparse
import gzip
import json
import multiprocessing
import os
import sys
import time
import traceback
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path

os.environ |= {"HF_HUB_OFFLINE": "1", "TOKENIZERS_PARALLELISM": "false", "OMP_NUM_THREADS": "1"}

import torch
import train
from cases import CASES, SEEDS

HERE = Path(__file__).resolve().parent
LOGS = HERE / "logs"


def log_of(name: str, seed: int) -> Path:
    return LOGS / f"{name}-{seed}.json.gz"


def make(name: str, seed: int, start: Path) -> float:
    """Train one and write its log. Returns CPU seconds."""
    torch.set_num_threads(1)
    began = time.process_time()
    rows, settings = train.run(CASES[name], seed, start)
    spent = time.process_time() - began
    # Bare NaN, as trainer_state.json has it: readers must cope.
    text = json.dumps({"args": settings, "log_history": [short(row) for row in rows]}, default=str)
    LOGS.mkdir(exist_ok=True)
    draft = log_of(name, seed).with_suffix(".new")
    with gzip.GzipFile(draft, "wb", mtime=0) as out:
        out.write(text.encode())
    draft.replace(log_of(name, seed))
    return spent


def short(row: dict) -> dict:
    """Six digits: what a log shows, in a third of the bytes."""
    rounded = {}
    for name, value in row.items():
        try:
            number = float(value)
        except (TypeError, ValueError):
            continue
        rounded[name] = (
            int(number) if number.is_integer() and abs(number) < 1e9 else float(f"{number:.6g}")
        )
    return rounded


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", nargs="*", default=list(CASES))
    parser.add_argument("--seeds", nargs="*", type=int, default=list(SEEDS))
    parser.add_argument("--jobs", type=int, default=2)
    wanted = parser.parse_args()
    context = multiprocessing.get_context("fork")
    start = HERE / "start"
    with ProcessPoolExecutor(wanted.jobs, context, max_tasks_per_child=None) as pool:
        if not (start / "model.safetensors").is_file():
            pool.submit(train.make_start, start).result()
        waiting = {
            pool.submit(make, name, seed, start): (name, seed)
            for seed in wanted.seeds
            for name in wanted.only
            if not log_of(name, seed).is_file()
        }
        failed = 0
        for done in as_completed(waiting):
            name, seed = waiting[done]
            try:
                print(f"{name}-{seed}: {done.result():.1f} CPU s", flush=True)
            except Exception:  # noqa: BLE001 - the other runs go on
                failed += 1
                print(
                    f"{name}-{seed} failed:\n{traceback.format_exc()}", file=sys.stderr, flush=True
                )
    return failed > 0


if __name__ == "__main__":
    sys.exit(main())
