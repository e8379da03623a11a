"""The user's own work that a landing would touch."""

import os
from collections.abc import Iterable
from pathlib import PurePosixPath

from .repository import Repository, changed_paths
from .trees import read_tree


def files_in_the_way(repository: Repository, touched: Iterable[str]) -> list[str]:
    """Which of the user's files hold work that is on no commit and stand where `touched` would go.

    Counts staged, unstaged and untracked changes, ignored files, and files that the user told git
    to stop looking at (`--assume-unchanged`, `--skip-worktree`): git itself would overwrite those.

    Args:
        touched: paths that the landing changes, adds or removes.

    Returns:
        Paths, sorted.
    """
    touched = set(touched)
    git, root = repository.git, repository.root
    dirty, _ = changed_paths(git)
    tracked = read_tree(git, "HEAD")
    blocked = touched & set(dirty)
    for path in touched:
        if path not in tracked and os.path.lexists(root / path) and _is_work(repository, path):
            blocked.add(path)
        for parent in PurePosixPath(path).parents:
            here = root / parent
            no_folder = here.is_symlink() or (os.path.lexists(here) and not here.is_dir())
            if no_folder and str(parent) not in tracked:
                blocked.add(str(parent))
    for entry in git.fields("ls-files", "-v", "-z"):
        flag, path = entry.split(" ", 1)
        hidden = path in touched and path in tracked and (flag.islower() or flag == "S")
        if hidden and (root / path).is_file():
            on_disk = git.line("hash-object", "--", path)
            if on_disk != tracked[path].sha:
                blocked.add(path)
    return sorted(blocked)


def _is_work(repository: Repository, path: str) -> bool:
    """True unless the place is a folder without files, which git removes by itself."""
    place = repository.root / path
    if place.is_symlink() or not place.is_dir():
        return True
    return any(files for _, _, files in os.walk(place))
