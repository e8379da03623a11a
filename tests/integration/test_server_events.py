"""Subscriptions: replay, then live, without gap or duplicate, however slow the client reads."""

import asyncio
import runpy
import threading
from pathlib import Path

import pytest
from intern_daemon.protocol import Note
from intern_daemon.server.follower import Follower
from intern_daemon.workspace import EventStore

example = runpy.run_path(str(Path(__file__).with_name("server_example.py")))
Peer, served = example["Peer"], example["served"]


@pytest.fixture
async def daemon(tmp_path):
    async with served(tmp_path) as (service, endpoint):
        yield service, endpoint


async def subscribed(endpoint, since):
    peer = await Peer.reach(endpoint.address)
    await peer.initialize()
    asked = peer.post("intern/subscribe", {"since": since})
    first = await peer.receive()
    assert first["id"] == asked, "the answer precedes the first event"
    assert first["result"]["head"] >= since
    return peer


async def next_event(peer):
    message = await peer.receive()
    assert message["method"] == "intern/event"
    return message["params"]


def append(store, count, size=1):
    for number in range(count):
        store.append(Note(session=None, text=f"{number}" * size))


async def test_a_subscriber_gets_what_it_missed_and_then_what_comes(daemon):
    service, endpoint = daemon
    append(service.store, 3)
    peer = await subscribed(endpoint, since=2)
    assert [(await next_event(peer))["seq"] for _ in range(2)] == [3, 4]
    append(service.store, 1)
    event = await next_event(peer)
    assert (event["seq"], event["body"]["kind"], event["body"]["text"]) == (5, "note", "0")
    peer.close()


async def test_no_event_is_lost_or_repeated_over_reconnects_under_load(daemon):
    service, endpoint = daemon
    count = 2000
    writer = threading.Thread(target=append, args=(service.store, count))
    watcher = await subscribed(endpoint, since=0)
    writer.start()
    seen = []
    while len(seen) < count + 1:
        peer = await subscribed(endpoint, since=seen[-1] if seen else 0)
        wanted = min(307, count + 1 - len(seen))
        seen += [(await next_event(peer))["seq"] for _ in range(wanted)]
        peer.close()
    await asyncio.to_thread(writer.join)
    assert seen == list(range(1, count + 2))
    assert [(await next_event(watcher))["seq"] for _ in range(count + 1)] == seen
    watcher.close()


async def test_subscribing_again_on_one_connection_starts_over_from_since(daemon):
    service, endpoint = daemon
    append(service.store, 4)
    peer = await subscribed(endpoint, since=5)
    again = peer.post("intern/subscribe", {"since": 1})
    assert (await peer.receive())["id"] == again
    append(service.store, 1)
    assert [(await next_event(peer))["seq"] for _ in range(5)] == [2, 3, 4, 5, 6]
    peer.close()


async def test_a_client_that_does_not_read_lags_and_holds_no_memory(daemon):
    service, endpoint = daemon
    letters, events = 20_000, 400  # eight megabytes: far above what sockets buffer
    slow = await subscribed(endpoint, since=0)
    (connection,) = endpoint.connections
    most = 0

    async def watch():
        nonlocal most
        while service.store.head <= events:
            most = max(most, connection.unsent)
            await asyncio.sleep(0.001)

    watching = asyncio.create_task(watch())
    await asyncio.to_thread(append, service.store, events, letters // 3)
    await watching
    assert 0 < most < 64 * 1024 + 2 * letters, "the high-water mark and the event that crossed it"
    assert connection.follower.cursor < service.store.head
    other = await subscribed(endpoint, since=service.store.head - 1)
    assert (await next_event(other))["seq"] == service.store.head, "others do not wait for it"
    expected = list(range(1, service.store.head + 1))
    assert [(await next_event(slow))["seq"] for _ in expected] == expected
    slow.close()
    other.close()


async def test_a_client_that_takes_no_answers_is_not_read(daemon):
    _, endpoint = daemon
    peer = await Peer.reach(endpoint.address)
    await peer.initialize()
    (connection,) = endpoint.connections
    long = "x" * 50_000
    sent = 0
    peer.writer.transport.set_write_buffer_limits(high=0)
    while True:
        peer.post("intern/run/log", {"run": long})
        sent += 1
        try:
            await asyncio.wait_for(peer.writer.drain(), 0.5)
        except TimeoutError:
            break
    assert connection.unsent < 256 * 1024 + 50_000 * 4
    assert sent * len(long) < 16 * 1024 * 1024
    for _ in range(sent):
        assert "result" in await peer.receive()
    peer.close()


class RacingStore(EventStore):
    """Appends an event at the very end of the first reading that finds nothing."""

    raced = False

    def replay(self, since):
        found = list(super().replay(since))
        if not found and not self.raced and since:
            self.raced = True
            append(self, 1)
        return iter(found)


async def test_an_event_that_comes_between_reading_and_waiting_is_sent(tmp_path):
    store = RacingStore(tmp_path / "state.db")
    append(store, 1)
    sent = asyncio.Queue()
    follower = Follower(store, 0, sent.put)
    async with asyncio.timeout(10):
        assert [(await sent.get()).seq for _ in range(2)] == [1, 2]
    follower.stop()
    store.close()


async def test_a_subscriber_that_leaves_is_forgotten(daemon):
    service, endpoint = daemon
    peer = await subscribed(endpoint, since=0)
    assert len(service.store._listeners) == 1
    peer.close()
    while endpoint.connections:
        await asyncio.sleep(0.01)
    assert not service.store._listeners
    append(service.store, 1)


async def test_the_daemon_ends_while_a_client_does_not_read(tmp_path):
    async with served(tmp_path) as (service, endpoint):
        slow = await subscribed(endpoint, since=0)
        await asyncio.to_thread(append, service.store, 100, 20_000)
    slow.close()
