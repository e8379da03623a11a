"""Where code is shown: a file in one document, a notebook in a document for each cell."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from lsprotocol import types
from pygls.workspace import Workspace

from ...lint import Notebook
from .view import View, path_of


@dataclass(frozen=True)
class OpenNotebook:
    """A notebook that the client has open.

    Args:
        path: relative to the workspace root, with forward slashes.
        cells: URI and text of each Python cell, in the order of the notebook.
    """

    path: str
    cells: tuple[tuple[str, str], ...]

    @cached_property
    def code(self) -> Notebook:
        return Notebook.of_cells((at, text) for at, (_, text) in enumerate(self.cells, 1))


def open_notebooks(root: Path, workspace: Workspace) -> list[OpenNotebook]:
    """The notebooks of the workspace that the client has open. For the event loop.

    Args:
        root: top of the user's checkout, resolved.
    """
    found = []
    for one in workspace.notebook_documents.values():
        path = path_of(root, one.uri)
        cells = tuple(
            (cell.document, workspace.get_text_document(cell.document).source)
            for cell in one.cells
            if cell.kind == types.NotebookCellKind.Code
        )
        if path is not None and path.endswith(".ipynb"):
            found.append(OpenNotebook(path, cells))
    return found


class Surface:
    """The client's files.

    Args:
        view: the workspace at one moment.
    """

    def __init__(self, view: View) -> None:
        self._view = view

    def text(self, path: str) -> str | None:
        """What is shown of a file, or lies on disk; None: there is none."""
        return self._view.text(path)

    def located(self, path: str, span: types.Range) -> tuple[str, types.Range] | None:
        """Document and range, in the client's units, of a span of a file's text.

        None: no single document shows all of it.
        """
        lines = (self.text(path) or "").splitlines(True)
        return self._view.uri(path), self._view.codec.range_to_client_units(lines, span)


class CellSurface(Surface):
    """The client's files, with one notebook among them.

    Args:
        notebook: its text is the code of all its cells.
    """

    def __init__(self, view: View, notebook: OpenNotebook) -> None:
        super().__init__(view)
        self._notebook = notebook

    def text(self, path: str) -> str | None:
        return self._notebook.code.text if path == self._notebook.path else super().text(path)

    def located(self, path: str, span: types.Range) -> tuple[str, types.Range] | None:
        if path != self._notebook.path:
            return super().located(path, span)
        lines = self._notebook.code.lines
        if span.end.line >= len(lines):
            return None
        (cell, first), (end_cell, last) = lines[span.start.line], lines[span.end.line]
        if cell != end_cell:
            return None
        uri, text = self._notebook.cells[cell - 1]
        start = types.Position(first - 1, span.start.character)
        within = types.Range(start, types.Position(last - 1, span.end.character))
        codec = self._view.codec
        return uri, codec.range_to_client_units(text.splitlines(True), within)
