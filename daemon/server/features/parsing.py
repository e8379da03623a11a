"""The training code, parsed: the present one and those of older commits, each only once."""

from collections.abc import Mapping
from pathlib import Path

from ...errors import CannotEdit
from ...workspace.settings import TrainingCode, spell
from ...workspace.settings.command import TrainCommand
from .past import Past

MOST_CODES = 50
"""Older versions that are remembered, each about a megabyte."""


class Parsing:
    """Parses training code and remembers it. Safe to use from several threads.

    Args:
        root: top of the user's checkout.
        past: files of older commits.
    """

    def __init__(self, root: Path, past: Past) -> None:
        self._root = root
        self._past = past
        self._present: dict[str, TrainingCode] = {}
        self._older: dict[tuple[str, str], TrainingCode | None] = {}
        self._written: dict[tuple[str, str, str], str | None] = {}

    def present(self, command: str, texts: Mapping[str, str]) -> TrainingCode | None:
        """What a training command runs; None: nothing of the repository, or it does not parse.

        Args:
            texts: files that may differ from the disk, by path.
        """
        try:
            read = TrainCommand.parse(command, self._root)
        except CannotEdit:
            return None
        last = self._present.get(command)
        if last is not None and last.command == read and _stands(last, texts):
            return last
        code = _parsed(TrainingCode(self._root, read, texts))
        if code is not None:
            self._present[command] = code
        return code

    def forget(self) -> None:
        """Files came or went: what could not be imported before may be there now."""
        self._present = {}

    def written(self, commit: str, now: TrainingCode, name: str) -> str | None:
        """A setting at an older commit, as it was written; None: it was not set.

        Args:
            now: the present code, which names the command and the files.

        Raises:
            GitRefused, NoRepository: git can't be asked.
        """
        key = (commit, now.command.text, name)
        if key not in self._written:
            code = self.then(commit, now)
            self._written[key] = _value(code, name) if code else None
        return self._written[key]

    def then(self, commit: str, now: TrainingCode) -> TrainingCode | None:
        """The training code as it was at a commit; None: it does not parse.

        Args:
            now: the present code, which names the command and the files.

        Raises:
            GitRefused, NoRepository: git can't be asked.
        """
        key = (commit, now.command.text)
        if key not in self._older:
            found = self._past.texts((commit, path) for path in paths(now))
            texts = {path: text for (_, path), text in found.items() if text is not None}
            if len(self._older) >= MOST_CODES:
                self._older = {}
            self._older[key] = _parsed(TrainingCode(self._root, now.command, texts))
        return self._older[key]


def paths(code: TrainingCode) -> list[str]:
    """The files that settings may stand in."""
    return [*(module.path for module in code.modules), *code.command.files]


def _stands(code: TrainingCode, texts: Mapping[str, str]) -> bool:
    """Whether code that was parsed before is still what the editor and the disk hold."""
    return code.texts == texts and all(code.read(one.path) == one.text for one in code.modules)


def _parsed(code: TrainingCode) -> TrainingCode | None:
    """None while somebody is typing."""
    try:
        _ = code.modules
    except CannotEdit:
        return None
    return code


def _value(code: TrainingCode, name: str) -> str | None:
    found = code.get(name)
    if found is not None:
        return found.text
    value = code.value(name)
    return None if value is None or isinstance(value, dict) else f"{spell(value)} (default)"
