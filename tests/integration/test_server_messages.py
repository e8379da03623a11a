"""What the daemon answers to good, bad and broken messages, over a raw socket."""

import asyncio
import json
import logging
import runpy
import stat
from pathlib import Path

import pytest
from intern_daemon import __version__
from intern_daemon.server.framing import LARGEST

example = runpy.run_path(str(Path(__file__).with_name("server_example.py")))
Peer, served = example["Peer"], example["served"]


@pytest.fixture
async def daemon(tmp_path):
    async with served(tmp_path) as (service, endpoint):
        yield service, endpoint


@pytest.fixture
async def peer(daemon):
    peer = await Peer.reach(daemon[1].address)
    yield peer
    peer.close()


@pytest.fixture
async def client(peer):
    await peer.initialize()
    return peer


async def test_a_plain_lsp_client_is_told_the_newest_protocol(peer, tmp_path):
    answer = await peer.initialize()
    assert answer["result"]["capabilities"]["experimental"]["intern"] == {
        "protocol": 1,
        "version": __version__,
        "root": str(tmp_path),
    }
    assert answer["result"]["serverInfo"]["name"] == "intern"


async def test_ranges_that_overlap_agree_on_the_newest_common_version(peer):
    answer = await peer.initialize(protocol={"min": 1, "max": 7})
    assert answer["result"]["capabilities"]["experimental"]["intern"]["protocol"] == 1


async def test_ranges_that_do_not_overlap_are_one_clear_sentence(peer):
    answer = await peer.initialize(protocol={"min": 8, "max": 9})
    assert answer["error"] == {
        "code": -32001,
        "message": "The client speaks protocol 8 to 9, this daemon 1 to 1; update the older one, "
        "then run `intern stop-daemon`.",
        "data": {"type": "ProtocolMismatch"},
    }
    assert "result" in await peer.initialize(protocol={"min": 1, "max": 1})


async def test_a_request_before_initialize_is_refused(peer):
    answer = await peer.ask("intern/status")
    assert answer["error"]["code"] == -32002


@pytest.mark.parametrize(
    ("method", "params", "error"),
    [
        ("intern/nothing", {}, (-32601, "There is no method 'intern/nothing'.")),
        ("textDocument/rename", {}, (-32601, "There is no method 'textDocument/rename'.")),
        ("intern/land/undo", {}, (-32601, "There is no method 'intern/land/undo'.")),
        (
            "intern/run/stop",
            None,
            (-32602, "intern/run/stop: `run` is missing; add it to params."),
        ),
        (
            "intern/run/launch",
            {"seed": "two"},
            (
                -32602,
                "intern/run/launch: `seed` can't be used: input should be a valid integer, unable "
                "to parse string as an integer.",
            ),
        ),
        ("intern/run/stop", [1], (-32602, "intern/run/stop: params must be an object.")),
        ("workspace/executeCommand", {"command": "x"}, (-32602, None)),
        (
            "textDocument/didOpen",
            {"textDocument": {"uri": "file:///a"}},
            (
                -32602,
                "textDocument/didOpen: `textDocument.languageId` is missing; add it to params.",
            ),
        ),
        (
            "intern/subscribe",
            {"since": 99},
            (
                -32602,
                "intern/subscribe: `since` is 99, but the log ends at 1; it was begun anew, "
                "subscribe from 0.",
            ),
        ),
        ("initialize", {"capabilities": {}}, (-32600, "`initialize` was answered already.")),
        ("intern/gc", {}, (-32603, "internal error; see .intern/daemon.log")),
    ],
)
async def test_a_bad_request_is_answered_with_its_code_and_one_sentence(
    client, method, params, error
):
    answer = await client.ask(method, params)
    code, message = error
    assert answer["error"]["code"] == code
    assert message is None or answer["error"] == {"code": code, "message": message}
    assert "result" in await client.ask("intern/status")


async def test_an_error_of_ours_keeps_its_class_and_sentence(client):
    answer = await client.ask("intern/run/stop", {"run": "r9"})
    assert answer["error"] == {
        "code": -32000,
        "message": "There is no run r9; list them with `intern runs`.",
        "data": {"type": "UnknownRun"},
    }


