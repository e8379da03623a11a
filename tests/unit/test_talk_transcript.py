"""Transcripts: positions that stay, numbers in memory, bodies on disk."""

import tracemalloc

import pytest
from intern_daemon.agent.talk.transcript import LONGEST, cut
from intern_daemon.agent.talk.writer import sentences
from intern_daemon.protocol import (
    ExperimentChanged,
    Message,
    MessageChanged,
    Note,
    RunChanged,
    SessionChanged,
    Step,
    StepAdded,
    Thread,
    ThreadChanged,
)
from intern_daemon.workspace import EventStore

from .talk_history import EXPERIMENTS, RUNS, SESSION, history


@pytest.fixture
def store(tmp_path):
    store = history(tmp_path)
    yield store
    store.close()


def entries(store):
    """Kind and newest event of each entry of the session, by position."""
    return [
        (event.body.kind, event.seq)
        for event in store.events(list(store.state.transcripts.record("tiny-1").seqs))
    ]


def message(number, **more):
    told = {"id": f"tiny-1/{number}", "conversation": "tiny-1", "author": "agent", "created": 1.0}
    return MessageChanged(message=Message(**{**told, "text": "", **more}))


def test_what_changes_keeps_its_position_and_shows_its_newest_event(store):
    store.append(message(1, state="streaming"))
    before = entries(store)
    store.append(Note(session="tiny-1", text="meanwhile"))
    done = store.append(message(1, text="done"))
    after = entries(store)
    assert [kind for kind, _ in after] == [*(kind for kind, _ in before), "note"]
    assert after[-2] == ("message", done.seq)
    assert after[: len(before) - 1] == before[:-1]


def test_only_what_a_person_would_read_is_an_entry(store):
    count = len(entries(store))
    store.append(SessionChanged(session=SESSION))  # a heartbeat: the state is the same
    store.append(ExperimentChanged(experiment=EXPERIMENTS[3]))  # not judged
    store.append(RunChanged(run=RUNS[5]))  # not ended
    store.append(Note(session=None, text="about no session"))
    assert len(entries(store)) == count
    store.append(SessionChanged(session=SESSION.model_copy(update={"state": "finished"})))
    store.append(RunChanged(run=RUNS[5].model_copy(update={"state": "failed"})))
    assert [kind for kind, _ in entries(store)[count:]] == ["session", "run"]


def test_a_thread_is_one_entry_and_its_messages_are_none(store):
    thread = Thread(
        id="thread-1", session="tiny-1", path="train.py", line=1, end_line=1, commit="c",
        created=1.0,
    )  # fmt: skip
    store.append(ThreadChanged(thread=thread))
    first = store.append(message(1, thread="thread-1"))
    second = store.append(message(2, thread="thread-1"))
    resolved = thread.model_copy(update={"resolved": True})
    newest = store.append(ThreadChanged(thread=resolved))
    assert entries(store)[-1] == ("thread", newest.seq)
    assert store.state.transcripts.thread("thread-1") == [first.seq, second.seq]
    assert len(store.state.transcripts.record("tiny-1").messages) == 2


def test_steps_are_kept_as_numbers_and_read_from_the_log(tmp_path):
    store = EventStore(tmp_path / "state.db")
    store._db.execute("pragma synchronous = off")  # a power cut is not what is tested
    for number in range(1, 1001):
        step = Step(session="s", number=number, thought="", code="", observation="x" * 20_000)
        store.append(StepAdded(step=step))
    store.close()
    tracemalloc.start()
    store = EventStore(tmp_path / "state.db")
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert held < 1_000_000, "twenty megabytes of observations stay on disk"
    assert store.state.steps == {"s": 1000}
    (event,) = store.events([store.state.transcripts.record("s").steps[499]])
    assert event.body.step.number == 500
    store.close()


def test_events_come_in_the_order_asked_for_and_unknown_ones_are_left_out(store):
    assert [event.seq for event in store.events([3, 999, 1])] == [3, 1]
    many = list(range(store.head, 0, -1)) * 100
    assert [event.seq for event in store.events(many)] == many


def test_a_long_text_is_cut_in_its_middle():
    text = "a" * LONGEST + "b" * 1000 + "c" * LONGEST
    told = cut(text)
    assert told.startswith("a" * (LONGEST // 2) + "\n")
    assert told.endswith("\n" + "c" * (LONGEST // 2))
    assert "5,000 characters left out" in told


@pytest.mark.parametrize(
    "text",
    [
        "",
        "One.",
        "One. Two: three? Four",
        "A line\n\nanother one, 0.3 above.\n- item\n",
        "```sh\npython train.py\n```",
        "tail \n",
        "🙂. [train.py:41](intern:file/train.py#L41). End",
    ],
)
def test_the_pieces_of_a_text_add_up_to_it(text):
    assert "".join(sentences(text)) == text
    assert all(sentences(text))
