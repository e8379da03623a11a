"""Sessions that are interrupted, started twice, resumed when there is nothing to resume."""

import signal
from collections.abc import Iterator

import pytest

from .small_workspace import make_tunable_workspace
from .terminal import Terminal, ending, kill, worker_of


@pytest.fixture
def terminal(tmp_path) -> Iterator[Terminal]:
    terminal = Terminal(make_tunable_workspace(tmp_path / "ws"))
    yield terminal
    terminal.intern("stop-daemon")


@pytest.mark.parametrize("cap", [5, 8])
def test_the_cap_on_runs_is_never_passed_and_the_session_ends_in_a_report(terminal, cap):
    done = terminal.intern("improve", "--runs", str(cap))
    assert (done.returncode, done.stderr) == (0, "")
    report = terminal.report()
    assert report["cost"]["runs"] <= cap
    assert f"the cap of {cap}" in report["stopped_because"]
    # A kept version is known on as many seeds as the baseline: the end is part of the budget.
    assert len(report["final"]["dev"]["runs"]) == len(report["baseline"]["dev"]["runs"])


@pytest.mark.parametrize("moment", ["run run-0001 (baseline", "(exp 1, "])
def test_ctrl_c_stops_everything_and_a_resumption_finishes(terminal, moment):
    with terminal.undisturbed():
        going = terminal.begin("improve", "--runs", "12", until=moment)
        going.send_signal(signal.SIGINT)
        code, told = ending(going)
        assert code == 130
        assert "Stopped session ws-1" in told
        status = terminal.status()
        assert (status["session"]["state"], status["runs"]) == ("stopped", [])
        assert terminal.intern("improve", "--resume").returncode == 0
    report = terminal.report()
    assert report["cost"]["runs"] <= 12
    assert report["test_gain"] > 0.1
    # Finished: asked again, it only tells.
    assert terminal.intern("improve", "--resume").returncode == 0
    assert terminal.report() == report


def test_a_second_improve_is_refused_while_a_second_watcher_is_welcome(terminal):
    going = terminal.begin("improve", "--runs", "8", until="started")
    assert terminal.refused("improve") == (
        "ws-1 is improving this workspace; watch it with `intern improve --resume` or end it with "
        "`intern stop`."
    )
    watching = terminal.intern("improve", "--resume")
    assert (watching.returncode, ending(going)[0]) == (0, 0)
    assert len(terminal.status()["session"]["id"]) > 0


@pytest.mark.parametrize("words", ["improve --resume", "report", "review", "land --yes", "stop"])
def test_without_a_session_every_command_says_how_to_start_one(terminal, words):
    told = terminal.refused(*words.split())
    assert "no session" in told
    assert "start one with `intern improve`" in told


def test_a_worker_that_always_dies_fails_the_session_and_a_resumption_finishes(terminal):
    going = terminal.begin("improve", "--runs", "8", until="running")
    while going.poll() is None:
        if (pid := worker_of(terminal.root)) is not None:
            kill(pid)
    code, told = ending(going)
    assert code == 1
    assert "The agent's worker died 25 times; see .intern/sessions/ws-1/worker.log" in told
    assert terminal.intern("improve", "--resume").returncode == 0
    assert terminal.report()["cost"]["runs"] <= 8


def test_a_daemon_killed_in_a_race_costs_no_run_and_passes_no_cap(terminal):
    with terminal.undisturbed():
        going = terminal.begin("improve", "--runs", "9", until="(exp 1, ")
        kill(terminal.status()["pid"])
        code, told = ending(going)
    assert code == 0, told
    report = terminal.report()
    assert report["cost"]["runs"] == len(terminal.runs()) <= 9
    assert all(run["state"] == "succeeded" for run in terminal.runs())
