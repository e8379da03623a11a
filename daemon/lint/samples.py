"""The first rows of local data files: what they hold, and how long they are."""

import statistics
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from ..errors import BadInput
from ..workspace.training_data import Shape, read_rows, shape_of

MOST_ROWS = 200
LARGEST_JSON = 4 << 20
"""Bytes; a larger `.json` file is not read, for it can't be read in part."""
CHARACTERS_A_TOKEN = 5.0
"""English prose has four to five characters a token in current vocabularies; five never
overstates a length."""


@dataclass(frozen=True)
class Sample:
    """What the first rows of a file tell."""

    path: str
    """Relative to the workspace root, with forward slashes."""
    rows: int
    shape: Shape
    lengths: tuple[int, ...]
    """Characters of all that a row says, one number a row."""

    @property
    def median_tokens(self) -> int:
        """A lower estimate of how many tokens a row in the middle has."""
        return round(statistics.median(self.lengths) / CHARACTERS_A_TOKEN)

    def share_above(self, tokens: float) -> float:
        """Share of the rows that surely have more tokens, 0 to 1."""
        above = sum(length / CHARACTERS_A_TOKEN > tokens for length in self.lengths)
        return above / len(self.lengths)


class Samples:
    """Reads samples and remembers them until their file changes. Safe to use from threads."""

    def __init__(self) -> None:
        self._known: dict[Path, tuple[tuple[int, int], Sample | None]] = {}

    def of(self, root: Path, path: str) -> Sample | None:
        """None: the file can't be read, or holds no rows."""
        file = root / path
        try:
            status = file.stat()
        except OSError:
            return None
        stamp = (status.st_mtime_ns, status.st_size)
        known = self._known.get(file)
        if known is None or known[0] != stamp:
            known = (stamp, _read(root, path, status.st_size))
            self._known[file] = known
        return known[1]


def _read(root: Path, path: str, size: int) -> Sample | None:
    if path.endswith(".parquet") or (path.endswith(".json") and size > LARGEST_JSON):
        return None
    try:
        rows = list(islice(read_rows(root, path), MOST_ROWS))
    except (BadInput, OSError):
        return None
    if not rows:
        return None
    return Sample(path, len(rows), shape_of(rows[0]), tuple(_length(row) for row in rows))


def _length(value: Any) -> int:
    """Characters of all strings in a row, roles and column names left out."""
    match value:
        case str():
            return len(value)
        case list():
            return sum(_length(each) for each in value)
        case {"rejected": rejected, "chosen": chosen, **others}:
            return _length(others) + max(_length(rejected), _length(chosen))
        case dict():
            return sum(_length(each) for key, each in value.items() if key not in {"role", "from"})
    return 0
