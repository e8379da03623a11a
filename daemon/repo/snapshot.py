"""The starting commit of a session: where the user stands, uncommitted changes too if asked."""

import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from ..errors import GitRefused
from .identity import INTERN
from .repository import Repository


@dataclass(frozen=True)
class StartingPoint:
    """Where a session starts.

    Args:
        commit: SHA of the starting commit.
        ref: what protects it from garbage collection.
        uncommitted: tracked paths whose uncommitted changes are part of it.
        left_out: paths with changes that are not: untracked ones always, all when not asked for.
    """

    commit: str
    ref: str
    uncommitted: list[str]
    left_out: list[str]


def take_snapshot(
    repository: Repository, session: str, *, include_uncommitted: bool = False
) -> StartingPoint:
    """Fix the starting commit of a session. The user's HEAD, index, files and stashes stay as is.

    A session that has one already keeps it.

    Raises:
        GitRefused: uncommitted changes are asked for while a merge is unresolved.
    """
    ref = base_ref(session)
    state = repository.state()
    if known := repository.find(ref):
        return StartingPoint(known, ref, [], [])
    commit, uncommitted, left_out = state.head, [], state.dirty + state.untracked
    if include_uncommitted and state.dirty:
        commit, uncommitted, left_out = _commit_of_files(repository), state.dirty, state.untracked
    repository.git.run("update-ref", ref, commit, "")
    return StartingPoint(commit, ref, uncommitted, left_out)


def base_ref(session: str) -> str:
    return f"refs/intern/{session}/base"


def _commit_of_files(repository: Repository) -> str:
    """A commit on HEAD with the tracked files as they lie on disk."""
    git = repository.git
    if git.run("ls-files", "--unmerged", "-z"):
        raise GitRefused(
            f"{repository.root} has unresolved conflicts; resolve and commit them, or start "
            "without uncommitted changes."
        )
    index = repository.root / git.line("rev-parse", "--git-path", "index")
    with tempfile.TemporaryDirectory(prefix="intern-") as folder:
        # `stash create` refreshes the index that it reads: give it a copy.
        copy = Path(folder) / "index"
        shutil.copy2(index, copy)
        stash = git.with_index(copy).with_environment(**INTERN).line("stash", "create")
    if not stash:  # only file times differed
        return repository.resolve("HEAD")
    return git.with_environment(**INTERN).line(
        "commit-tree",
        f"{stash}^{{tree}}",
        "-p",
        repository.resolve("HEAD"),
        "-m",
        "Uncommitted changes at the start of the session",
    )
