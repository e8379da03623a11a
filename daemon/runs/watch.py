"""What the folder of a run says, and the limits of a run that has lost its supervisor."""

import json
import time
from pathlib import Path

from .backends import Backend, Spec
from .backends.local import read_started
from .outcome import Exit

POLL = 0.25
"""Seconds between two looks at a run. The supervisor itself reacts at once."""


def read_exit(folder: Path) -> Exit | None:
    """How the command ended; None: it did not, or nobody recorded it."""
    try:
        return Exit.model_validate_json((folder / "exit.json").read_bytes())
    except FileNotFoundError:
        return None


def read_spec(folder: Path) -> Spec:
    """What was to be supervised."""
    return Spec(**json.loads((folder / "spec.json").read_bytes()))


def stop_reason(folder: Path) -> str | None:
    """Why the run was asked to stop, perhaps in no words; None: nobody asked."""
    try:
        return (folder / "stop").read_text("utf-8").strip().rstrip(".")
    except FileNotFoundError:
        return None


async def enforce(backend: Backend, folder: Path) -> bool:
    """Do for a command without a supervisor what that would do. True: it was ended here."""
    if stop_reason(folder) is None:
        spec, started = read_spec(folder), read_started(folder)
        if spec.seconds is None or started is None:
            return False
        if time.time() < started.started + spec.seconds:
            return False
        (folder / "stop").write_text("its time limit was reached", encoding="utf-8")
    return await backend.end_orphan(folder)
