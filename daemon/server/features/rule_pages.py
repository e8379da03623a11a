"""Where a rule is explained: its line in `rules.md`, for the link on a diagnostic's code."""

import re
from functools import cache
from pathlib import Path

from lsprotocol import types

PACKAGE = Path(__file__).resolve().parents[2]


@cache
def _lines() -> tuple[str, dict[str, int]]:
    """URI of the reference and the line of each rule's heading; empty where it is not installed."""
    inside = PACKAGE / "rules.md"
    file = inside if inside.is_file() else PACKAGE.parent / "docs" / "rules.md"
    try:
        text = file.read_text(encoding="utf-8")
    except OSError:
        return "", {}
    headings = (re.match(r"#+ ([A-Z]\d+)\b", line) for line in text.splitlines())
    return file.as_uri(), {found[1]: line for line, found in enumerate(headings, 1) if found}


def page(rule: str) -> types.CodeDescription | None:
    """Opens in the editor at the rule; None: the reference does not name it."""
    uri, lines = _lines()
    return types.CodeDescription(href=f"{uri}#L{lines[rule]}") if rule in lines else None
