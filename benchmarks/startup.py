#!/usr/bin/env python3
"""How long `intern lsp` takes to start, beside a bare interpreter.

    .venv/bin/python benchmarks/startup.py [--rounds N]

Each round times `python -c pass` and then `intern lsp`, which connects to a daemon that runs, finds
its standard input at an end, and leaves. Load falls on both alike, so the ratio holds on a busy
machine too.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

WARM_UP = 3
"""Rounds that are not counted: they write bytecode and fill the file cache."""


def main() -> None:
    """Print medians in milliseconds and the ratios to the bare interpreter."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=30)
    rounds = parser.parse_args().rounds
    python = sys.executable
    intern = Path(python).with_name("intern")
    if not intern.exists():
        sys.exit(f"{intern} is missing; run this with the Python of `make setup`.")
    with tempfile.TemporaryDirectory(prefix="intern-") as folder:
        environment = bare_environment(folder)
        root = repository(folder)
        commands = {"python -c pass": [python, "-c", "pass"], "intern lsp": [str(intern), "lsp"]}
        try:
            times = measure(commands, root, environment, rounds)
        finally:
            stop = [str(intern), "stop-daemon"]
            subprocess.run(stop, cwd=root, env=environment, stdout=subprocess.DEVNULL, check=False)
    medians = {name: statistics.median(each) for name, each in times.items()}
    bare = medians["python -c pass"]
    print(f"{rounds} rounds, {sys.implementation.name} {sys.version.split()[0]}")
    for name, median in medians.items():
        print(f"{name:<16}{median * 1000:7.1f} ms  {median / bare:5.2f}x")


def measure(
    commands: dict[str, list[str]], root: Path, environment: dict[str, str], rounds: int
) -> dict[str, list[float]]:
    """Seconds of each command, round by round."""
    times: dict[str, list[float]] = {name: [] for name in commands}
    for number in range(WARM_UP + rounds):
        for name, command in commands.items():
            begin = time.perf_counter()
            subprocess.run(command, cwd=root, env=environment, stdin=subprocess.DEVNULL, check=True)
            if number >= WARM_UP:
                times[name].append(time.perf_counter() - begin)
    return times


def bare_environment(folder: str) -> dict[str, str]:
    """This environment with a runtime folder of its own, and bytecode as a user has it."""
    environment = {name: value for name, value in os.environ.items() if name[:6] != "PYTHON"}
    return {**environment, "XDG_RUNTIME_DIR": folder}


def repository(folder: str) -> Path:
    """A git repository with a commit, below `folder`."""
    root = Path(folder).resolve() / "workspace"
    subprocess.run(["git", "init", "--quiet", str(root)], check=True)
    who = ["-c", "user.name=benchmark", "-c", "user.email=benchmark@localhost"]
    commit = ["commit", "--quiet", "--allow-empty", "--message", "Start"]
    subprocess.run(["git", "-C", str(root), *who, *commit], check=True)
    return root


if __name__ == "__main__":
    main()
