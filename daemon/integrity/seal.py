"""The sealed test: opened once a session, and told so if somebody asks again.

The marker is written before the test is looked at, so a crash can't give a second look: only the
very same opening, for the same purpose and runs, may go on until its results are in.
"""

import json
import os
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from ..errors import SealBroken


def open_seal(marker: Path, runs: Iterable[str], *, purpose: str = "the final report") -> None:
    """Break the seal for these runs, or go on with the opening that a crash interrupted.

    Args:
        marker: the session's file; its folder is made.
        runs: ids of the runs whose models are to be scored.
        purpose: why, in words.

    Raises:
        SealBroken: the test was looked at for something else, or its results are in.
    """
    asked = {"purpose": purpose, "runs": sorted(runs)}
    if _create(marker, {**asked, "opened": time.time(), "results": None}):
        return
    known = _read(marker)
    same = all(known.get(key) == value for key, value in asked.items())
    if not same or known.get("results") is not None:
        raise SealBroken(
            f"the sealed test was opened before, for {known.get('purpose', 'an unknown purpose')} "
            f"(see {marker}); use that result, or start a new session with fresh test data."
        )


def close_seal(marker: Path, results: Mapping[str, Any]) -> None:
    """Write down what the test said; from now on it can't be opened again.

    Args:
        results: JSON values.

    Raises:
        SealBroken: it was never opened, or has other results.
    """
    known = _read(marker) if marker.exists() else None
    if known is None or known.get("results") not in (None, dict(results)):
        happened = "never opened" if known is None else "closed before with other results"
        raise SealBroken(
            f"the sealed test was {happened} (see {marker}); open it once, score, then close it."
        )
    _write(marker, {**known, "results": dict(results)}).replace(marker)


def seal_results(marker: Path) -> dict[str, Any] | None:
    """What the test said; None: not opened, or not closed."""
    results = _read(marker).get("results") if marker.exists() else None
    return results if isinstance(results, dict) else None


def _create(marker: Path, record: dict[str, Any]) -> bool:
    """Make the marker with its content in one step; False when there is one."""
    marker.parent.mkdir(parents=True, exist_ok=True)
    fresh = _write(marker, record)
    try:
        os.link(fresh, marker)
    except FileExistsError:
        return False
    finally:
        fresh.unlink()
    return True


def _write(marker: Path, record: dict[str, Any]) -> Path:
    fresh = marker.with_name(f"{marker.name}.{os.getpid()}-{time.monotonic_ns()}")
    with fresh.open("w", encoding="utf-8") as file:
        json.dump(record, file)
        file.flush()
        os.fsync(file.fileno())
    return fresh


def _read(marker: Path) -> dict[str, Any]:
    """The marker's record; an unreadable one counts as opened, for something unknown."""
    try:
        record = json.loads(marker.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return record if isinstance(record, dict) else {}
