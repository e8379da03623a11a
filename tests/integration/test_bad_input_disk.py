"""A full disk: what was told stays told, the session says why it ended, and can be resumed."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from .small_workspace import make_tunable_workspace
from .terminal import Terminal, ending, sentence


@pytest.fixture
def disk(tmp_path) -> Iterator[Path]:
    """A disk of 16 MiB."""
    if sys.platform != "linux" or os.geteuid() != 0:
        pytest.skip("a small disk can be mounted by root on Linux only")
    place = tmp_path / "disk"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=16m", "tmpfs", str(place)]
    if subprocess.run(mount, capture_output=True, check=False).returncode != 0:
        pytest.skip("this container may not mount")
    yield place
    subprocess.run(["umount", "--lazy", str(place)], check=True)


def fill(filler: Path) -> None:
    with filler.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(4096))
        except OSError:
            pass


def test_a_disk_that_fills_ends_the_session_with_a_sentence_and_loses_nothing(disk):
    terminal = Terminal(make_tunable_workspace(disk / "ws", pause=0.05))
    try:
        with terminal.undisturbed():
            going = terminal.begin("improve", "--runs", "12", until="exp 1 on rung")
            known = {run["id"] for run in terminal.runs() if run["state"] == "succeeded"}
            fill(disk / "filler")
            code, told = ending(going)
            assert code == 1
            last = sentence(told.splitlines()[-1])
            assert "Session ws-1 failed" in last
            assert "`intern improve --resume`" in last
            assert terminal.status()["session"]["state"] == "failed"
            (disk / "filler").unlink()
            done = terminal.intern("improve", "--resume")
            assert (done.returncode, done.stderr) == (0, "")
        report = terminal.report()
        assert report["cost"]["runs"] <= 12
        assert known <= {run["id"] for run in terminal.runs() if run["state"] == "succeeded"}
        # No verdict stands on a run that the disk ended.
        assert all("No space" not in each["reason"] for each in report["experiments"])
        assert report["test_gain"] > 0.1
    finally:
        terminal.intern("stop-daemon")


def test_a_disk_that_is_full_from_the_start_is_told_before_anything_begins(disk):
    terminal = Terminal(make_tunable_workspace(disk / "ws"))
    try:
        fill(disk / "filler")
        told = terminal.refused("improve")
        assert told.endswith("for its disk is full; free some space and run the command again.")
        (disk / "filler").unlink()
        assert terminal.intern("improve", "--runs", "4").returncode == 0
    finally:
        terminal.intern("stop-daemon")
