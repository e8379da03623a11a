"""Where a rule is explained: its line in `rules.md` or `lint.md`, for a diagnostic's link."""

import re
from functools import cache
from pathlib import Path

from lsprotocol import types

PACKAGE = Path(__file__).resolve().parents[2]


@cache
def _places() -> dict[str, str]:
    """URI of each rule's heading; empty where the references are not installed."""
    found = {}
    for name in ("rules.md", "lint.md"):
        inside = PACKAGE / name
        file = inside if inside.is_file() else PACKAGE.parent / "docs" / name
        try:
            lines = file.read_text(encoding="utf-8").splitlines()
        except OSError:
            continue
        for number, line in enumerate(lines, 1):
            if heading := re.match(r"#+ ([A-Z]\d+)\b", line):
                found[heading[1]] = f"{file.as_uri()}#L{number}"
    return found


def page(rule: str) -> types.CodeDescription | None:
    """Opens in the editor at the rule; None: the reference does not name it."""
    place = _places().get(rule)
    return types.CodeDescription(href=place) if place else None
