#!/usr/bin/env python3
"""How long `intern lsp` takes to start, beside a bare interpreter.

    .venv/bin/python benchmarks/startup.py [--rounds N]

Each round times three commands, one after the other: `python -c pass`, `intern lsp` with something
that listens at the daemon's address and hangs up at once, and `intern lsp` with the real daemon.
Load of the machine falls on all three alike, so the ratios hold on a busy machine too.
"""

import argparse
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
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
        idle, served = workspace(folder, "idle"), workspace(folder, "served")
        listen(address(python, idle, environment))
        commands = {
            "python -c pass": ([python, "-c", "pass"], idle),
            "intern lsp, up to its connection": ([str(intern), "lsp"], idle),
            "intern lsp, there and back": ([str(intern), "lsp"], served),
        }
        try:
            times = measure(commands, environment, rounds)
        finally:
            subprocess.run([intern, "stop-daemon"], cwd=served, env=environment, check=False)
    medians = {name: statistics.median(each) for name, each in times.items()}
    bare = medians["python -c pass"]
    print(f"{rounds} rounds, {sys.implementation.name} {sys.version.split()[0]}")
    for name, median in medians.items():
        print(f"{name:<34}{median * 1000:7.1f} ms  {median / bare:5.2f}x")


def measure(
    commands: dict[str, tuple[list[str], str]], environment: dict[str, str], rounds: int
) -> dict[str, list[float]]:
    """Seconds of each command, round by round."""
    times: dict[str, list[float]] = {name: [] for name in commands}
    for number in range(WARM_UP + rounds):
        for name, (command, folder) in commands.items():
            begin = time.perf_counter()
            subprocess.run(
                command, cwd=folder, env=environment, stdin=subprocess.DEVNULL, check=True
            )
            if number >= WARM_UP:
                times[name].append(time.perf_counter() - begin)
    return times


def bare_environment(folder: str) -> dict[str, str]:
    """This environment with a runtime folder of its own, and bytecode as a user has it."""
    environment = {name: value for name, value in os.environ.items() if name[:6] != "PYTHON"}
    return {**environment, "XDG_RUNTIME_DIR": folder}


def workspace(folder: str, name: str) -> str:
    """A git repository with a commit, below `folder`."""
    path = str(Path(folder).resolve() / name)
    subprocess.run(["git", "init", "--quiet", path], check=True)
    who = ["-c", "user.name=benchmark", "-c", "user.email=benchmark@localhost"]
    commit = ["commit", "--quiet", "--allow-empty", "--message", "Start"]
    subprocess.run(["git", "-C", path, *who, *commit], check=True)
    return path


def address(python: str, root: str, environment: dict[str, str]) -> str:
    """Where `intern lsp` looks for the daemon of `root`."""
    code = "import sys; from intern_daemon.address import address; print(address(sys.argv[1]))"
    asked = [python, "-c", code, root]
    return subprocess.run(
        asked, env=environment, check=True, capture_output=True, text=True
    ).stdout.strip()


def listen(where: str) -> None:
    """Take connections at a socket and end them at once."""
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(where)
    listener.listen()

    def hang_up() -> None:
        while True:
            listener.accept()[0].close()

    threading.Thread(target=hang_up, daemon=True).start()


if __name__ == "__main__":
    main()
