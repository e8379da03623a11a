"""Pieces of messages on the wire: in their place between the events, dropped for the slow."""

import asyncio

from intern_daemon.protocol import Delta, Message, MessageChanged
from intern_daemon.server.follower import MOST_DELTAS, Follower
from intern_daemon.workspace import Deltas, EventStore


def message(state, text=""):
    told = Message(
        id="chat-1/1", conversation="chat-1", author="agent", text=text, state=state, created=1.0
    )
    return MessageChanged(message=told)


def write(store, deltas, pieces):
    """One message as it is written: begun, said in pieces, ended."""
    store.append(message("streaming"))
    for piece in pieces:
        deltas.send(Delta(conversation="chat-1", message="chat-1/1", offset=0, text=piece))
    store.append(message("done", "".join(pieces)))


async def test_pieces_come_between_the_events_that_begin_and_end_their_message(tmp_path):
    store = EventStore(tmp_path / "state.db")
    deltas = Deltas(store)
    sent = asyncio.Queue()
    follower = Follower(store, 0, sent.put, deltas)
    write(store, deltas, ["one ", "two"])
    write(store, deltas, ["three"])
    async with asyncio.timeout(10):
        told = [await sent.get() for _ in range(7)]
    assert [one.text if isinstance(one, Delta) else one.body.message.state for one in told] == [
        "streaming", "one ", "two", "done", "streaming", "three", "done",
    ]  # fmt: skip
    follower.stop()
    store.close()


async def test_a_client_that_does_not_read_loses_pieces_and_no_event(tmp_path):
    store = EventStore(tmp_path / "state.db")
    deltas = Deltas(store)
    sent, room = [], asyncio.Event()

    async def send(told):
        await room.wait()
        sent.append(told)

    follower = Follower(store, 0, send, deltas)
    write(store, deltas, [f"{number} " for number in range(3 * MOST_DELTAS)])
    room.set()
    async with asyncio.timeout(10):
        while len(sent) < 2 + MOST_DELTAS:
            await asyncio.sleep(0)
    states = [one.body.message.state for one in sent if not isinstance(one, Delta)]
    assert states == ["streaming", "done"]
    pieces = [one.text for one in sent if isinstance(one, Delta)]
    assert pieces == [f"{number} " for number in range(2 * MOST_DELTAS, 3 * MOST_DELTAS)]
    assert sent[-1].body.message.text.startswith("0 1 2 "), "the event has the whole text"
    follower.stop()
    assert not deltas._listeners
    store.close()


async def test_a_piece_reaches_a_client_that_waits_for_events(tmp_path):
    store = EventStore(tmp_path / "state.db")
    deltas = Deltas(store)
    sent = asyncio.Queue()
    follower = Follower(store, 0, sent.put, deltas)
    store.append(message("streaming"))
    async with asyncio.timeout(10):
        await sent.get()
        deltas.send(Delta(conversation="chat-1", message="chat-1/1", offset=0, text="now"))
        assert (await sent.get()).text == "now"
    follower.stop()
    store.close()
