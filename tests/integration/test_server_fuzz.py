"""Whatever comes as a request is answered once: a result, or one sentence without a traceback."""

import asyncio
import json
import runpy
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from intern_daemon.protocol.methods import METHODS
from intern_daemon.server.connection import Connection
from lsprotocol import types

example = runpy.run_path(str(Path(__file__).with_name("server_example.py")))
SLOW = {"intern/run/launch", "intern/land"}  # these wait by design
# `exit` and `shutdown` have tests of their own: after them silence and refusal are right.
NAMES = sorted({*types.METHOD_TO_TYPES, *(m.name for m in METHODS)} - SLOW - {"exit", "shutdown"})

numbers = st.integers(-(2**31), 2**31) | st.floats(allow_nan=False, allow_infinity=False)
leaves = st.none() | st.booleans() | numbers | st.text(max_size=8)
keys = st.sampled_from(
    ["run", "since", "session", "textDocument", "uri", "jsonrpc", "id", "method"]
)
values = st.recursive(
    leaves,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(keys | st.text(max_size=5), inner, max_size=4)
    ),
    max_leaves=12,
)
requests = st.fixed_dictionaries(
    {
        "jsonrpc": st.just("2.0"),
        "id": st.integers() | st.text(max_size=5),
        "method": st.sampled_from(NAMES) | st.text(max_size=8),
    },
    optional={"params": values},
)


class Recorded(Connection):
    """Keeps what it would send."""

    def post(self, message):
        self.sent = [*getattr(self, "sent", []), json.loads(message.partition(b"\r\n\r\n")[2])]


async def answers(service, message, initialized):
    connection = Recorded(service)
    if initialized:
        hello = {"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": {"capabilities": {}}}
        connection.protocol.receive(json.dumps(hello).encode())
        connection.sent.clear()
    connection.protocol.receive(json.dumps(message).encode())
    while running := list(connection.protocol._request_futures.values()):
        await asyncio.wait(running)
        await asyncio.sleep(0)
    if connection.follower is not None:
        connection.follower.stop()
    return [sent for sent in getattr(connection, "sent", []) if "method" not in sent]


@pytest.fixture(scope="module")
def service(tmp_path_factory):
    service = example["Example"](tmp_path_factory.mktemp("fuzz"))
    yield service
    service.store.close()


@settings(max_examples=200, deadline=None)
@given(message=requests, initialized=st.sampled_from([True, True, True, False]))
def test_each_request_gets_one_answer(service, message, initialized):
    (answer,) = asyncio.run(answers(service, message, initialized))
    assert answer["id"] == message["id"]
    assert ("result" in answer) != ("error" in answer)
    if "error" in answer:
        said = answer["error"]["message"]
        assert said and "\n" not in said and "Traceback" not in said
        expected_bug = message["method"] == "intern/gc"
        assert answer["error"]["code"] != -32603 or expected_bug, said
