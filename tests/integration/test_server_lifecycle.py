"""One daemon per repository, found, started, killed and found again, with real processes."""

import json
import os
import runpy
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import psutil
import pytest
from intern_daemon.errors import (
    BadInput,
    ConnectionLost,
    DaemonUnreachable,
    InternError,
    NoRepository,
    UnknownRun,
)
from intern_daemon.protocol import Params
from intern_daemon.protocol.methods import (
    Collect,
    Collected,
    DaemonStatus,
    Empty,
    LogChunk,
    ReadLog,
    RunRef,
)
from intern_daemon.protocol.runs import Run
from intern_daemon.server.client import Client
from intern_daemon.server.locate import find_or_start, find_root, reach
from intern_daemon.server.lock import FileLock

SCRIPT = str(Path(__file__).with_name("server_example.py"))
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals and modes of POSIX")


def command(root, *more):
    return [sys.executable, SCRIPT, "serve", "--root", str(root), "--detached", *more]


def holder(root):
    """Process id of the daemon that holds the lock, if any."""
    lock = root / ".intern" / "daemon.lock"
    return int(lock.read_text().split("\n")[0]) if lock.exists() and lock.read_text() else None


def gone(pid):
    with suppress(psutil.NoSuchProcess):
        found = psutil.Process(pid)
        while found.is_running() and found.status() != psutil.STATUS_ZOMBIE:
            time.sleep(0.01)


@pytest.fixture
def root(tmp_path):
    root = tmp_path / "a répository"
    root.mkdir()
    (root / ".git").mkdir()
    yield root
    pid = holder(root)
    if pid and psutil.pid_exists(pid):
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
        gone(pid)


@pytest.fixture
def daemon(root):
    find_or_start(str(root), command(root))
    return root


def test_ten_processes_at_once_start_one_daemon(root):
    code = (
        "import sys; from intern_daemon.server.locate import find_or_start;"
        "print(find_or_start(sys.argv[1], sys.argv[2:]))"
    )
    starters = [
        subprocess.Popen(
            [sys.executable, "-c", code, str(root), *command(root)], stdout=subprocess.PIPE
        )
        for _ in range(10)
    ]
    said = {starter.communicate()[0].decode().strip() for starter in starters}
    assert {starter.returncode for starter in starters} == {0}
    assert len(said) == 1
    with Client.connect(root, start=False) as client:
        events = client.events()
        assert next(events).body.text == f"started {holder(root)}"
        assert client.call("intern/status", None, DaemonStatus).head == 1, "one start, one event"


def test_a_killed_daemon_is_replaced_and_its_events_are_still_there(daemon):
    first = holder(daemon)
    with Client.connect(daemon, start=False) as client:
        events = client.events()
        before = next(events)
        os.kill(first, signal.SIGKILL)
        with pytest.raises(ConnectionLost):
            next(events)
        with pytest.raises(ConnectionLost):
            client.call("intern/status", None, DaemonStatus)
    find_or_start(str(daemon), command(daemon))
    second = holder(daemon)
    assert second != first
    with Client.connect(daemon, start=False) as client:
        events = client.events()
        assert next(events) == before
        assert next(events).body.text == f"started {second}"


def test_a_terminated_daemon_removes_its_socket_and_lets_go_of_the_lock(daemon):
    pid = holder(daemon)
    os.kill(pid, signal.SIGTERM)
    gone(pid)
    assert reach(str(daemon)) is None
    lock = FileLock(str(daemon / ".intern" / "daemon.lock"))
    assert lock.acquire()
    lock.release()
    log = (daemon / ".intern" / "daemon.log").read_text()
    assert log.rstrip().endswith("ended")
    assert "Traceback" not in log


def test_a_successor_waits_for_a_daemon_that_is_still_ending(root):
    (root / ".intern").mkdir()
    ending = FileLock(str(root / ".intern" / "daemon.lock"))
    assert ending.acquire()
    successor = subprocess.Popen(command(root), stderr=subprocess.DEVNULL)
    with pytest.raises(subprocess.TimeoutExpired):
        successor.wait(timeout=1)
    ending.release()
    assert successor.wait(timeout=30) == 0
    assert holder(root)


