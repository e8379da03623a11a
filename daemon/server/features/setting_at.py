"""The training setting under the cursor: at its keyword, or where its value stands."""

import re
from collections.abc import Iterator

from ...errors import CannotEdit
from ...protocol import Place
from ...workspace.settings import Setting, TrainingCode, keyword

_WORD = re.compile(r"[A-Za-z_]\w*")


def setting_at(code: TrainingCode, path: str, text: str, line: int, column: int) -> Setting | None:
    """The setting at a position, or the only one of its line.

    Args:
        path: of the document.
        text: of the line.
        line: from 1.
        column: in characters, from 1.
    """
    on_line: list[Setting] = []
    for name in _names(code, path, text, line):
        try:
            setting = code.get(name)
        except CannotEdit:  # it stands where a config file gives it no place
            continue
        if setting is None:
            continue
        places = [place for place in _places(code, setting) if place.path == path]
        if any(_covers(place, line, column) for place in places):
            return setting
        if any(place.line == line for place in places):
            on_line.append(setting)
    return on_line[0] if len(on_line) == 1 else None


def _names(code: TrainingCode, path: str, text: str, line: int) -> Iterator[str]:
    """Names that may be at the line. Tracing a name is the costly part, so few are given."""
    words = set(_WORD.findall(text))
    given = set()
    for site in (code.config, code.adapter):
        for word in site.call.keywords if site else []:
            if word.arg is None or site is None:
                continue
            given.add(word.arg)
            here = site.module.path == path and word.lineno <= line <= (word.end_lineno or 0)
            if here or words & set(_WORD.findall(site.module.source(word.value))):
                yield word.arg
    yield from sorted(words - given)


def _places(code: TrainingCode, setting: Setting) -> Iterator[Place]:
    yield setting.place
    site = code.site_of(setting.name)
    word = keyword(site.call, setting.name) if site else None
    if site is not None and word is not None:
        yield site.module.place(word)


def _covers(place: Place, line: int, column: int) -> bool:
    end_line = place.end_line or place.line
    end = place.end_column or place.column
    return (place.line, place.column) <= (line, column) <= (end_line, end)