async def test_a_bug_leaves_its_traceback_in_the_log_and_nothing_on_the_wire(client, caplog):
    answer = await client.ask("intern/gc")
    assert "hunter2" not in json.dumps(answer)
    assert "hunter2" in caplog.text


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"{not json", -32700),
        (b"", -32700),
        (b"\xff\xfe", -32700),
        (b'{"jsonrpc": "2.0", "id": 1, "method": "intern/status", "params": NaN}', -32700),
        (b"[" * 100_000, -32700),
        (b"[]", -32600),
        (b"3", -32600),
        (b'{"id": null, "method": "intern/status", "jsonrpc": "2.0"}', -32600),
        (b'{"id": true, "method": "intern/status", "jsonrpc": "2.0"}', -32600),
    ],
)
async def test_a_body_that_is_no_request_is_answered_and_the_connection_goes_on(client, body, code):
    client.send(body)
    answer = await client.receive()
    assert (answer["id"], answer["error"]["code"]) == (None, code)
    assert "result" in await client.ask("intern/status")


@pytest.mark.parametrize(
    "message",
    [
        {"id": 5, "method": "intern/status"},
        {"id": 5, "method": 3, "jsonrpc": "2.0"},
        {"id": 5, "method": "intern/status", "jsonrpc": "1.0"},
    ],
)
async def test_a_request_that_breaks_json_rpc_keeps_its_id_in_the_answer(client, message):
    client.send(message)
    answer = await client.receive()
    assert (answer["id"], answer["error"]["code"]) == (5, -32600)


@pytest.mark.parametrize("method", ["$/cancelRequest", "initialized", "textDocument/didClose"])
async def test_a_notification_that_is_sent_as_a_request_is_answered(client, method):
    assert "id" in await client.ask(method, {"id": 1})


async def test_answers_and_notifications_that_nobody_expects_are_dropped(client):
    for message in (
        {"jsonrpc": "2.0", "id": 77, "result": {}},
        {"jsonrpc": "2.0", "id": [], "result": {}},
        {"jsonrpc": "2.0", "id": 77, "error": "odd"},
        {"jsonrpc": "2.0"},
        {"jsonrpc": "2.0", "method": "no/such/notification"},
        {"jsonrpc": "2.0", "method": "textDocument/didOpen", "params": {}},
        {"jsonrpc": "2.0", "method": "$/cancelRequest"},
        {"jsonrpc": "2.0", "method": "$/cancelRequest", "params": {"id": 99}},
        {"jsonrpc": "2.0", "method": "$/setTrace", "params": {"value": "off"}},
    ):
        client.send(message)
    answer = await client.ask("intern/status")
    assert answer["result"]["clients"] == 1


async def test_params_with_jsonrpc_inside_stay_params(client):
    answer = await client.ask("intern/run/log", {"run": "r1", "more": {"jsonrpc": "2.0", "id": 3}})
    assert answer["result"]["text"] == "r1 from 0"


async def test_keys_are_camel_case_and_unknown_ones_are_ignored(client):
    answer = await client.ask("intern/run/log", {"run": "r1", "offset": 4, "fromTheFuture": 1})
    assert answer["result"] == {"text": "r1 from 4", "next": 0, "done": True}


async def test_nan_and_infinity_travel_as_strings(client):
    answer = await client.ask("intern/run/series", {"run": "r1"})
    assert answer["result"]["series"][0]["values"] == [0.5, "NaN", "Infinity"]


