"""Files as they stood when runs and experiments ran, read from git and remembered."""

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from ...repo import Repository, open_repository, read_texts

MOST_TEXTS = 4000
"""Texts that are remembered; a training script has some kilobytes."""


@dataclass(frozen=True)
class Block:
    """Lines that a commit put into a file.

    Args:
        line: of the first one in the commit's version, from 1.
        lines: their text, without indentation and line ends.
    """

    line: int
    lines: tuple[str, ...]


class Past:
    """Reads files of commits. Safe to use from several threads.

    Args:
        root: top of the user's checkout.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._texts: dict[tuple[str, str], str | None] = {}
        self._added: dict[tuple[str, str], list[Block]] = {}

    @cached_property
    def _repository(self) -> Repository:
        return open_repository(self._root)

    def texts(self, wanted: Iterable[tuple[str, str]]) -> dict[tuple[str, str], str | None]:
        """Text by commit and path; None: the commit has no such file.

        Raises:
            GitRefused, NoRepository: git can't be asked.
        """
        asked = list(dict.fromkeys(wanted))
        known = dict(self._texts)
        missing = [pair for pair in asked if pair not in known]
        if missing:
            read = read_texts(self._repository, missing)
            known |= read
            if len(self._texts) + len(read) > MOST_TEXTS:
                self._texts = {}
            self._texts |= read
        return {pair: known[pair] for pair in asked}

    def text(self, commit: str, path: str) -> str | None:
        return self.texts([(commit, path)])[commit, path]

    def added(self, changed: Iterable[tuple[str, str]]) -> dict[tuple[str, str], list[Block]]:
        """What commits put into files, compared with their first parent.

        Args:
            changed: commit and path of each.
        """
        pairs = list(dict.fromkeys(changed))
        new = [pair for pair in pairs if pair not in self._added]
        texts = self.texts([*new, *((f"{commit}^", path) for commit, path in new)])
        for commit, path in new:
            before, after = texts[f"{commit}^", path], texts[commit, path]
            self._added[commit, path] = _blocks(before or "", after or "")
        return {pair: self._added[pair] for pair in pairs}


def _blocks(before: str, after: str) -> list[Block]:
    old = [line.strip() for line in before.splitlines()]
    new = [line.strip() for line in after.splitlines()]
    head = _shared(old, new)
    tail = _shared(old[head:][::-1], new[head:][::-1])
    # Most edits are small, and the matcher takes quadratic time.
    matcher = difflib.SequenceMatcher(
        None, old[head : len(old) - tail], new[head : len(new) - tail], autojunk=False
    )
    blocks = []
    for kind, _, _, start, end in matcher.get_opcodes():
        if kind not in ("insert", "replace"):
            continue
        told = [at for at in range(head + start, head + end) if new[at]]
        if told:  # blank lines at its ends say nothing
            blocks.append(Block(told[0] + 1, tuple(new[told[0] : told[-1] + 1])))
    return blocks


def _shared(one: list[str], other: list[str]) -> int:
    """How many lines are the same from the start."""
    pairs = zip(one, other, strict=False)
    return next((at for at, (a, b) in enumerate(pairs) if a != b), min(len(one), len(other)))


def nearest(block: Block, lines: list[str]) -> int | None:
    """The line, from 1, at which a block stands in a text; None: it does not.

    Args:
        lines: the text's lines, without indentation and line ends.
    """
    size = len(block.lines)
    places = [
        at + 1
        for at in range(len(lines) - size + 1)
        if lines[at] == block.lines[0] and tuple(lines[at : at + size]) == block.lines
    ]
    return min(places, key=lambda at: abs(at - block.line), default=None)
