"""Which repository a Jupyter session means: that of a path below the contents root."""

import os
from collections.abc import Iterator
from pathlib import Path

from ..errors import BadInput, NoRepository
from ..server.locate import find_root
from ..workspace import Layout

DEPTH = 3
"""Folders below the contents root that are looked into: `projects/team/repository`."""

MOST = 200
"""Folders that are looked at; a home folder with more is not searched to its end."""


def root_of(contents_root: Path, path: str) -> Path:
    """The repository that a path of Jupyter's contents is in.

    Args:
        contents_root: folder that the server shows, resolved.
        path: relative to it, with forward slashes, of a file or a folder; may not exist yet.

    Raises:
        BadInput: the path leads out of the contents root.
        NoRepository: it is in none.
    """
    place = Path(os.path.realpath(contents_root / path.lstrip("/")))
    if not place.is_relative_to(contents_root):
        raise BadInput(f"{path} is outside the folder that this server shows; name one in it.")
    return Path(find_root(str(place)))


def workspaces(contents_root: Path) -> list[Path]:
    """Repositories with an `intern.toml`: the one that the contents root is in, and those below."""
    found = []
    try:
        own = Path(find_root(str(contents_root)))
    except NoRepository:
        pass
    else:
        found.append(own)
    for folder in _folders(contents_root):
        if folder not in found and Layout(folder).config.is_file() and (folder / ".git").exists():
            found.append(folder)
    return found


def _folders(top: Path) -> Iterator[Path]:
    """Folders, the near ones first; hidden ones and links are left out."""
    level, seen = [top], 0
    for _ in range(DEPTH + 1):
        below: list[Path] = []
        for folder in level:
            yield folder
            seen += 1
            if seen >= MOST:
                return
            try:
                with os.scandir(folder) as entries:
                    names = sorted(
                        entry.name
                        for entry in entries
                        if not entry.name.startswith(".") and entry.is_dir(follow_symlinks=False)
                    )
            except OSError:
                continue
            below += [folder / name for name in names]
        level = below