async def test_a_header_that_can_not_be_read_is_answered_and_ends_the_connection(client):
    client.writer.write(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
    answer = await client.receive()
    assert (answer["id"], answer["error"]["code"]) == (None, -32700)
    assert await client.reader.read() == b""


async def test_an_endless_header_line_ends_the_connection(client):
    client.writer.write(b"Content-Length: " + b"1" * 200_000)
    assert (await client.receive())["error"]["code"] == -32700


@pytest.mark.parametrize("part", [b"Content-Le", b"Content-Length: 40\r\n\r\n{"])
async def test_a_client_that_dies_inside_a_message_harms_nobody(daemon, client, part):
    dying = await Peer.reach(daemon[1].address)
    await dying.initialize()
    dying.writer.write(part)
    await dying.writer.drain()
    dying.close()
    assert "result" in await client.ask("intern/status")


async def test_a_message_in_many_pieces_is_one_message(client):
    body = b'{"jsonrpc": "2.0", "id": "p", "method": "intern/status"}'
    for byte in b"content-length:%d\r\nX-Other: 1\r\n\r\n%b" % (len(body), body):
        client.writer.write(bytes([byte]))
        await client.writer.drain()
        await asyncio.sleep(0)
    assert (await client.receive())["id"] == "p"


async def test_a_huge_message_is_skipped_and_the_connection_goes_on(client):
    client.writer.write(b"Content-Length: %d\r\n\r\n" % (LARGEST + 1))
    for _ in range(LARGEST >> 20):
        client.writer.write(b" " * (1 << 20))
        await client.writer.drain()
    client.writer.write(b" ")
    answer = await client.receive()
    assert answer["error"]["code"] == -32600
    assert "result" in await client.ask("intern/status")


async def test_a_cancelled_request_stops_its_handler_and_says_so(daemon, client):
    service, _ = daemon
    asked = client.post("intern/run/launch", {})
    await service.launching.wait()
    client.send({"jsonrpc": "2.0", "method": "$/cancelRequest", "params": {"id": asked}})
    answer = await client.receive()
    assert (answer["id"], answer["error"]["code"]) == (asked, -32800)
    assert service.cancelled.is_set()


async def test_an_id_in_use_is_refused_and_the_first_request_goes_on(daemon, client):
    service, _ = daemon
    client.post("intern/run/launch", {}, id="same")
    await service.launching.wait()
    client.post("intern/status", {}, id="same")
    answer = await client.receive()
    assert answer["error"]["code"] == -32600
    assert not service.cancelled.is_set()


async def test_a_request_outlives_the_client_that_sent_it(daemon):
    service, endpoint = daemon
    leaver = await Peer.reach(endpoint.address)
    await leaver.initialize()
    leaver.post("intern/land", {})
    await service.launching.wait()
    leaver.close()
    while endpoint.connections:
        await asyncio.sleep(0.01)
    service.finish.set()
    await asyncio.wait_for(service.finished.wait(), 5)


async def test_two_clients_with_the_same_ids_get_their_own_answers(daemon):
    first, second = [await Peer.reach(daemon[1].address) for _ in range(2)]
    await asyncio.gather(first.initialize(), second.initialize())
    for peer, run in ((first, "a"), (second, "b")):
        for number in range(50):
            peer.post("intern/run/log", {"run": run, "offset": number}, id=number)
    for peer, run in ((first, "a"), (second, "b")):
        texts = {
            (answer := await peer.receive())["id"]: answer["result"]["text"] for _ in range(50)
        }
        assert texts == {number: f"{run} from {number}" for number in range(50)}
    first.close()
    assert (await second.ask("intern/status"))["result"]["clients"] in (1, 2)


async def test_a_flood_of_requests_is_answered_one_by_one(client):
    count = 1000

    async def flood():
        for number in range(count):
            client.post("intern/run/log", {"run": "r", "offset": number})
            await client.writer.drain()

    sending = asyncio.create_task(flood())
    answers = [await client.receive() for _ in range(count)]
    await sending
    assert len({answer["id"] for answer in answers}) == count


async def test_shutdown_and_exit_end_the_connection_and_not_the_daemon(daemon, client):
    other = await Peer.reach(daemon[1].address)
    await other.initialize()
    answer = await client.ask("shutdown")
    assert answer == {"jsonrpc": "2.0", "id": answer["id"], "result": None}
    assert (await client.ask("intern/status"))["error"]["code"] == -32600
    client.send({"jsonrpc": "2.0", "method": "exit"})
    assert await client.reader.read() == b""
    assert "result" in await other.ask("intern/status")
    other.close()


async def test_a_client_can_ask_the_daemon_to_stop(daemon, client):
    assert (await client.ask("intern/shutdown"))["result"] == {}
    assert daemon[1].stopped.is_set()


async def test_documents_are_kept_as_any_language_server_does(daemon, client):
    uri = "file:///train.py"
    document = {"uri": uri, "languageId": "python", "version": 1, "text": "lr = 1"}
    client.send(
        {"jsonrpc": "2.0", "method": "textDocument/didOpen", "params": {"textDocument": document}}
    )
    await client.ask("intern/status")
    (connection,) = daemon[1].connections
    assert connection.workspace.get_text_document(uri).source == "lr = 1"
    assert not connection.protocol._request_futures


async def test_no_log_line_holds_a_message(daemon, caplog):
    caplog.set_level(logging.INFO)
    peer = await Peer.reach(daemon[1].address)
    await peer.initialize(token="tell-nobody")
    await peer.ask("intern/run/log", {"run": "tell-nobody"})
    await peer.ask("intern/run/log", {"offset": "tell-nobody"})
    assert "tell-nobody" not in caplog.text
    peer.close()


async def test_the_socket_can_be_opened_by_its_user_alone(daemon):
    address = daemon[1].address
    assert stat.S_IMODE(address.stat().st_mode) == 0o600
    assert stat.S_IMODE(address.parent.stat().st_mode) == 0o700


async def test_a_socket_file_that_is_removed_comes_back(daemon):
    _, endpoint = daemon
    assert not await endpoint.mend()
    endpoint.address.unlink()
    assert await endpoint.mend()
    again = await Peer.reach(endpoint.address)
    assert "result" in await again.initialize()
    again.close()
