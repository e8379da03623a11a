"""`# intern: ignore[L101]`: the comments that silence a rule on a line, or in a whole file."""

import io
import re
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass, field

from ..protocol import Place

_COMMENT = re.compile(r"#\s*intern:\s*ignore(?:\[(?P<ids>[\w\s,]*)\])?")
EVERY = "*"


@dataclass
class Ignored:
    """What a file asks to be silent about: `EVERY`, or ids of rules."""

    file: set[str] = field(default_factory=set)
    lines: dict[int, set[str]] = field(default_factory=dict)

    def covers(self, rule: str, place: Place) -> bool:
        """Whether a rule is to be silent at a place, whose comment may stand on any of its lines.

        A comment that has its line for itself counts for the line below it.
        """
        if {rule, EVERY} & self.file:
            return True
        lines = range(place.line, (place.end_line or place.line) + 1)
        return any({rule, EVERY} & self.lines.get(line, set()) for line in lines)


def ignored(path: str, text: str) -> Ignored:
    """Read the comments of a file.

    A comment on a line of its own before the first statement of Python counts for the whole file.
    """
    found = Ignored()
    if "intern:" not in text:
        return found
    comments = _python(text) if path.endswith((".py", ".ipynb")) else _lines(text)
    for line, alone, first, comment in comments:
        match = _COMMENT.search(comment)
        if match is None:
            continue
        ids = {one.strip() for one in (match["ids"] or EVERY).split(",")} - {""}
        if first:
            found.file |= ids
        else:
            found.lines.setdefault(line + alone, set()).update(ids)
    return found


def _python(text: str) -> Iterator[tuple[int, bool, bool, str]]:
    """Line, whether the comment is alone on it, whether no statement came before, the comment."""
    skipped = (tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.ENCODING)
    begun, line_of_code = False, 0
    try:
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            if token.type == tokenize.COMMENT:
                alone = line_of_code != token.start[0]
                yield token.start[0], alone, alone and not begun, token.string
            elif token.type not in skipped:
                # A docstring is no statement for which a comment could stand.
                begun |= token.type != tokenize.STRING
                line_of_code = token.end[0]
    except (tokenize.TokenError, SyntaxError):  # half-typed; there is nothing to lint in it
        return


def _lines(text: str) -> Iterator[tuple[int, bool, bool, str]]:
    for number, line in enumerate(text.splitlines(), 1):
        before, mark, comment = line.partition("#")
        if mark:
            yield number, not before.strip(), False, f"#{comment}"
