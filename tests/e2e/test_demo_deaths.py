"""The demo with deaths in it: nothing is lost, and the result is of the same kind."""

import contextlib
import json
import os
import random
import signal
import subprocess
import time

import pytest

from .demo import (
    check_report,
    check_rows,
    daemon_pid,
    fingerprint,
    run_intern,
    wait_for,
    worker_pid,
)

pytestmark = [pytest.mark.slow, pytest.mark.timeout(3600)]

DEATHS = int(os.environ.get("INTERN_DEATHS", "2"))
"""Of the daemon and of the worker, each; `make soak` sets ten."""


def test_daemon_and_worker_may_be_killed_at_any_moment(intern, tmp_path):
    root = tmp_path / "demo"
    run_intern(intern, "new", "sft", str(root), cwd=tmp_path)
    before = fingerprint(root)
    seed = int(os.environ.get("INTERN_SEED_OF_DEATHS", time.time_ns() % 100_000))
    print(f"INTERN_SEED_OF_DEATHS={seed}")
    rng = random.Random(seed)
    errors = (tmp_path / "improve.log").open("wb")
    improving = subprocess.Popen(
        [intern, "improve", "--plain"], cwd=root, stdout=errors, stderr=errors
    )
    try:
        victims = [daemon_pid, worker_pid] * DEATHS
        rng.shuffle(victims)
        for victim in victims:
            time.sleep(rng.uniform(1.0, 12.0))  # the random moment is what is tested
            if improving.poll() is not None:
                break
            pid = wait_for(lambda victim=victim: victim(root) or improving.poll() is not None)
            if isinstance(pid, int) and not isinstance(pid, bool):
                kill_9(pid)
        improving.wait(timeout=1500)
        run_intern(intern, "improve", "--resume", "--plain", cwd=root)
        report = json.loads(run_intern(intern, "report", "--json", cwd=root))
        check_report(root, report)
        check_rows(root)
        assert fingerprint(root) == before
        runs = json.loads(run_intern(intern, "runs", "--json", cwd=root))
        assert all(run["state"] != "lost" for run in runs)
        assert all(run["state"] not in ("queued", "running") for run in runs)
    finally:
        improving.kill()
        improving.wait()
        errors.close()
        print((tmp_path / "improve.log").read_text()[-6000:])
        run_intern(intern, "stop-daemon", cwd=root)


def kill_9(pid: int) -> None:
    """Kill -9; one that ended by itself meanwhile is dead as well."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
