"""The event log and the state that it adds up to."""

import json
import os
import signal
import subprocess
import sys
import threading

import pytest
from intern_daemon.errors import StoreDamaged
from intern_daemon.protocol import MetricsArrived, Note, Run, RunChanged, RunProgress
from intern_daemon.workspace import EventStore

WRITER = """
import sys
from pathlib import Path
from intern_daemon.protocol import Note
from intern_daemon.workspace import EventStore
store = EventStore(Path(sys.argv[1]))
number = 0
while True:
    print(store.append(Note(session=None, text=str(number))).seq, flush=True)
    number += 1
"""


def run(**changes):
    return Run(**{"id": "run-0001", "commit": "c", "command": "x", "python": "p", "created": 1.0})


def test_state_is_the_same_after_opening_again(tmp_path):
    store = EventStore(tmp_path / "state.db")
    store.append(RunChanged(run=run()))
    store.append(MetricsArrived(run="run-0001", progress=RunProgress(step=5, loss=float("nan"))))
    store.close()
    again = EventStore(tmp_path / "state.db")
    assert again.state.runs["run-0001"].progress.step == 5
    assert again.head == 2


def test_sequence_numbers_have_no_gap_with_many_threads(tmp_path):
    store = EventStore(tmp_path / "state.db")

    def write():
        for _ in range(50):
            store.append(Note(session=None, text="x"))

    threads = [threading.Thread(target=write) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [event.seq for event in store.replay(0)] == list(range(1, 201))


def test_listeners_hear_every_event_in_order(tmp_path):
    store = EventStore(tmp_path / "state.db")
    heard = []
    end = store.listen(lambda event: heard.append(event.seq))
    store.append(Note(session=None, text="a"))
    store.append(Note(session=None, text="b"))
    end()
    store.append(Note(session=None, text="c"))
    assert heard == [1, 2]


def test_what_was_acknowledged_survives_kill_9(tmp_path):
    path = tmp_path / "state.db"
    writer = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(path)], stdout=subprocess.PIPE, text=True
    )
    for _ in range(100):
        acknowledged = int(writer.stdout.readline())
    os.kill(writer.pid, signal.SIGKILL)
    writer.wait()
    store = EventStore(path)
    assert store.head >= acknowledged
    assert [event.seq for event in store.replay(0)] == list(range(1, store.head + 1))


def test_a_not_a_number_travels_as_a_string(tmp_path):
    store = EventStore(tmp_path / "state.db")
    event = store.append(MetricsArrived(run="r", progress=RunProgress(loss=float("nan"))))
    assert json.loads(json.dumps(event.wire()))["body"]["progress"]["loss"] == "NaN"


def test_a_file_that_is_no_database_is_told_in_one_sentence(tmp_path):
    path = tmp_path / "state.db"
    path.write_text("this is not a database, and it is long enough to be looked at" * 10)
    with pytest.raises(StoreDamaged, match="move it away"):
        EventStore(path)
