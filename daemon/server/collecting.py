"""`intern gc`: free the space of what nobody needs any more, and say what it was."""

import shutil
import time
from pathlib import Path

from ..errors import GitRefused
from ..protocol import Run
from ..protocol.methods import Collected
from ..repo import Repository, remove_tree, remove_worktree, sweep_trees
from ..workspace import Layout, State

DAY = 86_400.0

FRESH = 3600.0
"""Seconds for which a folder that the log does not know may yet be one in the making."""


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
    # Copies: this runs in a thread, and the daemon goes on meanwhile.
    runs, sessions = list(state.runs.values()), list(state.sessions.values())
    safe = {s.id for s in sessions if s.state in ("running", "interrupted")}
    if sessions:
        safe.add(max(sessions, key=lambda session: session.created).id)
    freed, removed = 0 if dry_run else sweep(layout), []
    for run in runs:
        if run.session not in safe and _old(run, before):
            for folder in _bulky(layout, run):
                freed += _size(folder) if dry_run else remove_tree(folder)
                removed.append(f"{folder.relative_to(layout.home)} of {run.id}")
    for session in sessions:
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
    for folder in _strays(layout, runs):
        freed += _size(folder)
        removed.append(f"{folder.relative_to(layout.home)}, which belongs to no known run")
        if not dry_run:
            shutil.rmtree(folder, ignore_errors=True)
    return Collected(freed_bytes=freed, removed=removed)


def _old(run: Run, before: float) -> bool:
    return run.done and (run.ended or run.created) <= before


def sweep(layout: Layout) -> int:
    """Delete what a death in the midst of a deletion left; return the bytes freed."""
    parents = [layout.evaluations, *layout.runs.glob("*"), *layout.evaluations.glob("*")]
    return sum(sweep_trees(parent) for parent in parents if parent.is_dir())


def _bulky(layout: Layout, run: Run) -> list[Path]:
    """Checkouts hold copies of the repository and the weights; all else is small."""
    folder = layout.run(run.id)
    evaluations = [
        layout.evaluations / said.folder
        for said in run.evaluations.values()
        # One without an end may go on.
        if said.values is not None or said.message is not None
    ]
    places = [folder / "tree", folder / "trackio", *evaluations]
    return [place for place in places if place.exists()]


def _strays(layout: Layout, runs: list[Run]) -> list[Path]:
    """Folders that no event names, not even an event to come."""
    known = {run.id for run in runs}
    known |= {said.folder for run in runs for said in run.evaluations.values()}
    return [
        folder
        for parent in (layout.runs, layout.evaluations)
        if parent.is_dir()
        for folder in sorted(parent.iterdir())
        if folder.is_dir() and folder.name not in known and not folder.name.startswith(".")
        if time.time() - folder.stat().st_mtime > FRESH
    ]


def _size(folder: Path) -> int:
    """Bytes below a folder; links count as themselves."""
    return sum(path.lstat().st_size for path in folder.rglob("*") if not path.is_dir())
