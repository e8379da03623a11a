"""Locked files: hashed when the session starts, verified before every evaluation."""

import hashlib
import os
import re
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from ..errors import BadConfig, LockedFileChanged
from ..repo import Repository, file_changes
from ..workspace import Config
from .evaluator import clean_checkout
from .patterns import CONTRACT, is_locked, locked_patterns, matches

CHUNK = 1 << 20
SETTLED_SECONDS = 2.0
"""A file this old can't change again within the same clock tick unseen (FAT's tick is 2 s)."""

_known: dict[tuple[int, int, int, int, int], str] = {}
"""Hashes of large files by device, inode, size, and times of content and inode in ns."""


def hash_locked(repository: Repository, commit: str, config: Config) -> dict[str, str]:
    """SHA-256 of every locked file as a clean checkout has it, by its path from the top.

    Folders and globs are hashed file by file. The script that the eval commands run and
    `intern.toml` are locked without being listed. Shared paths are read where they lie, on the
    user's disk.

    Args:
        commit: the session's base.
        config: names the locked paths and models, and what is shared.

    Raises:
        BadConfig: a listed path is not there, so nothing would be locked; or `[train] outputs`
            covers a locked file, which a run's outputs would then replace.
    """
    with _checkout(repository, commit, config) as checkout:
        patterns = locked_patterns(config, checkout)
        hashes = _hashes(checkout, patterns)
    for entry in patterns:
        if entry != CONTRACT and not any(matches(path, entry) for path in hashes):
            raise BadConfig(
                f"intern.toml: [locked] names {entry!r}, which is in neither the commit nor "
                "[train] share; commit it, share it, or mend its spelling."
            )
    _check_outputs(config, hashes)
    return hashes


def verify(repository: Repository, commit: str, config: Config, hashes: Mapping[str, str]) -> None:
    """Check what the next evaluation will read: no locked file changed, went away or was added.

    The commit's own files can't; shared ones lie on the user's disk, where a training command or
    anybody else can write.

    Args:
        hashes: what `hash_locked` said at the start of the session.

    Raises:
        LockedFileChanged: it names the file and how to mend it.
    """
    with _checkout(repository, commit, config) as checkout:
        verify_checkout(checkout, config, hashes)


def verify_checkout(checkout: Path, config: Config, hashes: Mapping[str, str]) -> None:
    """The same for a folder checked out before, or the user's own. Raises as `verify`."""
    now = _hashes(checkout, locked_patterns(config, checkout))
    for path in sorted(hashes.keys() | now.keys()):
        if now.get(path) == hashes.get(path):
            continue
        if path not in hashes:
            happened, mend = "was added to what is locked", f"remove {_place(checkout, path)}"
        elif path not in now:
            happened, mend = "is gone although it is locked", _restore(checkout, path)
        else:
            happened, mend = "changed although it is locked", _restore(checkout, path)
        raise LockedFileChanged(
            f"{path} {happened} since the session began; {mend}, or start a new session."
        )


def changed_locked(
    repository: Repository, old: str, new: str, patterns: Iterable[str]
) -> list[str]:
    """Locked paths in which two commits differ: changed, added or removed.

    Args:
        patterns: `locked_patterns`, or the paths of `hash_locked`.
    """
    patterns = tuple(patterns)
    changes = file_changes(repository.git, repository.resolve(old), repository.resolve(new))
    return [change.path for change in changes if is_locked(change.path, patterns)]


@contextmanager
def _checkout(repository: Repository, commit: str, config: Config) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="intern-") as folder:
        yield clean_checkout(repository, commit, Path(folder) / "tree", config.train.share)


def _check_outputs(config: Config, hashes: Mapping[str, str]) -> None:
    for output in config.train.outputs:
        name = os.path.normpath(output)
        for path in hashes:
            if name == "." or Path(path).is_relative_to(name) or is_locked(name, [path]):
                raise BadConfig(
                    f"intern.toml: [train] outputs names {output!r}, which holds locked {path}; "
                    "let the training write another folder."
                )


def _place(checkout: Path, path: str) -> str:
    """The path, or where it really lies when it is behind a link to the user's disk."""
    real = os.path.realpath(checkout / path)
    return path if real.startswith(f"{os.path.realpath(checkout)}{os.sep}") else real


def _restore(checkout: Path, path: str) -> str:
    place = _place(checkout, path)
    return f"restore it with `git checkout {path}`" if place == path else f"restore {place}"


def _hashes(checkout: Path, patterns: tuple[str, ...]) -> dict[str, str]:
    starts = {re.split(r"[*?]", pattern)[0] for pattern in patterns}
    return {
        path: _sha256(checkout / path)
        for path in _files(checkout, starts)
        if is_locked(path, patterns)
    }


def _files(checkout: Path, starts: Iterable[str]) -> Iterator[str]:
    """Files below the folders that hold these path prefixes, links followed, from the top."""
    seen_files: set[str] = set()
    folders = set()
    for start in starts:
        place = checkout / start
        if place.is_file():
            name = place.relative_to(checkout).as_posix()
            if name not in seen_files:
                seen_files.add(name)
                yield name
        elif place.is_dir():
            folders.add(place)
        else:
            folders.add(next((p for p in place.parents if p.is_dir()), checkout))
    visited: set[tuple[int, int]] = set()
    for folder in sorted(folders):
        yield from _below(checkout, folder, visited, seen_files)


def _below(
    checkout: Path, folder: Path, above: set[tuple[int, int]], seen: set[str]
) -> Iterator[str]:
    """Walk with links followed; a folder is not entered again below itself."""
    status = folder.stat()
    here = (status.st_dev, status.st_ino)
    if here in above:
        return
    for child in sorted(folder.iterdir()):
        if child.name in {".intern", ".git"}:
            continue
        if child.is_dir():
            yield from _below(checkout, child, above | {here}, seen)
        elif child.is_file() and (name := child.relative_to(checkout).as_posix()) not in seen:
            seen.add(name)
            yield name


def _sha256(path: Path) -> str:
    """Hash a file; one of many gigabytes is read once, as long as its inode says nothing new."""
    status = path.stat()
    key = (
        status.st_dev,
        status.st_ino,
        status.st_size,
        status.st_mtime_ns,
        status.st_ctime_ns,
    )
    if known := _known.get(key):
        return known
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            digest.update(chunk)
    settled = time.time() - max(status.st_mtime, status.st_ctime) > SETTLED_SECONDS
    if settled and status.st_size >= CHUNK:
        _known[key] = digest.hexdigest()
    return digest.hexdigest()
