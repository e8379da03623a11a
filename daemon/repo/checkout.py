"""The files of a commit in a folder of their own, without git: where runs happen."""

import os
import shutil
import tempfile
from collections.abc import Iterable
from pathlib import Path

from .repository import Repository
from .share import link_share


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
    """Delete an exported tree and return the bytes freed. Links are removed, not followed."""
    freed = 0
    for folder, _, files in os.walk(dest):
        for name in files:
            freed += (Path(folder) / name).lstat().st_size
    shutil.rmtree(dest, ignore_errors=True)
    return freed
