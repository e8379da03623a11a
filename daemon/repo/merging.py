"""Three-way merge of a few files onto a commit, in memory: no index, no working tree."""

import tempfile
from collections.abc import Mapping
from pathlib import Path

from .patches import is_binary
from .plumbing import Git
from .trees import Entry, blocked_by, read_blob, write_blob


class Unmergeable(Exception):
    """Both sides changed the same lines, or in ways that don't go together."""


def merge_changes(
    git: Git,
    base: Mapping[str, Entry | None],
    wanted: Mapping[str, Entry | None],
    target: Mapping[str, Entry],
) -> tuple[dict[str, Entry | None], list[str]]:
    """Bring what changed from `base` to `wanted` onto `target`.

    Args:
        base: what the changed paths were; None: absent.
        wanted: what they should be, same keys.
        target: the whole tree to change.

    Returns:
        The changes to make to the target (those that it has already are left out), and the paths
        that conflict, sorted.
    """
    changes: dict[str, Entry | None] = {}
    conflicts = []
    for path, entry in wanted.items():
        ours = target.get(path)
        try:
            merged = _merge(git, base[path], ours, entry)
        except Unmergeable:
            conflicts.append(path)
            continue
        if merged != ours:
            changes[path] = merged
    gone = {path for path, entry in changes.items() if entry is None}
    left = {path: entry for path, entry in target.items() if path not in gone}
    for path, entry in list(changes.items()):
        if entry and path not in left and blocked_by(path, left):
            conflicts.append(path)
    return changes, sorted(conflicts)


def _merge(git: Git, base: Entry | None, ours: Entry | None, theirs: Entry | None) -> Entry | None:
    if ours == base:
        return theirs
    if theirs in (base, ours):
        return ours
    if ours is None or theirs is None:
        raise Unmergeable
    if base is None:
        # Both added it: the same content may differ in mode only, else there is nothing to go by.
        raise Unmergeable
    mode = _pick(base.mode, ours.mode, theirs.mode)
    if not (base.regular and ours.regular and theirs.regular):
        return Entry(mode, _pick(base.sha, ours.sha, theirs.sha))
    if ours.sha == theirs.sha or base.sha in (ours.sha, theirs.sha):
        return Entry(mode, _pick(base.sha, ours.sha, theirs.sha))
    return Entry(mode, _merge_texts(git, base.sha, ours.sha, theirs.sha))


def _pick(base: str, ours: str, theirs: str) -> str:
    if ours in (base, theirs):
        return theirs
    if theirs == base:
        return ours
    raise Unmergeable


def _merge_texts(git: Git, base: str, ours: str, theirs: str) -> str:
    with tempfile.TemporaryDirectory(prefix="intern-") as folder:
        names = []
        for name, sha in (("ours", ours), ("base", base), ("theirs", theirs)):
            content = read_blob(git, sha)
            if is_binary(content):
                raise Unmergeable
            path = Path(folder) / name
            path.write_bytes(content)
            names.append(str(path))
        # The exit status is the number of conflicts.
        status, merged, _ = git.attempt("merge-file", "-p", "-q", *names)
        if status != 0:
            raise Unmergeable
        return write_blob(git, merged)
