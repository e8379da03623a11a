"""The commands that need a daemon, against a real one that plays a recorded improvement."""

import io
import json
import os
import pty
import re
import select
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from intern_daemon.cli.improve import Job
from intern_daemon.protocol import Params, Run, Session, SessionChanged
from intern_daemon.protocol.methods import DaemonStatus, Improve, LaunchRun
from intern_daemon.server.client import Client
from intern_daemon.server.locate import reach_or_start
from rich.console import Console

pytestmark = pytest.mark.slow

EMULATOR = Path(__file__).parents[1] / "emulators" / "recorded_daemon.py"
CONFIG = '[train]\ncommand = "python train.py"\n[eval]\ncommand = "true"\nmetric = "exact_match"\n'


def start_command(root: Path) -> list[str]:
    return [sys.executable, str(EMULATOR), "serve", "--root", str(root), "--detached"]


def connect(root: Path, start: bool = True) -> Client:
    """As the commands connect, but what is started is the recorded daemon."""
    if start:
        reach_or_start(str(root), start_command(root)).close()
    return Client.connect(root, start=False)


@pytest.fixture
def root(tmp_path) -> Iterator[Path]:
    """A workspace in which nothing has happened yet."""
    yield from served(tmp_path / "a wörkspace")


@pytest.fixture(scope="module")
def finished(tmp_path_factory) -> Iterator[Path]:
    """A workspace with a finished session and a run of the user's own, for tests that only read."""
    for folder in served(tmp_path_factory.mktemp("finished")):
        with connect(folder) as client:
            client.call("intern/improve", Improve(), Session)
            for event in client.events():
                if (
                    isinstance(event.body, SessionChanged)
                    and event.body.session.state == "finished"
                ):
                    break
            client.call("intern/run/launch", LaunchRun(), Run)
        yield folder


def served(folder: Path) -> Iterator[Path]:
    folder.mkdir(exist_ok=True)
    subprocess.run(["git", "init", "--quiet", str(folder)], check=True)
    (folder / "intern.toml").write_text(CONFIG)
    with connect(folder) as client:
        first = client.call("intern/status", Params(), DaemonStatus).pid
    yield folder
    try:
        with Client.connect(folder, start=False) as client:
            pid = client.call("intern/status", Params(), DaemonStatus).pid
    except Exception:  # noqa: BLE001 - whatever is wrong, the process below must end
        pid = first
    for each in {first, pid}:
        if psutil.pid_exists(each):
            os.kill(each, signal.SIGTERM)
            psutil.wait_procs([psutil.Process(each)] if psutil.pid_exists(each) else [], timeout=20)


def intern(root: Path, *words: str, **settings: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "intern_daemon", *words],
        cwd=root,
        env={name: value for name, value in os.environ.items() if name != "COLUMNS"} | settings,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def in_a_terminal(
    root: Path, *words: str, until: str, then: int, again: str | None = None
) -> tuple[int, str]:
    """Run a command on a terminal of 100 columns, send a signal once it has shown `until`.

    A second signal of the kind follows when `again` is shown.

    Returns:
        Its exit code and all that it drew.
    """
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "intern_daemon", *words],
        cwd=root,
        env={**os.environ, "TERM": "xterm-256color", "COLUMNS": "100", "LINES": "40"},
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
    )
    os.close(theirs)
    drawn, waits_for = "", [until, *([again] if again else [])]
    while True:
        select.select([ours], [], [], 60)
        try:
            piece = os.read(ours, 65536)
        except OSError:  # EIO: the other end closed
            break
        if not piece:
            break
        drawn += piece.decode("utf-8", "replace")
        if waits_for and waits_for[0] in drawn:
            del waits_for[0]
            process.send_signal(then)
    os.close(ours)
    return process.wait(timeout=60), re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", drawn)


def test_improve_in_a_pipe_tells_lines_and_ends_with_the_next_step(root):
    done = intern(root, "improve")
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert lines[0].endswith("at most 30 min and 24 runs, measured by exact_match")
    assert any("exp 3 keep +0.17: end-of-sequence in the template" in line for line in lines)
    assert "\x1b" not in done.stdout
    assert "sealed test  0.22 [0.18, 0.26]  0.69 [0.65, 0.73]  +0.47 [+0.41, +0.53]" in lines
    assert lines[-1] == "Land it:     intern land"


def test_improve_with_json_prints_one_document(root):
    done = intern(root, "improve", "--json")
    assert done.returncode == 0
    assert json.loads(done.stdout)["test_gain"] == 0.47
    assert "exp 3 keep" in done.stderr


