"""Files as they stood when runs and experiments ran, read from git and remembered."""

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from ...errors import CannotEdit
from ...repo import Repository, open_repository, read_texts
from ...workspace.settings import TrainingCode

MOST_TEXTS = 4000
"""Texts that are remembered; a training script has some kilobytes."""
MOST_CODES = 100
"""Parsed versions that are remembered, a megabyte each."""


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
        self._codes: dict[tuple[str, str], TrainingCode | None] = {}

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

    def code(self, commit: str, now: TrainingCode) -> TrainingCode | None:
        """The training code as it stood at a commit; None: it did not parse.

        Args:
            now: the present one, which names the command and the files.
        """
        key = (commit, now.command.text)
        if key not in self._codes:
            texts = self.texts((commit, path) for path in paths(now))
            then = {path: text for (_, path), text in texts.items() if text is not None}
            if len(self._codes) >= MOST_CODES:
                self._codes = {}
            self._codes[key] = parsed(TrainingCode(now.root, now.command, then))
        return self._codes[key]

    def added(self, changed: Iterable[tuple[str, str]]) -> dict[tuple[str, str], list[Block]]:
        """What commits put into files, compared with their first parent.

        Args:
            changed: commit and path of each.
        """
        pairs = list(dict.fromkeys(changed))
        texts = self.texts(
            [*pairs, *((f"{commit}^", path) for commit, path in pairs)],
        )
        return {
            (commit, path): _blocks(texts[f"{commit}^", path] or "", texts[commit, path] or "")
            for commit, path in pairs
        }


def paths(code: TrainingCode) -> list[str]:
    """The files that settings may stand in."""
    return [*(module.path for module in code.modules), *code.command.files]


def parsed(code: TrainingCode) -> TrainingCode | None:
    """The code if all of it is valid Python; None while somebody is typing."""
    try:
        _ = code.modules
    except CannotEdit:
        return None
    return code


def _blocks(before: str, after: str) -> list[Block]:
    old, new = before.splitlines(), [line.strip() for line in after.splitlines()]
    matcher = difflib.SequenceMatcher(None, [line.strip() for line in old], new, autojunk=False)
    blocks = []
    for kind, _, _, start, end in matcher.get_opcodes():
        if kind not in ("insert", "replace"):
            continue
        told = [at for at in range(start, end) if new[at]]
        if told:  # blank lines at its ends say nothing
            blocks.append(Block(told[0] + 1, tuple(new[told[0] : told[-1] + 1])))
    return blocks


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
