"""The files of a commit in a folder of their own, without git: where runs happen."""

import os
import secrets
import shutil
import tempfile
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from .repository import Repository
from .share import link_share

DOOMED = ".doomed-"
"""How the name of a folder begins that is being deleted."""


def export_tree(repository: Repository, commit: str, dest: Path, share: Iterable[str] = ()) -> Path:
    """Write the files of a commit below `dest`, with links to the shared paths.

    The folder appears whole or not at all; one that is there is whole, so it is kept as it is.
    LFS files stay pointers, as in the commit: share the path to see their content.

    Args:
        dest: folder to make; its parents are made too.
        share: `[train] share` of `intern.toml`.

    Returns:
        `dest`.

    Raises:
        GitRefused: there is no such commit.
        BadConfig: a shared path can't be linked.
    """
    if dest.exists():
        return dest
    sha = repository.resolve(commit)
    dest.parent.mkdir(parents=True, exist_ok=True)
    building = Path(tempfile.mkdtemp(prefix=f".{dest.name}-", dir=dest.parent))
    try:
        tree = building / "tree"
        tree.mkdir()
        git = repository.git.with_index(building / "index").with_environment(
            GIT_LFS_SKIP_SMUDGE="1"
        )
        git.run("-c", "core.sparseCheckout=false", "read-tree", sha)
        git.run("-c", "core.sparseCheckout=false", "checkout-index", "-a", f"--prefix={tree}/")
        link_share(repository.root, tree, share)
        tree.rename(dest)
    except FileExistsError:
        pass  # somebody else was faster with the same commit
    except OSError:
        if not dest.exists():
            raise
    finally:
        shutil.rmtree(building, ignore_errors=True)
    return dest


def remove_tree(dest: Path) -> int:
    """Delete an exported tree and return the bytes freed. Links are removed, not followed.

    It loses its name before its first file: what a death leaves halfway is never taken for whole,
    and `sweep_trees` deletes it.
    """
    aside = dest.with_name(f"{DOOMED}{secrets.token_hex(8)}")
    try:
        dest.rename(aside)
    except FileNotFoundError:
        return 0
    return _delete(aside)


def sweep_trees(parent: Path) -> int:
    """Delete what `remove_tree` left in a folder when it was killed; return the bytes freed."""
    return sum(_delete(left) for left in parent.glob(f"{DOOMED}*"))


def _delete(place: Path) -> int:
    if place.is_symlink():
        place.unlink()
        return 0
    freed = 0
    for folder, _, files in os.walk(place):
        for name in files:
            with suppress(FileNotFoundError):  # another sweep was faster
                freed += (Path(folder) / name).lstat().st_size
    shutil.rmtree(place, ignore_errors=True)
    return freed
