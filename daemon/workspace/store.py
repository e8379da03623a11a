"""The event store: an append-only log in SQLite, and the state that remains when it is folded."""

import os
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

from ..errors import DiskFull, StoreDamaged
from ..protocol import (
    Event,
    Experiment,
    ExperimentChanged,
    FindingsChanged,
    Happening,
    HunkDecided,
    Landed,
    MetricsArrived,
    Run,
    RunChanged,
    Session,
    SessionChanged,
    Step,
    StepAdded,
)
from .redaction import Redaction
from .room import no_room

SCHEMA = """
create table if not exists events (
    seq integer primary key autoincrement,
    time real not null,
    kind text not null,
    body text not null
)
"""


RESERVE = 256 * 1024
"""Bytes kept back on the disk: enough for the last words of a session when it is full."""


class State:
    """What the events add up to. Folding an event twice changes nothing."""

    def __init__(self) -> None:
        self.head = 0
        self.sessions: dict[str, Session] = {}
        self.experiments: dict[str, Experiment] = {}
        self.runs: dict[str, Run] = {}
        self.findings: dict[str, FindingsChanged] = {}
        self.steps: dict[str, list[Step]] = {}
        self.hunks: dict[tuple[str, str], HunkDecided] = {}
        self.landings: dict[str, Landed] = {}

    def fold(self, event: Event) -> None:
        """Take one event in, in order of `seq`."""
        if event.seq <= self.head:
            return
        self.head = event.seq
        match event.body:
            case SessionChanged(session=session):
                self.sessions[session.id] = session
            case ExperimentChanged(experiment=experiment):
                self.experiments[experiment.id] = experiment
            case RunChanged(run=run):
                self.runs[run.id] = run
            case MetricsArrived(run=run_id, progress=progress) if run_id in self.runs:
                self.runs[run_id] = self.runs[run_id].model_copy(update={"progress": progress})
            case FindingsChanged() as found:
                self.findings[found.run] = found
            case StepAdded(step=step):
                self.steps.setdefault(step.session, []).append(step)
            case HunkDecided() as decided:
                self.hunks[decided.session, decided.hunk] = decided
            case Landed() as landed:
                self.landings[landed.session] = landed
            case _:
                pass  # notes and file changes leave no state

    def session_runs(self, session_id: str) -> list[Run]:
        return [run for run in self.runs.values() if run.session == session_id]

    def session_experiments(self, session_id: str) -> list[Experiment]:
        """In the order of their numbers."""
        mine = [e for e in self.experiments.values() if e.session == session_id]
        return sorted(mine, key=lambda experiment: experiment.number)

    def newest_session(self) -> Session | None:
        return max(self.sessions.values(), key=lambda session: session.created, default=None)


class EventStore:
    """The log of one workspace. One writer process: the daemon. Thread-safe within it.

    Args:
        path: the SQLite file; made when missing.

    Raises:
        StoreDamaged: the file is not a database of ours.
        DiskFull: there is no room to open it.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._reserve = path.with_suffix(".reserve")
        self._lock = threading.RLock()
        self._listeners: list[Callable[[Event], None]] = []
        self._redaction = Redaction(os.environ)
        self.state = State()
        try:
            self._db = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
            self._db.execute("pragma journal_mode = wal")
            # WAL with NORMAL survives kill -9 of the process; FULL also survives a power cut, and
            # the log gets some ten events a second at most.
            self._db.execute("pragma synchronous = full")
            self._db.execute(SCHEMA)
            for event in self.replay(0):
                self.state.fold(event)
        except sqlite3.DatabaseError as error:
            if no_room(path.parent):
                raise DiskFull(
                    f"{path} can't be opened, for its disk is full; free some space."
                ) from error
            raise StoreDamaged(
                f"{path} can't be read ({error}); move it away and start again, runs and reports "
                "stay in .intern/runs and .intern/reports."
            ) from error
        self.hold_reserve()

    @property
    def head(self) -> int:
        return self.state.head

    def append(self, body: Happening) -> Event:
        """Write one event durably, fold it, then tell the listeners.

        Secrets are taken out first: what a training said last becomes a message, a note, a report.

        Raises:
            DiskFull: there is no room; nothing was written and nothing changed.
        """
        text = body.model_dump_json(by_alias=True)
        if (clean := self._redaction.json(text)) is not text:
            text, body = clean, type(body).model_validate_json(clean)
        with self._lock:
            now = time.time()
            try:
                cursor = self._db.execute(
                    "insert into events (time, kind, body) values (?, ?, ?)",
                    (now, body.kind, text),
                )
            except sqlite3.OperationalError as error:
                raise DiskFull(
                    f"{self.path} can't be written ({error}); free some disk space, then run "
                    "`intern improve --resume`."
                ) from error
            assert cursor.lastrowid is not None
            event = Event(seq=cursor.lastrowid, time=now, body=body)
            self.state.fold(event)
            listeners = list(self._listeners)
            for listener in listeners:
                listener(event)
        return event

    def append_last(self, body: Happening) -> Event:
        """As `append`, with the reserve when the disk is full: for words that nobody may miss.

        Raises:
            DiskFull: the reserve was not enough, or is used up.
        """
        try:
            return self.append(body)
        except DiskFull:
            self._reserve.unlink(missing_ok=True)
            return self.append(body)

    def hold_reserve(self) -> None:
        """Keep room for `append_last`, where there is some."""
        with suppress(OSError):
            if not self._reserve.exists() or self._reserve.stat().st_size < RESERVE:
                self._reserve.write_bytes(bytes(RESERVE))

    def replay(self, since: int) -> Iterator[Event]:
        """Events after `since`, oldest first."""
        while True:
            with self._lock:
                rows = self._db.execute(
                    "select seq, time, body from events where seq > ? order by seq limit 500",
                    (since,),
                ).fetchall()
            if not rows:
                return
            for seq, when, body in rows:
                yield Event.model_validate_json(f'{{"seq":{seq},"time":{when!r},"body":{body}}}')
            since = rows[-1][0]

    def listen(self, listener: Callable[[Event], None]) -> Callable[[], None]:
        """Call `listener` after each append, in order, from the appending thread.

        Returns:
            A function that ends it.
        """
        with self._lock:
            self._listeners.append(listener)

        def end() -> None:
            with self._lock:
                self._listeners.remove(listener)

        return end

    def close(self) -> None:
        with self._lock:
            self._db.close()
