"""The supervisor as a program: real processes, files and signals."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from intern_daemon.runs import supervisor


@pytest.fixture
def folder(tmp_path):
    return tmp_path


def write_spec(folder: Path, code: str, **limits) -> None:
    script = folder / "script.py"
    script.write_text(code)
    spec = {
        "argv": [sys.executable, str(script)],
        "cwd": str(folder),
        "log": str(folder / "stdout.log"),
        "stderr": None,
        "seconds": None,
        "grace": 1.0,
    }
    (folder / "spec.json").write_text(json.dumps(spec | limits))


def start(folder: Path) -> subprocess.Popen:
    return subprocess.Popen(
        [sys.executable, "-S", "-E", supervisor.__file__, str(folder)], start_new_session=True
    )


def until(condition, seconds: float = 20.0):
    """Wait for something that another process does."""
    deadline = time.monotonic() + seconds
    while not (value := condition()):
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.01)
    return value


def read(folder: Path, name: str):
    return json.loads((folder / name).read_text())


def lives(pid: int) -> bool:
    found = supervisor.process(pid)
    return found is not None and found.state not in "ZX"


def test_an_exit_code_is_recorded_with_what_it_cost(folder):
    write_spec(folder, "sum(range(10**6)); print('hello', flush=True); raise SystemExit(7)")

    assert start(folder).wait() == 0

    ended = read(folder, "exit.json")
    assert (ended["code"], ended["signal"], ended["reason"]) == (7, None, "exited")
    assert ended["cpu_seconds"] > 0
    assert ended["max_rss_mb"] > 1
    assert ended["ended"] >= ended["started"]
    assert (folder / "stdout.log").read_text() == "hello\n"


def test_a_signal_is_recorded_as_a_signal(folder):
    write_spec(folder, "import os, signal; os.kill(os.getpid(), signal.SIGSEGV)")
    start(folder).wait()
    assert read(folder, "exit.json")["signal"] == signal.SIGSEGV


def test_a_missing_program_is_told_by_errno(folder):
    write_spec(folder, "", argv=["no-such-program"])
    start(folder).wait()
    assert read(folder, "exit.json")["error"][0] == 2


STUBBORN = """
import os, signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
inner = os.fork()
if inner == 0:
    os.setsid()  # leaves the process group
    if os.fork():
        os._exit(0)
    with open("escaped", "w") as file:
        file.write(str(os.getpid()))
    time.sleep(600)
with open("group", "w") as file:
    file.write(str(os.getpid()))
time.sleep(600)
"""


def test_stop_ends_a_group_that_ignores_sigterm_and_a_grandchild_that_left_it(folder):
    write_spec(folder, STUBBORN, grace=0.3)
    running = start(folder)
    pids = [
        int(until(lambda name=name: (folder / name).exists() and (folder / name).read_text()))
        for name in ("group", "escaped")
    ]

    (folder / "stop").write_text("asked by a test")
    running.wait()

    ended = read(folder, "exit.json")
    assert (ended["reason"], ended["why"], ended["signal"]) == ("stopped", "asked by a test", 9)
    assert ended["left"] == []
    assert not any(lives(pid) for pid in pids)


def test_a_command_that_obeys_sigterm_may_clean_up(folder):
    code = (
        "import signal, sys, time\n"
        "signal.signal(signal.SIGTERM, lambda *_: (print('saved', flush=True), sys.exit(0)))\n"
        "print('ready', flush=True); time.sleep(600)"
    )
    write_spec(folder, code, grace=30)
    running = start(folder)
    log = folder / "stdout.log"
    until(lambda: log.exists() and "ready" in log.read_text())

    (folder / "stop").touch()
    running.wait()

    assert log.read_text() == "ready\nsaved\n"
    assert read(folder, "exit.json")["reason"] == "stopped"


def test_the_time_limit_ends_the_command(folder):
    write_spec(folder, "import time; time.sleep(600)", seconds=0.3)
    start(folder).wait()
    assert read(folder, "exit.json")["reason"] == "timed_out"


def test_nothing_that_a_finished_command_left_behind_lives_on(folder):
    code = "import subprocess; p = subprocess.Popen(['sleep', '600']); print(p.pid, flush=True)"
    write_spec(folder, code)
    start(folder).wait()

    assert read(folder, "exit.json")["code"] == 0
    assert not lives(int((folder / "stdout.log").read_text()))


def test_a_stop_before_the_start_starts_nothing(folder):
    write_spec(folder, "print('ran')")
    (folder / "stop").touch()
    start(folder).wait()
    assert read(folder, "exit.json")["reason"] == "stopped"
    assert not (folder / "stdout.log").exists()


def test_many_supervisors_of_one_run_start_it_once(folder):
    write_spec(folder, "print('ran', flush=True); import time; time.sleep(0.5)")
    results = [running.wait() for running in [start(folder) for _ in range(6)]]
    assert sorted(results) == [0, *[supervisor.HELD] * 5]
    assert (folder / "stdout.log").read_text() == "ran\n"
    assert start(folder).wait() == supervisor.HELD


def test_a_supervisor_killed_before_its_record_has_let_nothing_run(folder, monkeypatch):
    """The child waits at a gate until `proc.json` stands, so a relaunch never doubles it."""
    write_spec(folder, "print('ran', flush=True)")
    pid = os.fork()
    if pid == 0:
        monkeypatch.setattr(supervisor, "write", lambda *_: os.kill(os.getpid(), signal.SIGKILL))
        supervisor.supervise(str(folder), dict(os.environ))
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == -signal.SIGKILL
    assert not (folder / "proc.json").exists()

    assert start(folder).wait() == 0

    assert (folder / "stdout.log").read_text() == "ran\n"


def test_a_run_outlives_a_killed_parent(folder):
    write_spec(folder, "import time; time.sleep(0.5); print('done', flush=True)")
    parent = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import subprocess, sys, time\n"
            "subprocess.Popen(sys.argv[1:], start_new_session=True)\n"
            "time.sleep(600)",
            *[sys.executable, "-S", "-E", supervisor.__file__, str(folder)],
        ]
    )
    until((folder / "proc.json").exists)
    parent.kill()
    parent.wait()

    until((folder / "exit.json").exists)

    assert read(folder, "exit.json")["code"] == 0
    assert (folder / "stdout.log").read_text() == "done\n"


def test_a_supervisor_that_is_asked_to_end_ends_its_run_and_says_so(folder):
    write_spec(folder, "import time; time.sleep(600)")
    running = start(folder)
    until((folder / "proc.json").exists)
    running.terminate()
    running.wait()
    assert read(folder, "exit.json")["reason"] == "terminated"


def test_the_environment_is_not_written_down(folder):
    write_spec(folder, "import os; assert os.environ['HF_TOKEN'] == 'hf_very_secret'")
    env = {**os.environ, "HF_TOKEN": "hf_very_secret"}
    command = [sys.executable, "-S", "-E", supervisor.__file__, str(folder)]
    subprocess.run(command, env=env, check=True)
    assert read(folder, "exit.json")["code"] == 0
    written = [path.read_bytes() for path in folder.iterdir() if path.name != "script.py"]
    assert not any(b"hf_very_secret" in content for content in written)
