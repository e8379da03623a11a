"""Shared paths: git-ignored data and models that every checkout sees as links to the user's own."""

import os
from collections.abc import Iterable
from pathlib import Path

from ..errors import BadConfig
from .paths import RESERVED, fold


def link_share(root: Path, checkout: Path, share: Iterable[str]) -> list[str]:
    """Link shared paths of the user's folder into a checkout. Links that are there stay.

    A tracked file wins over a shared one; where a folder holds both, its untracked content is
    linked one by one. What the user does not have is left out.

    Args:
        root: the user's checkout.
        checkout: where the links go.
        share: `[train] share` of `intern.toml`.

    Returns:
        The shared paths that exist.

    Raises:
        BadConfig: a path leaves the repository, or lies in `.git` or `.intern`.
    """
    linked = []
    for entry in share:
        name = share_name(entry)
        if os.path.lexists(root / name):
            _link(root / name, checkout / name, checkout)
            linked.append(name)
    return linked


def share_name(entry: str) -> str:
    """A path of `[train] share` from the repository's top. Raises as `link_share`."""
    name = os.path.normpath(entry)
    parts = Path(name).parts
    if not entry or name == "." or Path(name).is_absolute() or ".." in parts or "\0" in entry:
        raise BadConfig(
            f"intern.toml: [train] share names {entry!r}, which is no path inside the repository; "
            "link the folder into the repository and name the link."
        )
    if fold(parts[0]) in RESERVED:
        raise BadConfig(
            f"intern.toml: [train] share names {entry!r}, which only git and Intern use; remove it."
        )
    return name


def share_links(root: Path, checkout: Path, paths: Iterable[str]) -> set[str]:
    """Those of the untracked `paths` of a checkout that are our links into the user's folder."""
    links = set()
    for path in paths:
        place = checkout / path
        if place.is_symlink() and place.readlink() == root / path:
            links.add(path)
    return links


def _link(source: Path, place: Path, checkout: Path) -> None:
    if not os.path.lexists(place):
        _make_parents(place, checkout)
        place.symlink_to(source, target_is_directory=source.is_dir())
    elif place.is_dir() and not place.is_symlink() and source.is_dir():
        for child in sorted(source.iterdir()):
            _link(child, place / child.name, checkout)


def _make_parents(place: Path, checkout: Path) -> None:
    """Make the folders above a link, refusing to walk through a link of the commit's own."""
    for parent in reversed(place.relative_to(checkout).parents):
        here = checkout / parent
        if here.is_symlink() or (here.exists() and not here.is_dir()):
            raise BadConfig(
                f"intern.toml: [train] share names {place.relative_to(checkout)}, but {parent} is "
                "a tracked file or link; share that path instead."
            )
        here.mkdir(exist_ok=True)
