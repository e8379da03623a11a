"""Write the same curves where Intern, TensorBoard and Trackio look for them.

    .venv/bin/python benchmarks/curves/stores.py FOLDER [--series 20] [--points 1000000]

Each writer puts bulk data down in its tool's own format, since logging 20 million values one by one
would take an hour; each tool then reads it with its own code, as it would read a training's.
"""

import argparse
import json
import os
import struct
import subprocess
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
from intern_daemon.metrics import ColumnStore
from intern_daemon.protocol import Run, RunChanged, RunProgress
from intern_daemon.workspace import EventStore, Layout
from numpy.typing import NDArray

METRIC = "loss"
BEGIN = 1_780_000_000.0
"""UTC seconds of the first row."""
PERIOD = 0.1
"""Seconds from row to row."""
BATCH = 100_000
"""Rows handed to Trackio at a time."""

Floats = NDArray[np.float64]


def curve(number: int, points: int) -> Floats:
    """A falling loss with noise and some spikes, beside the others and not on them."""
    random = np.random.default_rng(number)
    share = np.arange(points) / points
    values = 0.25 * number + 2 * np.exp(-4 * share) + 0.05 * random.standard_normal(points)
    values[random.integers(0, points, 5)] += 1.0
    return values


def intern(folder: Path, curves: list[Floats]) -> None:
    """A repository with runs, their series in the column store's files."""
    folder.mkdir(parents=True)
    subprocess.run(["git", "init", "--quiet", str(folder)], check=True)
    who = ["-c", "user.name=benchmark", "-c", "user.email=benchmark@localhost"]
    commit = ["commit", "--quiet", "--allow-empty", "--message", "Start"]
    subprocess.run(["git", "-C", str(folder), *who, *commit], check=True)
    head = subprocess.run(
        ["git", "-C", str(folder), "rev-parse", "HEAD"], check=True, capture_output=True, text=True
    ).stdout.strip()
    layout = Layout(folder.resolve())
    layout.make()
    store = EventStore(layout.database)
    for number, values in enumerate(curves):
        points = len(values)
        run = Run(
            id=f"run-{number + 1:04d}",
            commit=head,
            command="python train.py",
            python="python",
            created=BEGIN,
            ended=BEGIN + PERIOD * points,
            state="succeeded",
            cause="finished",
            progress=RunProgress(step=points, rows=points, loss=float(values[-1])),
        )
        series = layout.run(run.id) / "series"
        series.mkdir(parents=True)
        rows = np.arange(points, dtype=float)
        block = np.stack([rows, rows, values, BEGIN + PERIOD * rows], axis=1)
        block.astype("<f8").tofile(series / "0000.f64")
        index = {"version": 1, "rows": points, "points": {METRIC: points}, "cursor": {}}
        (series / "index.json").write_text(json.dumps(index), "utf-8")
        assert np.array_equal(ColumnStore(series).read(METRIC).values, values)
        store.append(RunChanged(run=run))
    store.close()


def tensorboard(folder: Path, curves: list[Floats]) -> None:
    """An event file for each run: records of one length, so that they can be made all at once."""
    for number, values in enumerate(curves):
        run = folder / f"run-{number + 1:04d}"
        run.mkdir(parents=True)
        with (run / f"events.out.tfevents.{int(BEGIN)}.benchmark").open("wb") as file:
            version = b"\x09" + struct.pack("<d", BEGIN) + b"\x1a\x0dbrain.Event:2"
            file.write(_records(np.frombuffer(version, np.uint8)[None, :]).tobytes())
            file.write(_records(_events(values)).tobytes())


def _events(values: Floats) -> NDArray[np.uint8]:
    """`Event` messages of protocol buffers, a row each: wall time, step, one scalar."""
    name = METRIC.encode()
    value = b"\x0a" + bytes([len(name)]) + name + b"\x15"  # tag, simple_value
    scalar = b"\x0a" + bytes([len(value) + 4]) + value  # Summary.value
    head = b"\x2a" + bytes([len(scalar) + 4]) + scalar  # Event.summary
    count = len(values)
    rows = np.arange(count, dtype=np.int64)
    # A variable-length integer may have leading groups of zeros: three bytes hold two million.
    step = np.stack([rows & 127 | 128, rows >> 7 & 127 | 128, rows >> 14 & 127], axis=1)
    return np.concatenate(
        [
            np.full((count, 1), 0x09, np.uint8),
            (BEGIN + PERIOD * rows).astype("<f8").view(np.uint8).reshape(count, 8),
            np.full((count, 1), 0x10, np.uint8),
            step.astype(np.uint8),
            np.tile(np.frombuffer(head, np.uint8), (count, 1)),
            values.astype("<f4").view(np.uint8).reshape(count, 4),
        ],
        axis=1,
    )


def _records(messages: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """TFRecord frames: length, its checksum, the message, its checksum."""
    count, size = messages.shape
    length = np.tile(np.frombuffer(struct.pack("<Q", size), np.uint8), (count, 1))
    parts = [length, _masked_checksum(length), messages, _masked_checksum(messages)]
    return np.concatenate(parts, axis=1)


def _masked_checksum(messages: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """CRC-32C of each row, rotated and shifted as the format wants it, as four bytes."""
    table = np.arange(256, dtype=np.uint32)
    for _ in range(8):
        table = np.where(table & 1, table >> 1 ^ np.uint32(0x82F63B78), table >> 1)
    crc = np.full(len(messages), 0xFFFFFFFF, np.uint32)
    for column in messages.T:
        crc = table[(crc ^ column) & 0xFF] ^ crc >> 8
    crc = ~crc
    masked = (crc >> 15 | crc << 17) + np.uint32(0xA282EAD8)
    return masked.astype("<u4").view(np.uint8).reshape(-1, 4)


def trackio(folder: Path, curves: list[Floats]) -> None:
    """A project, written by Trackio's own storage."""
    folder.mkdir(parents=True)
    os.environ["TRACKIO_DIR"] = str(folder)
    # It reads the variable when it is imported.
    from trackio.sqlite_storage import SQLiteStorage  # noqa: PLC0415

    begin = datetime.fromtimestamp(BEGIN, UTC)
    for number, values in enumerate(curves):
        for start in range(0, len(values), BATCH):
            batch = values[start : start + BATCH].tolist()
            steps = list(range(start, start + len(batch)))
            SQLiteStorage.bulk_log(
                project="benchmark",
                run=f"run-{number + 1:04d}",
                metrics_list=[{METRIC: value} for value in batch],
                steps=steps,
                timestamps=[(begin + timedelta(seconds=PERIOD * s)).isoformat() for s in steps],
            )


def main() -> None:
    """Make all three, and say how long each took."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--series", type=int, default=20)
    parser.add_argument("--points", type=int, default=1_000_000)
    wish = parser.parse_args()
    curves = [curve(number, wish.points) for number in range(wish.series)]
    for write in (intern, tensorboard, trackio):
        target = wish.folder / write.__name__
        if target.exists():
            continue
        begin = time.perf_counter()
        write(target, curves)
        print(f"{write.__name__}: {time.perf_counter() - begin:.0f} s", flush=True)


if __name__ == "__main__":
    main()
