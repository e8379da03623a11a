"""The files that the client has open, as far as they are code or configuration of the workspace."""

from collections.abc import Mapping
from pathlib import Path

from pygls.workspace import TextDocument

from .view import Document, path_of

SUFFIXES = (".py", ".toml", ".yaml", ".yml", ".json")
LARGEST = 1 << 20
"""Characters; larger files are data, not configuration."""


class Documents:
    """Open documents by path.

    Args:
        root: top of the user's checkout, resolved.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._paths: dict[str, str | None] = {}

    def path(self, uri: str) -> str | None:
        """Relative to the root; None: the file is none of ours."""
        if uri not in self._paths:
            path = path_of(self._root, uri)
            self._paths[uri] = path if path and path.endswith(SUFFIXES) else None
        return self._paths[uri]

    def among(self, opened: Mapping[str, TextDocument]) -> dict[str, Document]:
        """Ours among all that the client opened."""
        return {
            path: Document(path, one.uri, one.source, one.version)
            for one in opened.values()
            if (path := self.path(one.uri)) is not None and len(one.source) <= LARGEST
        }

    def forget(self, uri: str) -> None:
        self._paths.pop(uri, None)
