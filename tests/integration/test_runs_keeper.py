"""The keeper of runs: a real repository, real processes, a real event log."""

import asyncio
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from intern_daemon.errors import BadInput, UnknownRun
from intern_daemon.metrics import ColumnStore
from intern_daemon.protocol import MetricsArrived, RunChanged
from intern_daemon.runs import read_record, supervisor
from intern_daemon.workspace import Layout

from .kept_runs import Place, kept, make_repository, until


def lives(pid: int) -> bool:
    found = supervisor.process(pid)
    return found is not None and found.state not in "ZX"


@pytest.fixture
def root(tmp_path):
    return make_repository(tmp_path / "a répository")


@pytest.fixture
async def place(root):
    async with kept(root) as place:
        yield place


async def test_a_run_succeeds_and_is_recorded(place):
    (place.layout.root / "data").mkdir()
    (place.layout.root / "data" / "train.jsonl").write_text("{}")
    run = await place.run("python rows.py 5 0", seed=3, rung=0.5, share=["data"])

    assert (run.id, run.state, run.cause, run.exit_code) == ("run-0001", "succeeded", "finished", 0)
    assert run.message is None
    assert run.progress.rows == 5
    assert run.progress.total_steps == 40
    assert place.rows == [("run-0001", step) for step in range(1, 6)]
    folder = place.layout.run(run.id)
    assert (folder / "tree/outputs/model.txt").read_text() == "3 0.5"
    assert (folder / "tree/data/train.jsonl").read_text() == "{}"
    record = read_record(folder)
    assert (record.seed, record.rung, record.rows, record.state) == (3, 0.5, 5, "succeeded")
    assert record.packages["numpy"]
    assert len(record.data_digest) == 64
    assert record.env["INTERN_SEED"] == "3"
    assert record.cpu_seconds == run.cpu_seconds > 0


async def test_the_rows_come_before_the_end(place):
    events = []
    place.store.listen(lambda event: events.append(event.body))
    await place.run("python rows.py 3 0")
    assert isinstance(events[-1], RunChanged)
    assert events[-1].run.done
    assert any(isinstance(body, MetricsArrived) for body in events[:-1])


async def test_two_runs_go_side_by_side_and_a_third_waits(place):
    runs = [await place.keeper.launch(place.request("python sleep.py")) for _ in range(3)]

    def states():
        return [place.store.state.runs[run.id].state for run in runs]

    await until(lambda: states() == ["running", "running", "queued"])
    stopped = await place.keeper.stop(runs[2].id, "not needed")
    assert (stopped.state, stopped.message) == ("stopped", "Stopped before it started: not needed.")
    for run in runs[:2]:
        await place.keeper.stop(run.id)


@pytest.mark.parametrize(
    ("command", "cause", "message"),
    [
        ("python fail.py", "nonzero_exit", "Exit code 1 at fail.py:2: ValueError: bad shape."),
        (
            "python missing.py",
            "import_error",
            "The module `a_module_that_is_not_there` is missing at missing.py:1; install it with "
            "`pip install a_module_that_is_not_there`.",
        ),
        ("python memory.py", "out_of_memory", "Out of main memory at memory.py:1; lower"),
        ("python killed.py", "killed", "Killed with SIGKILL by somebody else"),
        ("python killed.py; exit $?", "killed", "Killed with SIGKILL by somebody else"),
        ("python full.py", "disk_full", "The disk is full; free some space with `intern gc`."),
        ("no-such-program", "not_started", "`no-such-program` was not found; mend `command`"),
    ],
)
async def test_each_end_is_told_apart(place, command, cause, message):
    run = await place.run(command)
    assert (run.state, run.cause) == ("failed", cause)
    assert run.message.startswith(message)
    assert read_record(place.layout.run(run.id)).cause == cause


async def test_a_run_over_its_minutes_is_ended(place):
    run = await place.run("python sleep.py", minutes=0.005)
    assert (run.state, run.cause) == ("failed", "timed_out")


async def test_a_commit_that_does_not_exist_fails_in_words(place):
    request = place.request("python quick.py").model_copy(update={"commit": "0" * 40})
    run = await place.keeper.launch(request)
    run = await place.keeper.wait(run.id)
    assert (run.state, run.cause) == ("failed", "not_started")


async def test_a_missing_interpreter_fails_in_words(place):
    run = await place.keeper.launch(
        place.request("python quick.py").model_copy(update={"python": Path("/no/python")})
    )
    run = await place.keeper.wait(run.id)
    assert "/no/python does not start" in run.message


async def test_a_stop_is_confirmed_when_no_process_is_left(place):
    run = await place.keeper.launch(place.request("python stubborn.py"))
    await until(lambda: place.store.state.runs[run.id].state == "running")
    stopped = await place.keeper.stop(run.id, "a critical finding")
    assert (stopped.state, stopped.message) == ("stopped", "Stopped: a critical finding.")
    group = place.proc(run.id)["child"]["pid"]
    assert not [found for found in supervisor.processes() if found.group == group]
    again = await place.keeper.stop(run.id)
    assert again == stopped


async def test_a_run_whose_supervisor_was_killed_can_be_stopped(place):
    run = await place.keeper.launch(place.request("python stubborn.py"))
    await until(lambda: place.store.state.runs[run.id].state == "running")
    proc = place.proc(run.id)
    await until(lambda: len(list(group_of(proc))) == 2)
    os.kill(proc["supervisor"]["pid"], signal.SIGKILL)
    stopped = await place.keeper.stop(run.id, "enough")
    assert (stopped.state, stopped.cause) == ("stopped", "stopped")
    assert not list(group_of(proc))


