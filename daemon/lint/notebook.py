"""A notebook as one Python file: its code cells, one after the other, magics taken out."""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Self

from ..errors import BadInput
from .rule import Problem

_MAGIC = re.compile(r"(?P<indent>\s*)[%!?]")
_CELL_MAGIC = re.compile(r"\s*%%(?!(?:time|timeit|capture|prun)\b)")


@dataclass(frozen=True)
class Notebook:
    """The code of a notebook and where each line of it stands.

    Args:
        text: Python source; a magic is `pass` in it, and the cell of another language is blank.
        lines: cell and line in the cell of each line of `text`, both from 1.
    """

    text: str
    lines: tuple[tuple[int, int], ...]

    @classmethod
    def of_cells(cls, cells: Iterable[tuple[int, str]]) -> Self:
        """Args: cells: number, from 1, and source of each code cell."""
        text: list[str] = []
        lines: list[tuple[int, int]] = []
        for number, source in cells:
            code = _python(source)
            text += code
            lines += [(number, at) for at in range(1, len(code) + 1)]
        return cls("\n".join(text) + "\n", tuple(lines))

    @classmethod
    def parse(cls, path: str, text: str) -> Self:
        """Read the JSON of nbformat 4.

        Raises:
            BadInput: it is no notebook.
        """
        try:
            cells = json.loads(text)["cells"]
            code = [
                (
                    number,
                    cell["source"] if isinstance(cell["source"], str) else "".join(cell["source"]),
                )
                for number, cell in enumerate(cells, 1)
                if cell["cell_type"] == "code"
            ]
        except (ValueError, KeyError, TypeError) as error:
            raise BadInput(
                f"{path} is no notebook of format 4; open it in Jupyter and save it again."
            ) from error
        return cls.of_cells(code)

    def in_cell(self, problem: Problem) -> tuple[Problem, int]:
        """A problem with lines that count from the top of its cell, and the cell's number.

        It loses its fixes, which are edits of the whole code.
        """
        place = problem.place
        cell, line = self.lines[place.line - 1]
        end_cell, end = self.lines[(place.end_line or place.line) - 1]
        moved = place.model_copy(
            update={"line": line, "end_line": end if end_cell == cell else line}
        )
        return replace(problem, place=moved, fixes=()), cell


def _python(source: str) -> list[str]:
    lines = source.split("\n")
    if _CELL_MAGIC.match(source):
        return ["" for _ in lines]
    code, within = [], False
    for line in lines:
        magic = within or _MAGIC.match(line)
        if magic:
            indent = re.match(r"\s*", line)
            code.append("" if within else f"{indent[0] if indent else ''}pass")
            # A shell command goes on behind a backslash.
            within = line.endswith("\\")
        else:
            code.append(line)
    return code
