"""The environment of a run, and the fingerprint of the files it reads."""

import hashlib
import os
import re
from collections.abc import Iterable, Mapping
from pathlib import Path

RECORDER = Path(__file__).parent / "recorder"

SECRET = re.compile(r"TOKEN|KEY|SECRET|PASSWORD|PASSWD|CREDENTIAL", re.IGNORECASE)
"""Names whose values are never written down. The training itself may need them."""


def run_environment(
    base: Mapping[str, str],
    folder: Path,
    *,
    python: Path,
    seed: int,
    rung: float | None,
    threads: int,
    device: Mapping[str, str],
) -> dict[str, str]:
    """The whole environment of one run.

    Args:
        base: the user's environment; its secrets stay, since a training may need HF_TOKEN.
        folder: the run's folder, absolute; the recorder and Trackio write there.
        python: the interpreter, absolute; first on PATH, so that a shell finds it.
        seed: for `TrainingArguments.seed` and for scripts that read INTERN_SEED.
        rung: share of the full run; None for an evaluation, which is never shortened.
        threads: of OpenMP, where the user did not say. More threads than free cores made
            trainings 5 to 18 times slower.
        device: of the slot, such as CUDA_VISIBLE_DEVICES.
    """
    env = {name: value for name, value in base.items() if not name.startswith("INTERN_")}
    env["INTERN_RUN_DIR"] = str(folder)
    env["INTERN_SEED"] = str(seed)
    if rung is not None:
        env["INTERN_RUNG"] = repr(rung)
    env["TRACKIO_DIR"] = str(folder / "trackio")
    env["PYTHONUNBUFFERED"] = "1"
    env.setdefault("OMP_NUM_THREADS", str(threads))
    env.setdefault("TOKENIZERS_PARALLELISM", "false")
    env["PYTHONPATH"] = _joined(str(RECORDER), base.get("PYTHONPATH"))
    env["PATH"] = _joined(str(python.parent), base.get("PATH", os.defpath))
    # The exported tree lies inside the user's repository and is no part of it.
    env["GIT_CEILING_DIRECTORIES"] = _joined(str(folder), base.get("GIT_CEILING_DIRECTORIES"))
    env.pop("PYTHONHOME", None)
    env.pop("VIRTUAL_ENV", None)
    if (python.parent.parent / "pyvenv.cfg").exists():
        env["VIRTUAL_ENV"] = str(python.parent.parent)
    env.update(device)
    return env


def _joined(first: str, rest: str | None) -> str:
    return f"{first}{os.pathsep}{rest}" if rest else first


def values_of(env: Mapping[str, str], base: Mapping[str, str]) -> dict[str, str]:
    """What we set or changed, for the record; secrets never."""
    return {
        name: value
        for name, value in sorted(env.items())
        if base.get(name) != value and not SECRET.search(name)
    }


def data_digest(root: Path, shared: Iterable[str]) -> str:
    """Fast fingerprint of shared files: SHA-256 over path, size and modification time.

    Data that git tracks is told by the commit; with nothing shared this is the digest of nothing.
    Contents are not read, for a data folder may hold terabytes: a change that keeps size and time
    is not seen. Integrity checks hash contents of what is locked.
    """
    digest = hashlib.sha256()
    for name in sorted(set(shared)):
        top = root / name
        files = [top] if top.is_file() else sorted(p for p in top.rglob("*") if p.is_file())
        for path in files:
            told = path.stat()
            line = f"{path.relative_to(root)}\0{told.st_size}\0{told.st_mtime_ns}\n"
            digest.update(line.encode("utf-8", "surrogateescape"))
    return digest.hexdigest()
