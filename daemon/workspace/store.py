"""The event store: an append-only log in SQLite, and the state that it adds up to."""

import os
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from ..errors import DiskFull, StoreDamaged
from ..protocol import Event, Happening
from .redaction import Redaction
from .room import no_room
from .state import State

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
                yield _event(seq, when, body)
            since = rows[-1][0]

    def events(self, seqs: Sequence[int]) -> list[Event]:
        """The events of these numbers, in the order asked for; what is not there is left out."""
        found: dict[int, Event] = {}
        for at in range(0, len(seqs), 500):
            wanted = [int(seq) for seq in seqs[at : at + 500]]
            marks = ",".join("?" * len(wanted))
            with self._lock:
                rows = self._db.execute(
                    f"select seq, time, body from events where seq in ({marks})", wanted
                ).fetchall()
            found.update((row[0], _event(*row)) for row in rows)
        return [found[seq] for seq in seqs if seq in found]

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


def _event(seq: int, when: float, body: str) -> Event:
    return Event.model_validate_json(f'{{"seq":{seq},"time":{when!r},"body":{body}}}')
