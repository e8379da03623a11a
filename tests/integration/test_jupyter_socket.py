"""The WebSocket of a tab against a real jupyter-server: who gets in, and what comes through."""

import asyncio
import json
import os
import signal
from pathlib import Path
from urllib.request import HTTPCookieProcessor, build_opener

import pytest
from intern_daemon.protocol.methods import DaemonStatus, Empty
from intern_daemon.server.client import Client

pytest.importorskip("jupyter_server", reason="the extra `jupyter` is not installed")

from tornado.httpclient import AsyncHTTPClient, HTTPClientError, HTTPRequest
from tornado.websocket import websocket_connect

from .jupyter_server_run import TOKEN, JupyterServer, jupyter_server
from .small_workspace import git

pytestmark = pytest.mark.slow

HELLO = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "initialize",
    "params": {
        "processId": None,
        "rootUri": None,
        "capabilities": {},
        "initializationOptions": {"intern": {"protocol": {"min": 1, "max": 1}}},
    },
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """What the server shows: a repository of ours, one that is not, and a plain folder."""
    top = tmp_path_factory.mktemp("shown").resolve()
    for name in ("ours", "theirs"):
        (top / name).mkdir()
        git(top / name, "init", "-q")
    (top / "ours" / "intern.toml").write_text('[train]\ncommand = "python train.py"\n')
    git(top / "ours", "add", ".")
    git(top / "ours", "commit", "-q", "-m", "Start")
    (top / "plain").mkdir()
    yield top
    with Client.connect(top / "ours") as client:
        client.call("intern/shutdown", None, Empty)


@pytest.fixture(scope="module")
def server(folder, tmp_path_factory):
    with jupyter_server(folder, tmp_path_factory.mktemp("jupyter")) as running:
        yield running


class Tab:
    """What a browser's tab does."""

    def __init__(self, socket):
        self.socket = socket
        self._id = 1

    @classmethod
    async def open(cls, server: JupyterServer, path: str, **headers: str) -> "Tab":
        url = server.ws(f"intern/api/rpc?path={path}&token={TOKEN}")
        return cls(await websocket_connect(HTTPRequest(url, headers=headers)))

    async def said(self):
        message = await self.socket.read_message()
        return None if message is None else json.loads(message)

    async def hello(self):
        await self.socket.write_message(json.dumps(HELLO))
        return await self.said()

    async def ask(self, method, params=None):
        self._id += 1
        asked = {"jsonrpc": "2.0", "id": self._id, "method": method, "params": params or {}}
        await self.socket.write_message(json.dumps(asked))
        while (message := await self.said()) is not None:
            if message.get("id") == self._id:
                return message
        return None


async def refused(request: HTTPRequest) -> int:
    with pytest.raises(HTTPClientError) as failure:
        await websocket_connect(request)
    return failure.value.code


async def test_a_tab_speaks_to_the_daemon_of_its_repository(server, folder):
    tab = await Tab.open(server, "ours/intern.toml")
    welcome = await tab.hello()
    intern = welcome["result"]["capabilities"]["experimental"]["intern"]
    assert intern["root"] == str(folder / "ours")
    status = await tab.ask("intern/status")
    assert status["result"]["clients"] >= 1


async def test_without_a_token_nobody_gets_in(server):
    url = server.ws("intern/api/rpc?path=ours")
    assert await refused(HTTPRequest(url)) == 403
    assert await refused(HTTPRequest(f"{url}&token=wrong")) == 403


async def test_a_page_of_another_origin_does_not_get_in_with_the_users_cookie(server):
    opener = build_opener(HTTPCookieProcessor())
    answer = await asyncio.to_thread(opener.open, server.http(f"api/status?token={TOKEN}"))
    cookie = "; ".join(
        value.split(";")[0] for name, value in answer.headers.items() if name == "Set-Cookie"
    )
    request = HTTPRequest(
        server.ws("intern/api/rpc?path=ours"),
        headers={"Cookie": cookie, "Origin": "http://evil.example"},
    )
    assert await refused(request) == 403


async def test_a_name_that_is_rebound_to_loopback_does_not_get_in(server):
    url = server.ws(f"intern/api/rpc?path=ours&token={TOKEN}")
    assert await refused(HTTPRequest(url, headers={"Host": "evil.example"})) == 403


async def test_a_place_outside_the_shown_folder_is_refused_with_a_sentence(server):
    tab = await Tab.open(server, "../../etc")
    answer = await tab.hello()
    assert "outside the folder that this server shows" in answer["error"]["message"]
    assert await tab.said() is None
    assert tab.socket.close_code == 1011


