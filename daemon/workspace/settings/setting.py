"""What is found and what is changed: a setting with its place, and an edit of one file."""

import difflib
from dataclasses import dataclass
from typing import Literal

from ...protocol import Change, Place

Value = bool | int | float | str | None | list["Value"] | dict[str, "Value"]

Origin = Literal[
    "keyword",
    "constant",
    "argparse default",
    "dataclass field",
    "parameter default",
    "dictionary",
    "assignment",
    "config file",
    "command line",
]


@dataclass(frozen=True)
class Setting:
    """One training setting and the place that decides its value."""

    name: str
    """TRL's name, such as `learning_rate`."""
    value: Value
    place: Place
    """Where an edit goes: the default of `--lr`, not the keyword `learning_rate=args.lr`."""
    origin: Origin
    text: str
    """The value as the person wrote it, such as `2e-5`."""
    locked: str | None = None
    """Why it can't be edited, a sentence; None: it can."""


@dataclass(frozen=True)
class FileEdit:
    """The new text of one file."""

    path: str
    """Relative to the workspace root, with forward slashes."""
    before: str
    """Empty for a new file."""
    after: str
    changes: list[Change]

    @property
    def diff(self) -> str:
        """The edit as a unified diff without context, for people and tests."""
        lines = difflib.unified_diff(
            self.before.splitlines(keepends=True),
            self.after.splitlines(keepends=True),
            f"a/{self.path}",
            f"b/{self.path}",
            n=0,
        )
        return "".join(line if line.endswith("\n") else f"{line}\n" for line in lines)
