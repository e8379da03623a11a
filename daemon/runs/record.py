"""The record of a run: what ran, where, with what; so that each number can be traced."""

import json
import os
import platform
import re
import socket
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from ..errors import DiskFull
from ..protocol import Run
from ..workspace import Layout
from ..workspace.redaction import Redaction
from .environment import values_of
from .interpreter import Interpreter


class RunRequest(BaseModel, frozen=True):
    """What is to run. Kept as `request.json`, so that a daemon that died can launch it yet."""

    commit: str
    """Full SHA."""
    command: str
    python: Path
    """Absolute path of the interpreter."""
    seed: int = 0
    rung: float = 1.0
    """Share of the full run, (0, 1]."""
    session: str | None = None
    experiment: str | None = None
    share: list[str] = []
    """Git-ignored paths, relative to the workspace, that the tree sees as links."""
    outputs: list[str] = ["outputs"]
    """What the training leaves, relative to its tree."""
    minutes: float | None = None
    """Time limit; None: none."""
    evaluate: bool = False
    """A run of the person's own, to be scored on dev when it has ended well."""
    priority: int = 0
    """Higher starts earlier when runs wait for a slot."""


def open_folder(layout: Layout, known: Iterable[str], request: RunRequest) -> str:
    """Make the folder of a new run, with its request in it.

    Args:
        known: ids that the log knows; their folders may be gone.

    Returns:
        The run's id, the next number that neither log nor disk knows.

    Raises:
        DiskFull: it can't be written.
    """
    layout.runs.mkdir(parents=True, exist_ok=True)
    names = [*known, *(path.name for path in layout.runs.iterdir())]
    used = [int(name[4:]) for name in names if re.fullmatch(r"run-\d+", name)]
    run_id = f"run-{max(used, default=0) + 1:04d}"
    folder = layout.run(run_id)
    try:
        folder.mkdir()
        put(folder / "request.json", request.model_dump(mode="json"))
    except OSError as error:
        raise DiskFull(
            f"{folder} can't be written ({error.strerror}); free some space with `intern gc`."
        ) from error
    return run_id


def read_request(folder: Path) -> RunRequest | None:
    """What was asked for; None: somebody deleted it."""
    try:
        return RunRequest.model_validate_json((folder / "request.json").read_bytes())
    except (OSError, ValueError):
        return None


class Record(BaseModel):
    """`record.json`. The first part is written at launch, the second when the run ends."""

    id: str
    commit: str
    command: str
    argv: list[str]
    seed: int
    rung: float
    session: str | None
    experiment: str | None
    python: str
    python_version: str
    packages: dict[str, str]
    data_digest: str
    """See `environment.data_digest`: paths, sizes and times of the shared files, not contents."""
    host: str
    system: str
    cores: int
    slot: str
    env: dict[str, str]
    """What was set for the run; never a secret."""
    env_names: list[str]
    """Names of all variables that it saw."""
    created: float
    cold: str | None = None
    """Why it was not forked from the warm runner; None: it was."""

    started: float | None = None
    ended: float | None = None
    state: str | None = None
    cause: str | None = None
    message: str | None = None
    exit_code: int | None = None
    signal: int | None = None
    warm: bool | None = None
    cpu_seconds: float | None = None
    peak_rss_mb: float | None = None
    rows: int | None = None

    def write(self, folder: Path) -> None:
        # The training may have died with a token on its lips, and that is the message.
        put(folder / "record.json", Redaction(os.environ).value(self.model_dump(mode="json")))


def open_record(
    run_id: str,
    request: RunRequest,
    *,
    argv: list[str],
    known: Interpreter,
    digest: str,
    slot: str,
    env: Mapping[str, str],
    base: Mapping[str, str],
) -> Record:
    """The record of a run as it is launched.

    Args:
        argv: what is executed.
        known: the interpreter.
        digest: of the shared files.
        slot: where it runs.
        env: the run's environment.
        base: the user's, to tell what was set for the run.
    """
    return Record(
        id=run_id,
        commit=request.commit,
        command=request.command,
        argv=argv,
        seed=request.seed,
        rung=request.rung,
        session=request.session,
        experiment=request.experiment,
        python=str(request.python),
        python_version=known.version,
        packages=known.packages,
        data_digest=digest,
        host=socket.gethostname(),
        system=platform.platform(),
        cores=os.cpu_count() or 1,
        slot=slot,
        env=values_of(env, base),
        env_names=sorted(env),
        created=time.time(),
    )


def read_record(folder: Path) -> Record | None:
    """The record of a run; None before its launch."""
    try:
        return Record.model_validate_json((folder / "record.json").read_bytes())
    except (OSError, ValueError):
        return None


def close_record(folder: Path, run: Run, signal: int | None, cold: str | None) -> None:
    """Add how the run ended."""
    record = read_record(folder)
    if record is None:
        return
    told = {
        name: getattr(run, name)
        for name in (
            "started", "ended", "state", "cause", "message",
            "exit_code", "warm", "cpu_seconds", "peak_rss_mb",
        )
    }  # fmt: skip
    told |= {"signal": signal, "rows": run.progress.rows, "cold": cold or record.cold}
    record.model_copy(update=told).write(folder)


def put(path: Path, content: Any) -> None:
    """Replace a JSON file in one move."""
    fresh = path.with_name(path.name + ".new")
    fresh.write_text(json.dumps(content, indent=1), encoding="utf-8")
    fresh.replace(path)