def test_improve_on_a_terminal_draws_the_tree(root):
    code, drawn = in_a_terminal(root, "improve", until="never shown", then=signal.SIGINT)
    assert code == 0
    assert "└─ * exp 3  end-of-sequence in the template" in drawn
    assert "intern land" in drawn


def test_ctrl_c_stops_the_session_and_its_runs(root):
    (root / "script").write_text("wait")
    code, drawn = in_a_terminal(root, "improve", until="loss 0.26", then=signal.SIGINT)
    assert code == 130
    assert "Stopped session s1: 2 kept commits on intern/sft-tiny, best is s1/3." in drawn
    assert "intern improve --resume" in drawn
    told = json.loads(intern(root, "status", "--json").stdout)
    assert (told["session"]["state"], told["runs"]) == ("stopped", [])


def test_a_second_ctrl_c_leaves_at_once_and_says_what_goes_on(root):
    (root / "script").write_text("stubborn")
    code, drawn = in_a_terminal(
        root, "improve", until="loss 0.26", then=signal.SIGINT, again="Ctrl-C again"
    )
    assert code == 130
    assert "Left. The session may go on with its runs r11: watch it with" in drawn
    assert "intern improve --resume  or end it with  intern stop" in drawn


def test_resume_goes_on_where_the_session_was_stopped(root):
    (root / "script").write_text("wait")
    in_a_terminal(root, "improve", until="loss 0.26", then=signal.SIGINT)
    (root / "script").write_text("finish")
    done = intern(root, "improve", "--resume")
    assert done.returncode == 0
    assert done.stdout.splitlines()[-1] == "Land it:     intern land"


def test_a_killed_daemon_is_started_again_and_the_session_resumed(root):
    (root / "script").write_text("wait")
    killed: list[int] = []

    def kill() -> None:
        with Client.connect(root, start=False) as client:
            pid = client.call("intern/status", Params(), DaemonStatus).pid
            for event in client.events():
                if event.seq >= 20:
                    (root / "script").write_text("finish")
                    os.kill(pid, signal.SIGKILL)
                    killed.append(pid)
                    return

    killer = threading.Thread(target=kill)
    killer.start()
    out = io.StringIO()
    session = Job(root, connect, Console(file=out, width=200), plain=True).run(Improve())
    killer.join()
    assert session.state == "finished"
    assert "The daemon went away; resuming, 1 of 20.\n" in out.getvalue()
    assert out.getvalue().count("resuming") == 1
    with Client.connect(root, start=False) as client:
        assert client.call("intern/status", Params(), DaemonStatus).pid not in killed


def test_a_failed_session_is_told_in_one_sentence(root):
    (root / "script").write_text("fail")
    done = intern(root, "improve")
    assert done.returncode == 1
    assert done.stderr == (
        "intern: Session s1 failed: The evaluate command printed no JSON; "
        "go on with `intern improve --resume`.\n"
    )


def test_a_second_improve_is_refused_with_the_mend(root):
    (root / "script").write_text("wait")
    assert in_a_terminal(root, "improve", until="loss 0.26", then=signal.SIGKILL)[0] == -9
    done = intern(root, "improve")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        "intern: Session s1 is improving this workspace; stop it with `intern stop`.\n"
    )
    assert intern(root, "stop").stdout.splitlines() == [
        "Session s1 stopped.",
        "Go on with it: intern improve --resume",
    ]


def test_nothing_to_resume_is_said(root):
    done = intern(root, "improve", "--resume")
    assert done.returncode == 1
    assert "no session" in done.stderr
    assert "intern improve" in done.stderr


def test_runs_are_listed_in_both_forms(finished):
    lines = intern(finished, "runs").stdout.splitlines()
    assert lines[0].split() == [
        "run", "state", "experiment", "seed", "rung", "step", "loss", "score", "age", "commit",
    ]  # fmt: skip
    assert lines[1].split()[:6] == ["r11", "running", "exp", "5", "1", "1/3"]
    told = json.loads(intern(finished, "runs", "--json").stdout)
    assert [each["id"] for each in told] == ["r11", "r1", "own1"]


def test_a_run_is_followed_to_its_score(root):
    done = intern(root, "run", "--seed", "3", "--evaluate")
    assert done.stdout.splitlines() == [
        "Run own1 of ccccccc, seed 3",
        "step 1",
        "step 2",
        "Run own1 succeeded after 9 s.",
        "  exact_match 0.40",
        "What to make of it: intern diagnose own1",
    ]
    assert json.loads(intern(root, "run", "--json").stdout)["state"] == "succeeded"


