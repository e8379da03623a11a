"""`intern gc`: free the space of what nobody needs any more, and say what it was."""

import shutil
import time
from pathlib import Path

from ..errors import GitRefused
from ..protocol import Run
from ..protocol.methods import Collected
from ..repo import Repository, remove_tree, remove_worktree
from ..workspace import Layout, State

DAY = 86_400.0


def collect(
    layout: Layout, repository: Repository, state: State, keep_days: float, dry_run: bool
) -> Collected:
    """Remove checkouts and outputs of old runs, and worktrees of old sessions.

    Records, logs, series, results, reports, branches and refs stay: they are small, and numbers in
    reports point at them. Nothing of an unfinished session or of the newest one is touched.

    Args:
        keep_days: what ended less than so many days ago stays.
        dry_run: only say what would go.
    """
    before = time.time() - keep_days * DAY
    safe = {s.id for s in state.sessions.values() if s.state in ("running", "interrupted")}
    newest = state.newest_session()
    if newest is not None:
        safe.add(newest.id)
    freed, removed = 0, []
    for run in state.runs.values():
        if run.session not in safe and _old(run, before):
            for folder in _bulky(layout.run(run.id)):
                freed += _size(folder) if dry_run else remove_tree(folder)
                removed.append(f"{folder.relative_to(layout.home)} of {run.id}")
    for session in state.sessions.values():
        place = layout.worktree(session.id)
        if session.id in safe or not place.exists() or (session.ended or before) > before:
            continue
        size, name = _size(place), place.relative_to(layout.home)
        try:
            if not dry_run:
                remove_worktree(repository, place)
        except GitRefused as error:  # the person works in it
            removed.append(f"nothing of {name}: {error}")
            continue
        freed += size
        removed.append(f"{name} (the branch {session.branch} stays)")
    for folder in _strays(layout, state):
        freed += _size(folder)
        removed.append(f"{folder.relative_to(layout.home)}, which belongs to no known run")
        if not dry_run:
            shutil.rmtree(folder, ignore_errors=True)
    return Collected(freed_bytes=freed, removed=removed)


def _old(run: Run, before: float) -> bool:
    return run.done and (run.ended or run.created) <= before


def _bulky(folder: Path) -> list[Path]:
    """Checkouts hold copies of the repository and the weights; all else is small."""
    places = [folder / "tree", *folder.glob("eval-*/tree"), folder / "trackio"]
    return [place for place in places if place.exists()]


def _strays(layout: Layout, state: State) -> list[Path]:
    return [
        folder
        for folder in sorted(layout.runs.iterdir())
        if folder.is_dir() and folder.name not in state.runs and not folder.name.startswith(".")
    ]


def _size(folder: Path) -> int:
    """Bytes below a folder; links count as themselves."""
    return sum(path.lstat().st_size for path in folder.rglob("*") if not path.is_dir())