def test_the_daemon_stops_when_a_client_asks(daemon):
    pid = holder(daemon)
    with Client.connect(daemon, start=False) as client:
        client.call("intern/shutdown", Params(), Empty)
    gone(pid)
    with pytest.raises(DaemonUnreachable, match="No daemon runs for"):
        Client.connect(daemon, start=False)


def test_an_idle_daemon_ends_by_itself(root):
    find_or_start(str(root), command(root, "--idle-hours", "0.0001"))
    gone(holder(root))
    assert "nobody came for 0.0 hours" in (root / ".intern" / "daemon.log").read_text()


def test_a_daemon_whose_workspace_was_removed_ends(daemon):
    pid = holder(daemon)
    subprocess.run(["rm", "-rf", str(daemon)], check=True)
    gone(pid)


def test_a_daemon_is_found_from_a_login_with_another_runtime_folder(
    daemon, tmp_path_factory, monkeypatch
):
    where = find_or_start(str(daemon), command(daemon))
    elsewhere = Path(f"/tmp/intern-other-{os.getpid()}")
    elsewhere.mkdir(mode=0o700)
    try:
        monkeypatch.setenv("XDG_RUNTIME_DIR", str(elsewhere))
        assert find_or_start(str(daemon), ["false"]) == where
    finally:
        subprocess.run(["rm", "-rf", str(elsewhere)], check=True)


def test_a_daemon_that_can_not_start_says_why(root):
    with pytest.raises(DaemonUnreachable) as failure:
        find_or_start(str(root), [sys.executable, "-c", "raise SystemExit('no such service')"])
    assert str(failure.value) == (
        f"The daemon of {root} stopped while it started; the reason stands in "
        f"{root}/.intern/daemon.log:\nno such service"
    )


def test_a_damaged_store_is_told_by_the_client_that_starts_the_daemon(root):
    (root / ".intern").mkdir()
    (root / ".intern" / "state.db").write_bytes(b"this is no database" * 500)
    with pytest.raises(DaemonUnreachable, match=r"state\.db can't be read"):
        find_or_start(str(root), command(root))


def test_a_daemon_that_hangs_while_starting_is_given_up(root):
    with pytest.raises(DaemonUnreachable, match="did not answer within 1 seconds"):
        find_or_start(str(root), ["sleep", "60"], patience=1)


def test_the_client_raises_the_class_that_the_daemon_raised(daemon):
    with Client.connect(daemon, start=False) as client:
        chunk = client.call("intern/run/log", ReadLog(run="r1", offset=3), LogChunk)
        assert chunk.text == "r1 from 3"
        with pytest.raises(UnknownRun, match="There is no run r2"):
            client.call("intern/run/stop", RunRef(run="r2"), Run)
        with pytest.raises(BadInput, match="`run` is missing"):
            client.call("intern/run/stop", None, Run)
        with pytest.raises(InternError, match="internal error"):
            client.call("intern/gc", Collect(), Collected)
        assert client.call("intern/status", None, DaemonStatus).pid == holder(daemon)


def test_a_traceback_in_the_log_has_no_secret_of_the_environment(root, monkeypatch):
    monkeypatch.setenv("SOME_PASSWORD", "password hunter2")
    find_or_start(str(root), command(root))
    with Client.connect(root, start=False) as client, pytest.raises(InternError):
        client.call("intern/gc", Collect(), Collected)
    log = root / ".intern" / "daemon.log"
    assert "Traceback" in log.read_text()
    assert "RuntimeError: [redacted] was in a local variable" in log.read_text()
    assert "hunter2" not in log.read_text()
    assert log.stat().st_mode & 0o777 == 0o600


