"""Diagnose a file or a folder that holds the metrics of a run, with no daemon around."""

import json
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ..errors import BadInput
from ..metrics import (
    JsonlSource,
    PrintedSource,
    Row,
    Source,
    TableSource,
    TensorBoardSource,
    TrackioSource,
    TrainerStateSource,
    is_event_file,
    looks_like_table,
)
from ..metrics.sources.trackio import newest_run
from ..metrics.sources.trainer_state import NAME, newest_state
from ..protocol import Diagnosis, Method
from .batch import diagnose_rows

_BEST = ("best_metric", "best_global_step", "best_model_checkpoint")
_DATABASES = (".db", ".sqlite", ".sqlite3")
_READS = (
    "a trainer_state.json, a JSONL log with one object a line, a CSV table, TensorBoard's event "
    "file, a printed training log, or a Trackio database"
)


def diagnose_file(
    path: Path, method: Method | None = None, config: Mapping[str, object] | None = None
) -> Diagnosis:
    """Diagnose what a run logged, as a run that has ended.

    Args:
        path: `trainer_state.json`, a JSONL file (W&B's history too), a CSV table, an event file of
            TensorBoard, a printed training log, a Trackio database, or a folder with one of them.
            Of a database with several runs the newest is taken.
        method: how the model was trained; None: told from the metrics.
        config: training arguments; None: `config.json` beside the metrics, where our recorder put
        one.

    Raises:
        BadInput: there is nothing like that, or it holds no metrics.
    """
    run = run_of_file(path)
    return diagnose_rows(
        run.rows,
        method=method,
        config=run.config if config is None else config,
        total_steps=run.total_steps,
        ended=run.ended,
    )


@dataclass(frozen=True)
class FileRun:
    """What a file says of a run.

    Args:
        rows: in the order in which they were logged; at least one.
        config: training arguments, and what a trainer's state says of the best checkpoint.
        total_steps: of the whole run; None: unknown.
        ended: the rows reach to the end of the run, as far as can be told.
    """

    rows: list[Row]
    config: dict[str, object]
    total_steps: int | None
    ended: bool


def run_of_file(path: Path) -> FileRun:
    """The run in a file or folder, as `diagnose_file` reads it.

    Raises:
        BadInput: as `diagnose_file`.
    """
    if not path.exists():
        raise BadInput(f"{path} does not exist; name {_READS}.")
    file = _metrics_in(path) if path.is_dir() else path
    source = _source(file)
    rows = source.poll(final=True)
    if not rows:
        raise BadInput(_nothing(file, source))
    total = source.total_steps
    return FileRun(rows, _config(file), total, _complete(rows, total))


def runs_in(folder: Path) -> list[Path]:
    """The folders of the runs that a folder holds, by name; empty when it is itself one run's.

    A run's checkpoints are no runs of their own.
    """
    if not folder.is_dir():
        return []
    found = []
    for below in sorted(folder.iterdir()):
        if not below.is_dir() or below.name.startswith((".", "checkpoint-")):
            continue
        try:
            _metrics_in(below)
        except BadInput:
            continue
        found.append(below)
    own = (folder / name for name in ("metrics.jsonl", NAME))
    return [] if len(found) < 2 or any(path.is_file() for path in own) else found


def read_rows(path: Path) -> list[Row]:
    """The rows that `diagnose_file` looks at, in the order in which they were logged.

    Raises:
        BadInput: as `diagnose_file`.
    """
    return _source(_metrics_in(path) if path.is_dir() else path).poll(final=True)


def _complete(rows: list[Row], total: int | None) -> bool:
    """A checkpoint from the middle of a run is no end."""
    return total is None or max(row.step for row in rows) >= 0.98 * total


def _metrics_in(folder: Path) -> Path:
    """The best record of a run in a folder: the recorder's, the trainer's, Trackio's, the log."""
    for found in (
        folder / "metrics.jsonl",
        newest_state(folder),
        *sorted(folder.glob("*.db")),
        *sorted((folder / "trackio").glob("*.db")),
        *sorted(folder.glob("*.jsonl")),
        *sorted(folder.glob("*tfevents*"), key=lambda path: -path.stat().st_size),
        *sorted(folder.glob("runs/*/*tfevents*"), key=lambda path: -path.stat().st_mtime),
        *sorted(folder.glob("*.csv")),
        folder / "stdout.log",
    ):
        if found is not None and found.is_file() and found.stat().st_size > 0:
            return found
    raise BadInput(f"{folder} holds no metrics; it needs {_READS}.")


def _source(file: Path) -> Source:
    try:
        with file.open("rb") as opened:
            head = opened.read(4096)
    except OSError as error:
        raise BadInput(
            f"{file} can't be read ({error.strerror}); give it read permission."
        ) from error
    if not head.strip():
        raise BadInput(f"{file} is empty; name {_READS}.")
    if head.startswith(b"SQLite format 3\0"):
        return _database(file)
    if is_event_file(file):
        return TensorBoardSource(file)
    if file.suffix in _DATABASES:
        raise BadInput(f"{file} is no SQLite database; name {_READS}.")
    if _one_json_object(file):
        return TrainerStateSource(file)
    first = next((line for line in head.splitlines() if line.strip()), b"").strip()
    if first.startswith(b"{") and (file.suffix in (".jsonl", ".ndjson") or _is_json(first)):
        return JsonlSource(file)
    if file.suffix in (".json", ".jsonl", ".ndjson"):
        raise BadInput(_broken_json(file))
    if file.suffix in (".csv", ".tsv") or looks_like_table(first.decode("utf-8", "replace")):
        return TableSource(file)
    return PrintedSource(file)


def _one_json_object(file: Path) -> bool:
    """Whether the whole file is one JSON document; bare NaN counts, as Python writes it."""
    if file.name == NAME:
        return _is_json(file.read_bytes())
    return file.suffix == ".json" and _is_json(file.read_bytes())


def _is_json(text: bytes) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


def _broken_json(file: Path) -> str:
    try:
        json.loads(file.read_bytes())
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}: {error.msg}"
        return f"{file} is no JSON ({where}); it may be cut short, take an earlier checkpoint's."
    except ValueError as error:
        return f"{file} is no JSON ({error}); name {_READS}."
    return f"{file} holds no metrics; name {_READS}."


def _database(file: Path) -> Source:
    try:
        run = newest_run(file)
    except sqlite3.Error as error:
        raise BadInput(f"{file} is no Trackio database ({error}); name {_READS}.") from error
    if run is None:
        raise BadInput(f"{file} holds no run yet; wait for its first log.")
    return TrackioSource(file, run)


def _nothing(file: Path, source: Source) -> str:
    if isinstance(source, TrainerStateSource):
        return f"{file} has no log_history with metrics; name that of a run that logged."
    if isinstance(source, JsonlSource) and source.unreadable is not None:
        return f"{file}, line {source.unreadable}: no JSON object; name {_READS}."
    return f"{file} holds no metrics; name {_READS}."


def _config(file: Path) -> dict[str, object]:
    """What the recorder wrote of the training arguments; empty for anybody else's `config.json`. Of
    a trainer's state, what it says of the best checkpoint."""
    if file.suffix == ".json":
        state = json.loads(file.read_bytes()) if _one_json_object(file) else None
        return (
            {name: state[name] for name in _BEST if name in state}
            if isinstance(state, dict)
            else {}
        )
    if file.name != "metrics.jsonl":
        return {}
    try:
        config = json.loads((file.parent / "config.json").read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return config if isinstance(config, dict) else {}
