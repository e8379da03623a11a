"""Where scores come from: the evaluator of the session's base commit, never a candidate's."""

from collections.abc import Iterable
from pathlib import Path

from ..repo import Repository, export_tree


def clean_checkout(
    repository: Repository, base_commit: str, dest: Path, share: Iterable[str] = ()
) -> Path:
    """A checkout of the base commit: no candidate can alter its evaluator or its held-out data.

    Run `verify` before each evaluation: shared paths lie on the user's disk, where a training
    command can write.

    Args:
        dest: folder to make.
        share: `[train] share` of `intern.toml`.

    Returns:
        `dest`.
    """
    return export_tree(repository, base_commit, dest, share)