async def test_a_folder_without_a_repository_says_how_to_make_one(server):
    tab = await Tab.open(server, "plain")
    assert "git init" in (await tab.hello())["error"]["message"]


async def test_the_server_lists_the_workspaces_that_it_shows(server, folder):
    client = AsyncHTTPClient()
    headers = {"Authorization": f"token {TOKEN}"}
    request = HTTPRequest(server.http("intern/api/workspaces"), headers=headers)
    told = json.loads((await client.fetch(request)).body)
    assert told["contentsRoot"] == str(folder)
    assert told["workspaces"] == [
        {"name": "ours", "root": str(folder / "ours"), "path": "ours"},
    ]
    with pytest.raises(HTTPClientError) as failure:
        await client.fetch(server.http("intern/api/workspaces"))
    assert failure.value.code == 403


async def test_a_killed_daemon_closes_the_socket_and_the_next_one_goes_on_from_since(
    server, folder
):
    tab = await Tab.open(server, "ours")
    await tab.hello()
    before = (await tab.ask("intern/subscribe", {"since": 0}))["result"]["head"]
    pid = (await tab.ask("intern/status"))["result"]["pid"]
    os.kill(pid, signal.SIGKILL)
    while await tab.said() is not None:
        pass
    assert tab.socket.close_code == 1012
    again = await Tab.open(server, "ours")
    await again.hello()
    answer = await again.ask("intern/subscribe", {"since": before})
    assert answer["result"]["head"] >= before
    assert (await again.ask("intern/status"))["result"]["pid"] != pid


async def test_two_tabs_share_one_daemon(server):
    tabs = [await Tab.open(server, "ours") for _ in range(2)]
    for tab in tabs:
        await tab.hello()
    pids = {(await tab.ask("intern/status"))["result"]["pid"] for tab in tabs}
    assert len(pids) == 1


async def test_a_message_larger_than_tornados_own_limit_comes_through(server):
    tab = await Tab.open(server, "ours")
    await tab.hello()
    answer = await tab.ask("intern/run/log", {"run": "none", "more": "x" * (12 << 20)})
    assert "error" in answer  # there is no such run, and the daemon said so


async def test_the_daemon_outlives_the_server_and_does_not_know_its_token(folder, tmp_path_factory):
    with jupyter_server(folder, tmp_path_factory.mktemp("short")) as short:
        tab = await Tab.open(short, "ours")
        await tab.hello()
        pid = (await tab.ask("intern/status"))["result"]["pid"]
    with Client.connect(folder / "ours", start=False) as client:
        assert client.call("intern/status", None, DaemonStatus).pid == pid


async def test_a_new_daemon_does_not_inherit_the_servers_token(folder, tmp_path_factory):
    with Client.connect(folder / "ours") as client:
        client.call("intern/shutdown", None, Empty)
    with jupyter_server(folder, tmp_path_factory.mktemp("fresh")) as fresh:
        tab = await Tab.open(fresh, "ours")
        await tab.hello()
        pid = (await tab.ask("intern/status"))["result"]["pid"]
        environment = await asyncio.to_thread(Path(f"/proc/{pid}/environ").read_bytes)
    assert TOKEN.encode() not in environment


async def test_behind_a_hubs_base_url_it_works_the_same(folder, tmp_path_factory):
    home = tmp_path_factory.mktemp("hub")
    with jupyter_server(folder, home, base="/user/a.person/lab-1/") as server:
        tab = await Tab.open(server, "ours")
        assert "result" in await tab.hello()


async def test_an_authorizer_that_forbids_execute_keeps_the_user_out(folder, tmp_path_factory):
    home = tmp_path_factory.mktemp("readers")
    (home / "readers.py").write_text(
        "from jupyter_server.auth import Authorizer\n\n\n"
        "class Readers(Authorizer):\n"
        "    def is_authorized(self, handler, user, action, resource):\n"
        "        return not (action == 'execute' and resource == 'intern')\n"
    )
    config = home / "server_config.py"
    config.write_text(
        f"import sys\nsys.path.insert(0, {str(home)!r})\n"
        "from readers import Readers\nc.ServerApp.authorizer_class = Readers\n"
    )
    with jupyter_server(folder, home, f"--config={config}") as server:
        url = server.ws(f"intern/api/rpc?path=ours&token={TOKEN}")
        assert await refused(HTTPRequest(url)) == 403