def lsp(*messages):
    bodies = [json.dumps({"jsonrpc": "2.0", **message}).encode() for message in messages]
    return b"".join(b"Content-Length: %d\r\n\r\n%b" % (len(body), body) for body in bodies)


def read_answer(stream):
    length = 0
    while line := stream.readline().strip():
        length = int(line.partition(b":")[2]) if line.lower().startswith(b"content-l") else length
    return json.loads(stream.read(length))


@pytest.mark.parametrize("transport", ["unix", "tcp"])
def test_the_shim_carries_an_editor_to_the_daemon_and_back(root, monkeypatch, transport):
    monkeypatch.setenv("INTERN_TRANSPORT", transport)
    find_or_start(str(root), command(root))
    (root / "deep" / "er").mkdir(parents=True)
    shim = subprocess.Popen(
        [sys.executable, "-m", "intern_daemon", "lsp", "--stdio", "--root", str(root / "deep")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    hello = {"id": 1, "method": "initialize", "params": {"capabilities": {}}}
    shim.stdin.write(lsp(hello))
    shim.stdin.flush()
    answer = read_answer(shim.stdout)
    assert answer["result"]["capabilities"]["experimental"]["intern"]["root"] == str(root)
    shim.stdin.write(lsp({"id": 2, "method": "intern/run/log", "params": {"run": "x" * 1_000_000}}))
    shim.stdin.flush()
    assert len(read_answer(shim.stdout)["result"]["text"]) == 1_000_007
    shim.stdin.close()  # the editor dies: the shim ends, the daemon stays
    assert shim.wait(timeout=10) == 0
    assert reach(str(root)) is not None


def test_the_shim_ends_when_the_daemon_dies(daemon):
    shim = subprocess.Popen(
        [sys.executable, "-m", "intern_daemon", "lsp"],
        cwd=daemon,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    shim.stdin.write(lsp({"id": 1, "method": "initialize", "params": {"capabilities": {}}}))
    shim.stdin.flush()
    read_answer(shim.stdout)
    os.kill(holder(daemon), signal.SIGKILL)
    assert shim.wait(timeout=10) == 0
    shim.stdin.close()


def test_the_shim_outside_a_repository_is_one_sentence(tmp_path):
    ended = subprocess.run(
        [sys.executable, "-m", "intern_daemon", "lsp", "--root", "/"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 1
    assert ended.stderr == (
        "intern: / is not inside a git repository; make one with `git init` and commit.\n"
    )
    with pytest.raises(NoRepository):
        find_root("/")


def test_the_shim_imports_next_to_nothing(root):
    code = (
        "import sys; before = set(sys.modules); import intern_daemon.server.shim;"
        "print(*sorted(set(sys.modules) - before))"
    )
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.split()
    assert [name for name in loaded if not name.startswith("intern_daemon")] == [
        "_blake2",
        "_socket",
    ]


def test_a_foreign_client_of_the_tcp_variant_is_refused(root, monkeypatch):
    monkeypatch.setenv("INTERN_TRANSPORT", "tcp")
    place = Path(find_or_start(str(root), command(root)))
    assert place.stat().st_mode & 0o777 == 0o600
    port, token = place.read_text().split()
    asking = runpy.run_path(SCRIPT)["Peer"]

    async def ask(**intern):
        import asyncio

        peer = asking(*await asyncio.open_connection("127.0.0.1", int(port)))
        answer = await peer.initialize(**intern)
        rest = await peer.reader.read() if "error" in answer else b"goes on"
        peer.close()
        return answer, rest

    import asyncio

    for shown in ({}, {"token": "0" * 64}, {"token": 7}, {"token": "ü"}):
        answer, rest = asyncio.run(ask(**shown))
        assert answer["error"]["data"] == {"type": "WrongToken"}
        assert token not in json.dumps(answer)
        assert rest == b"", "the connection has ended"
    answer, rest = asyncio.run(ask(token=token))
    assert "result" in answer
    with Client.connect(root, start=False) as client:  # it knows the token
        assert client.call("intern/status", None, DaemonStatus).pid == holder(root)
