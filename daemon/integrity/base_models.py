"""`[locked] models`: which base models a training may start from.

A gain must come from the training, so no change may bring in a model that the person did not allow.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath

from ..errors import CannotEdit
from ..workspace.discovery import base_models
from ..workspace.settings import TrainingCode
from ..workspace.settings.command import TrainCommand


def models_named(root: Path, command: str, texts: Mapping[str, str] | None = None) -> set[str]:
    """Base models that a training command's code names; empty where it can't be read.

    Args:
        root: top of a checkout.
        command: `[train] command`.
        texts: files that differ from the checkout, by path.
    """
    try:
        code = TrainingCode(root, TrainCommand.parse(command, root), dict(texts or {}))
        return {guess.value for guess in base_models(code)}
    except CannotEdit:
        return set()


def forbidden_models(before: set[str], after: set[str], allowed: Sequence[str]) -> list[str]:
    """Models that a change brings in and that are not allowed; none when nothing is locked.

    Args:
        before: what the code named, which the person chose.
        after: what it names after the change.
        allowed: `[locked] models`.
    """
    if not allowed:
        return []
    known = {_plain(name) for name in [*allowed, *before]}
    return sorted(name for name in after if _plain(name) not in known)


def _plain(name: str) -> str:
    return PurePosixPath(name).as_posix()