def test_a_log_is_found_by_the_beginning_of_its_id(finished):
    root = finished
    assert intern(root, "logs", "own").stdout == "step 1\nstep 2\n"
    assert json.loads(intern(root, "logs", "own1", "--json").stdout)["text"] == "step 1\nstep 2\n"
    done = intern(root, "logs", "nope")
    assert (done.returncode, done.stderr) == (
        1,
        "intern: There is no run nope; `intern runs` lists them.\n",
    )


def test_an_ambiguous_id_names_its_runs(finished):
    assert intern(finished, "logs", "r1").returncode == 0  # r11 begins so too, r1 is exact
    assert intern(finished, "logs", "r").stderr == (
        "intern: r begins the ids of several runs (r1, r11); give more of it.\n"
    )


def test_a_run_is_stopped_by_its_id(root):
    intern(root, "run")
    assert json.loads(intern(root, "stop", "own1", "--json").stdout)["state"] == "stopped"


def test_a_run_is_diagnosed_by_the_daemon(finished):
    root = finished
    done = intern(root, "diagnose", "r11", "--fail-on", "warning")
    assert done.returncode == 3
    assert done.stdout.splitlines()[0] == "sft, 60 rows: 1 warning"
    assert intern(root, "diagnose", "r11", "--fail-on", "critical").returncode == 0


def test_review_lists_hunks_and_accepts_them(root):
    lines = intern(root, "review").stdout.splitlines()
    assert lines[1:5] == [
        "01234567 open  train.py:41",
        "@@ -41 +41 @@ def main():",
        "-    learning_rate=2e-5,",
        "+    learning_rate=2e-4,",
    ]
    assert lines[-3] == "1 hunk: 0 accepted, 0 rejected, 1 open"
    done = intern(root, "review", "--accept-all")
    assert done.stdout.splitlines() == [
        "1 hunk: 1 accepted, 0 rejected, 0 open",
        "Land the accepted ones on main: intern land",
    ]
    told = json.loads(intern(root, "review", "--json").stdout)
    assert told["hunks"][0]["decision"] == "accepted"


def test_landing_without_yes_is_refused_in_a_pipe(finished):
    done = intern(finished, "land")
    assert done.returncode == 2
    assert "give --yes" in done.stderr


def test_landing_says_how_to_take_it_back(finished):
    root = finished
    done = intern(root, "land", "--yes")
    assert done.stdout.splitlines() == [
        "Landed on main: eeeeeee, 1 file.",
        "Take it back: intern land --undo",
    ]
    assert json.loads(intern(root, "land", "--yes", "--json").stdout)["after"] == "e" * 40


def test_a_dirty_file_blocks_landing_and_the_dry_run_says_so(root):
    (root / "script").write_text("dirty")
    done = intern(root, "land", "--yes")
    assert done.returncode == 1
    assert done.stderr == (
        "intern: train.py would change and has uncommitted changes; commit or stash them, then "
        "land again.\n"
    )
    done = intern(root, "land", "--dry-run")
    assert done.returncode == 1
    assert "In the way, uncommitted:\n  train.py\n" in done.stdout


def test_the_report_tells_every_experiment(finished):
    root = finished
    text = intern(root, "report", COLUMNS="100").stdout
    assert "x exp 2  weight decay 0.1 ─ below noise" in text
    assert "1 locked file unchanged; sealed test opened 1 time" in text
    assert json.loads(intern(root, "report", "--json").stdout)["session"] == "s1"
    assert intern(root, "report", "--path").stdout == f"{root}/.intern/reports/s1.md\n"


def test_the_daemon_is_ended_and_status_says_so(root):
    assert "Next: intern improve" in intern(root, "status").stdout
    assert re.fullmatch(r"Daemon \d+ ended\.\n", intern(root, "stop-daemon").stdout)
    assert intern(root, "status").stdout == (
        f"No daemon runs for {root}; `intern improve` starts one.\n"
    )
    assert json.loads(intern(root, "status", "--json").stdout) == {
        "running": False,
        "root": str(root),
    }
    assert intern(root, "stop-daemon").stdout == f"No daemon runs for {root}.\n"


def test_a_reader_that_goes_away_has_its_own_code(finished):
    ours, theirs = socket.socketpair()
    ours.close()
    done = subprocess.run(
        [sys.executable, "-m", "intern_daemon", "runs", "--json"],
        cwd=finished, stdout=theirs, stderr=subprocess.PIPE, check=False,
    )  # fmt: skip
    theirs.close()
    assert (done.returncode, done.stderr) == (141, b"")