def group_of(proc: dict):
    return (found for found in supervisor.processes() if found.group == proc["child"]["pid"])


async def test_a_run_whose_supervisor_was_killed_is_followed_and_then_lost(place):
    run = await place.keeper.launch(place.request("python rows.py 8 0.1"))
    await until(lambda: place.store.state.runs[run.id].progress.rows > 1)
    os.kill(place.proc(run.id)["supervisor"]["pid"], signal.SIGKILL)
    run = await place.keeper.wait(run.id)
    assert (run.state, run.cause, run.progress.rows) == ("lost", "lost", 8)
    assert run.message.startswith("Its supervisor was killed")


async def test_the_time_limit_holds_without_a_supervisor(place):
    run = await place.keeper.launch(place.request("python sleep.py", minutes=0.03))
    await until(lambda: place.store.state.runs[run.id].state == "running")
    proc = place.proc(run.id)
    os.kill(proc["supervisor"]["pid"], signal.SIGKILL)
    run = await place.keeper.wait(run.id)
    assert run.done
    assert "time limit" in run.message
    assert not list(group_of(proc))


DAEMON = """
import asyncio, sys
from pathlib import Path
sys.path.insert(0, {here!r})
from kept_runs import Place

async def main():
    place = Place(Path({root!r}))
    run = await place.keeper.launch(place.request({command!r}))
    await asyncio.sleep(600)

asyncio.run(main())
"""


def daemon(root: Path, command: str) -> subprocess.Popen:
    code = DAEMON.format(here=str(Path(__file__).parent), root=str(root), command=command)
    return subprocess.Popen([sys.executable, "-c", code])


async def test_a_run_outlives_a_killed_daemon_and_no_row_is_lost(root):
    running = daemon(root, "python rows.py 40 0.05")
    folder = Layout(root).run("run-0001")
    metrics = folder / "metrics.jsonl"
    await until(lambda: metrics.exists() and len(metrics.read_text().splitlines()) > 8)
    running.kill()
    running.wait()

    place = Place(root)
    assert [run.id for run in await place.keeper.adopt()] == ["run-0001"]
    run = await place.keeper.wait("run-0001")

    assert (run.state, run.progress.rows) == ("succeeded", 40)
    steps = ColumnStore(folder / "series").read("loss").steps
    assert steps.tolist() == list(range(1, 41))
    await place.keeper.close()
    place.store.close()


async def test_a_run_that_ended_while_no_daemon_lived_is_found_ended(place):
    run = await place.keeper.launch(place.request("python rows.py 6 0.05"))
    await until(lambda: place.store.state.runs[run.id].state == "running")
    await place.restart()
    await until((place.layout.run(run.id) / "exit.json").exists)

    await place.keeper.adopt()
    run = await place.keeper.wait(run.id)

    assert (run.state, run.progress.rows) == ("succeeded", 6)


async def test_a_queued_run_is_launched_by_the_next_daemon(root):
    place = Place(root, slots=1)
    first = await place.keeper.launch(place.request("python sleep.py"))
    second = await place.keeper.launch(place.request("python quick.py"))
    await until(lambda: place.store.state.runs[first.id].state == "running")
    await place.restart()

    await place.keeper.adopt()
    await place.keeper.stop(first.id)
    assert (await place.keeper.wait(second.id)).state == "succeeded"

    await place.keeper.close()
    place.store.close()


async def test_a_half_started_run_is_relaunched_and_runs_once(place):
    """The daemon may die between starting a supervisor and learning of it: both are tried."""
    for moment in range(8):
        run = await place.keeper.launch(place.request("python quick.py"))
        await asyncio.sleep(0.05 * moment)
        await place.restart()
        await place.keeper.adopt()
        assert (await place.keeper.wait(run.id)).state == "succeeded"
        assert (place.layout.run(run.id) / "ran").read_text() == "x"


async def test_a_run_that_vanished_with_its_supervisor_is_lost(place):
    run = await place.keeper.launch(place.request("python sleep.py"))
    await until(lambda: place.store.state.runs[run.id].state == "running")
    await place.restart()
    proc = place.proc(run.id)
    for who in ("supervisor", "child"):
        os.kill(proc[who]["pid"], signal.SIGKILL)
    await until(lambda: not lives(proc["child"]["pid"]))

    await place.keeper.adopt()
    run = await place.keeper.wait(run.id)

    assert (run.state, run.cause) == ("lost", "lost")
    assert "left no exit record" in run.message


async def test_a_process_that_inherited_the_pid_is_not_ours(place):
    run = await place.keeper.launch(place.request("python sleep.py"))
    await until(lambda: place.store.state.runs[run.id].state == "running")
    await place.keeper.stop(run.id)
    bystander = subprocess.Popen(["sleep", "600"], start_new_session=True)
    folder = place.layout.run(run.id)
    proc = place.proc(run.id)
    proc["child"]["pid"] = bystander.pid
    (folder / "proc.json").write_text(json.dumps(proc))
    assert place.keeper.backend.presence(folder) == "gone"
    assert await place.keeper.backend.end_orphan(folder)
    assert bystander.poll() is None
    bystander.kill()
    bystander.wait()


async def test_odd_requests_are_refused(place):
    with pytest.raises(BadInput):
        await place.keeper.launch(place.request("python quick.py", rung=0.0))
    with pytest.raises(UnknownRun):
        await place.keeper.wait("run-0099")


async def test_git_in_a_run_does_not_take_the_users_repository_for_its_own(place):
    run = await place.run("git status")
    assert run.state == "failed"
    log = (place.layout.run(run.id) / "stdout.log").read_text()
    assert "not a git repository" in log
