"""Rows from Trackio's SQLite database (`$TRACKIO_DIR/<project>.db`)."""

import json
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from ..row import Row, read_row
from .source import Cursor, count, text


class TrackioSource:
    """Follows one run in a Trackio database that another process writes.

    Trackio's `step` counts logs; the trainer's own is `train/global_step` inside the JSON.
    Its `timestamp` is when the row was sent, up to half a second late.

    Args:
        path: the database, or a folder of them; the first one with rows is taken.
        run: id of the run in it; None: the first that has rows.
        cursor: where an earlier source stopped.
    """

    def __init__(self, path: Path, run: str | None = None, cursor: Cursor | None = None) -> None:
        self._path = path
        self._name = text(cursor, "database")
        self._run = text(cursor, "run") or run
        self._id = count(cursor, "id")
        self.total_steps: int | None = None

    @property
    def cursor(self) -> Cursor:
        return {"database": self._name, "run": self._run, "id": self._id}

    def poll(self, final: bool = False) -> list[Row]:
        for path in self._databases():
            rows = self._read(path)
            if rows:
                self._name = path.name
                return rows
        return []

    def _databases(self) -> list[Path]:
        if not self._path.is_dir():
            return [self._path] if self._path.is_file() else []
        if self._name is not None:
            return [self._path / self._name]
        return sorted(self._path.glob("*.db"))

    def _read(self, path: Path) -> list[Row]:
        try:
            with closing(connect(path)) as database:
                run_id = run_column(database)
                if self._run is None:
                    first = f"select {run_id} from metrics order by id limit 1"
                    found = database.execute(first).fetchone()
                    if found is None:
                        return []
                    self._run = str(found[0])
                fresh = database.execute(
                    f"select id, step, timestamp, metrics from metrics"
                    f" where id > ? and {run_id} = ? order by id",
                    (self._id, self._run),
                ).fetchall()
        except sqlite3.Error:
            return []  # not made yet, or locked at this moment: the next poll reads it
        rows: list[Row] = []
        for number, step, timestamp, metrics in fresh:
            self._id = number
            try:
                logs = json.loads(metrics)
            except ValueError:
                continue
            if isinstance(logs, dict):
                row = read_row(logs, step=step, time=read_time(timestamp))
                if row is not None:
                    rows.append(row)
        return rows


def connect(path: Path) -> sqlite3.Connection:
    """Open a database for reading only, without waiting long for its writer."""
    return sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True, timeout=1.0)


def run_column(database: sqlite3.Connection) -> str:
    """Column that tells runs apart: older versions of Trackio have no `run_id`.

    Raises:
        sqlite3.Error: there is no table of metrics.
    """
    columns = {row[1] for row in database.execute("pragma table_info(metrics)")}
    return "run_id" if "run_id" in columns else "run_name"


def newest_run(path: Path) -> str | None:
    """Id of the run that logged last; None when there is none.

    Raises:
        sqlite3.Error: the file is no Trackio database.
    """
    with closing(connect(path)) as database:
        newest = f"select {run_column(database)} from metrics order by id desc limit 1"
        found = database.execute(newest).fetchone()
    return None if found is None else str(found[0])


def read_time(timestamp: object) -> float | None:
    """UTC seconds of an ISO 8601 time; one without a zone is UTC."""
    try:
        when = datetime.fromisoformat(str(timestamp))
    except ValueError:
        return None
    return (when if when.tzinfo else when.replace(tzinfo=UTC)).timestamp()
