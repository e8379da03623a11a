"""The demo as a newcomer runs it, and what must be true of its result."""

import hashlib
import json
import os
import re
import subprocess
import time
from pathlib import Path

import psutil

GAIN = 0.25
"""Least gain on the sealed test that the template promises."""

KEPT = 3
"""Fewest kept commits."""


def run_intern(intern: str, *words: str, cwd: Path, minutes: float = 15) -> str:
    """Run one command to its end and return what it printed; its errors are shown when it fails."""
    done = subprocess.run(
        [intern, *words],
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=minutes * 60,
        check=False,
    )
    assert done.returncode == 0, f"intern {' '.join(words)}: {done.returncode}\n{done.stderr}"
    return done.stdout


def fingerprint(root: Path) -> dict[str, str]:
    """The user's checkout: each file of theirs, HEAD, index, status and stashes."""

    def git(*words: str) -> str:
        return subprocess.run(
            ["git", *words], cwd=root, check=True, capture_output=True, text=True
        ).stdout

    found = {
        "head": git("rev-parse", "HEAD") + git("symbolic-ref", "HEAD"),
        "status": git("status", "--porcelain=v2", "--untracked-files=all"),
        "stash": git("stash", "list"),
        "index": hashlib.sha256((root / ".git" / "index").read_bytes()).hexdigest(),
    }
    for path in sorted(root.rglob("*")):
        name = path.relative_to(root).as_posix()
        if path.is_file() and not name.startswith((".git/", ".intern/")):
            found[name] = hashlib.sha256(path.read_bytes()).hexdigest()
    return found


def check_report(root: Path, report: dict) -> None:
    """The promise of the template, and every number of the report found in a run record."""
    assert report["test_gain"] >= GAIN, report["test_gain"]
    kept = [e for e in report["experiments"] if e["verdict"] == "keep"]
    assert len(kept) >= KEPT, [(e["title"], e["verdict"], e["reason"]) for e in kept]
    assert report["integrity"]["intact"]
    assert report["integrity"]["test_looks"] == 1
    for side in ("baseline", "final"):
        for split in ("dev", "test"):
            score = report[side][split]
            for run_id, value in zip(score["runs"], score["by_seed"].values(), strict=True):
                folder = root / ".intern" / "runs" / run_id
                result = json.loads((folder / f"eval-{split}" / "result.json").read_text())
                assert result["values"][report["metric"]] == value
                record = json.loads((folder / "record.json").read_text())
                assert record["state"] == "succeeded"
            assert abs(score["mean"] - sum(score["by_seed"].values()) / len(score["runs"])) < 1e-9
    for experiment in kept:
        message = subprocess.run(
            ["git", "show", "--no-patch", "--format=%B", experiment["commit"]],
            cwd=root,
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        assert "Intern-Hypothesis:" in message
        named = set(re.findall(r"^Intern-Run: (run-\d+)$", message, re.MULTILINE))
        # What was measured after the verdict, as the incumbent of others, is not its evidence.
        assert len(named) >= 2
        assert named <= set(experiment["runs"])


def check_rows(root: Path) -> None:
    """No metric row of a finished run is missing or doubled."""
    from intern_daemon.metrics import ColumnStore

    for folder in sorted((root / ".intern" / "runs").iterdir()):
        written = folder / "metrics.jsonl"
        if not written.exists() or not (folder / "exit.json").exists():
            continue
        rows = [json.loads(line) for line in written.read_text().splitlines()]
        losses = [row["step"] for row in rows if "loss" in row["logs"]]
        if losses:
            assert ColumnStore(folder / "series").read("loss").steps.tolist() == losses


def daemon_pid(root: Path) -> int | None:
    """The workspace's daemon, when one runs."""
    return _pid(root, ["serve"])


def worker_pid(root: Path) -> int | None:
    """The worker of the running session, when there is one."""
    return _pid(root, ["intern_daemon.agent.worker"])


def _pid(root: Path, words: list[str]) -> int | None:
    inside = os.path.realpath(root)
    for process in psutil.process_iter(["cmdline"]):
        line = process.info["cmdline"] or []
        try:
            place = process.cwd()
        except psutil.Error:
            continue
        named = all(any(word in part for part in line) for word in words)
        if named and (place.startswith(inside) or inside in " ".join(line)):
            return process.pid
    return None


def wait_for(found, seconds: float = 60.0):
    """Poll for what another process brings about; a test has no event for it."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if value := found():
            return value
        time.sleep(0.05)
    raise AssertionError("it did not come about")
