"""A workspace whose trainings are scripts of a few lines, with its keeper of runs."""

import asyncio
import contextlib
import json
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path

from intern_daemon.repo.checkout import export_tree
from intern_daemon.repo.repository import Repository
from intern_daemon.runs import RunKeeper, RunRequest, Slot, Slots
from intern_daemon.workspace import EventStore, Layout

ROWS = """
import json, os, sys, time
folder = os.environ["INTERN_RUN_DIR"]
for step in range(1, int(sys.argv[1]) + 1):
    with open(os.path.join(folder, "metrics.jsonl"), "a") as file:
        row = {"step": step, "time": time.time(), "logs": {"loss": 1 / step}, "max_steps": 40}
        file.write(json.dumps(row) + "\\n")
    time.sleep(float(sys.argv[2]))
os.makedirs("outputs")
open("outputs/model.txt", "w").write(os.environ["INTERN_SEED"] + " " + os.environ["INTERN_RUNG"])
"""

STUBBORN = """
import os, signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
if os.fork() == 0:
    time.sleep(600)
time.sleep(600)
"""

EVALUATE = """
import os, sys
assert "INTERN_RUNG" not in os.environ
print("scoring", sys.argv[1], open("outputs/model.txt").read())
with open("../looks", "a") as file:
    file.write("x")
print("a warning", file=sys.stderr)
print('{"exact_match": 0.25}')
"""

FILES = {
    "rows.py": ROWS,
    "stubborn.py": STUBBORN,
    "evaluate.py": EVALUATE,
    "fail.py": "def inner():\n    raise ValueError('bad shape')\n\n\ninner()\n",
    "missing.py": "import a_module_that_is_not_there\n",
    "memory.py": "x = bytearray(1 << 62)\n",
    "killed.py": "import os, signal\nos.kill(os.getpid(), signal.SIGKILL)\n",
    "full.py": "import os\nraise OSError(28, os.strerror(28), 'model.bin')\n",
    "sleep.py": "import time\ntime.sleep(600)\n",
    "quick.py": "open('../ran', 'a').write('x')\n",
}


class Place:
    """A workspace with its keeper, which can be restarted as a daemon would."""

    def __init__(self, root: Path, slots: int = 2) -> None:
        self.layout = Layout(root)
        self.layout.make()
        self.slots = slots
        self.rows: list[tuple[str, int]] = []
        self.open()

    def open(self) -> None:
        self.store = EventStore(self.layout.database)
        self.repository = Repository(self.layout.root, self.layout.root / ".git")
        self.keeper = RunKeeper(
            self.layout,
            self.store,
            lambda commit, dest: export_tree(self.repository, commit, dest),
            lambda run, rows: self.rows.extend((run.id, row.step) for row in rows),
            slots=Slots([Slot(f"cpu-{number}") for number in range(self.slots)]),
        )

    async def restart(self) -> None:
        await self.keeper.close()
        self.store.close()
        self.open()

    def request(self, command: str, **more) -> RunRequest:
        commit = git(self.layout.root, "rev-parse", "HEAD")
        return RunRequest(commit=commit, command=command, python=Path(sys.executable), **more)

    async def run(self, command: str, **more):
        launched = await self.keeper.launch(self.request(command, **more))
        return await self.keeper.wait(launched.id)

    def proc(self, run_id: str) -> dict:
        return json.loads((self.layout.run(run_id) / "proc.json").read_text())


def git(root: Path, *arguments: str) -> str:
    return subprocess.run(
        ["git", *arguments], cwd=root, check=True, capture_output=True, text=True
    ).stdout.strip()


async def until(condition, seconds: float = 30.0):
    """Wait for something that another process does."""
    deadline = time.monotonic() + seconds
    while not (value := condition()):
        assert time.monotonic() < deadline, "it did not happen"
        await asyncio.sleep(0.02)
    return value


def make_repository(root: Path) -> Path:
    """A new repository with the scripts, committed."""
    root.mkdir()
    for name, text in FILES.items():
        (root / name).write_text(text)
    git(root, "init", "-q")
    git(root, "add", "-A")
    git(root, "commit", "-q", "-m", "start")
    return root


@contextlib.asynccontextmanager
async def kept(root: Path) -> AsyncIterator[Place]:
    """A place that leaves nothing running."""
    place = Place(root)
    yield place
    for run in list(place.store.state.runs.values()):
        if not run.done:
            await place.keeper.stop(run.id, "the test is over")
    await place.keeper.close()
    place.store.close()
