"""Does a chat template end the assistant's turn, and does it mark what the assistant says?

A template is Jinja. It is not run here, but read: which pieces it prints for one message of a role.
Whatever can't be told from the text counts as unknown, and nothing is claimed of it.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

# `<|im_end|>`, `</s>`, `<end_of_turn>`, `<eos>`: how end markers look in the templates of the Hub.
_MARKER = re.compile(r"<\|[^|<>]+\|>|</s>|<end_of_turn>|<eos>|<\uff5c[^<>]+\uff5c>")
_OPENING = re.compile(r"start|begin|header|user|assistant|system")
_PIECE = re.compile(
    r"\{\{[-+]?(?P<print>.*?)[-+]?\}\}|\{%[-+]?\s*(?P<statement>.*?)\s*[-+]?%\}|\{#.*?#\}",
    re.DOTALL,
)
_CONTENT = re.compile(
    r"(?:\w+(?:\.\w+|\[[^\]]+\])*?(?:\.content\b|\[\s*(?P<quote>['\"])content(?P=quote)\s*\])"
    r"|(?<!['\"])\bcontent\b(?!['\"]))"
    r"(?:\.\w+\([^()]*\))*(?:\s*\|\s*\w+(?:\([^()]*\))?)*"
)
_ROLE = r"(?:\w+\.role|\w+\[\s*['\"]role['\"]\s*\]|role)"
_COMPARED = re.compile(rf"\(?\s*{_ROLE}\s*(?P<sign>==|!=)\s*['\"](?P<role>\w+)['\"]\s*\)?")
_AMONG = re.compile(rf"\(?\s*{_ROLE}\s+(?P<sign>in|not in)\s+[\[(](?P<roles>[^\])]*)[\])]\s*\)?")
_LOOP = re.compile(r"for\s+(\w+)\s+in\s+(?:loop_)?messages\b")


@dataclass(frozen=True)
class Piece:
    """Something that the template prints for a message of one role."""

    start: int
    end: int
    text: str
    printed: bool
    """An expression, not plain text."""
    sure: bool
    """False: it stands under a condition that can't be told."""
    marked: bool
    """It stands between generation markers."""


@dataclass(frozen=True)
class AssistantTurn:
    """What a template prints for a message of the assistant."""

    end: str | None
    """The end marker, or `eos_token`; None: nothing ends the turn."""
    marked: bool
    """The content and the end marker stand between `{% generation %}` and `{% endgeneration %}`."""
    content_end: int
    """Index in the template right behind the expression that prints the content."""
    shared: bool
    """The same expression prints the content of the user, too."""
    variable: str
    """Name of the message in the template's loop."""

    def ending(self, quote: str = "'") -> str:
        """What to insert at `content_end` so that the turn ends."""
        if not self.shared:
            return " + eos_token"
        role = f"{self.variable}[{quote}role{quote}] == {quote}assistant{quote}"
        return f" + (eos_token if {role} else {quote}{quote})"


def assistant_turn(template: str) -> AssistantTurn | None:
    """Read a template; None: it can't be told what it prints for the assistant."""
    loop = _LOOP.search(template)
    if loop is None or re.search(r"\{%-?\s*macro\b", template) or _prepared(template):
        return None
    pieces = list(_printed(template, "assistant"))
    said = [piece for piece in pieces if piece.printed and _CONTENT.search(piece.text)]
    if not said or not said[-1].sure:
        return None
    last = said[-1]
    operand = list(_CONTENT.finditer(last.text))[-1]
    rest = last.text[operand.end() :]
    behind = [(rest, last)] + [(piece.text, piece) for piece in pieces if piece.start >= last.end]
    end, ender = next(((found, p) for text, p in behind if (found := _end(text))), (None, None))
    others = list(_printed(template, "user"))
    return AssistantTurn(
        end=end,
        marked=last.marked and ender is not None and ender.marked,
        content_end=last.start + operand.end(),
        shared=any(piece.start == last.start for piece in others),
        variable=loop[1],
    )


def has_generation_markers(template: str) -> bool:
    """Whether the template says what the assistant said, as assistant-only loss needs."""
    return re.search(r"\{%-?\s*generation\s*-?%\}", template) is not None


def _prepared(template: str) -> bool:
    """Whether a variable holds content and marker together, as in the templates of Llama 3."""
    statements = (found["statement"] or "" for found in _PIECE.finditer(template))
    return any(word.startswith("set ") and _end(word) for word in statements)


def _end(text: str) -> str | None:
    if "eos_token" in text:
        return "eos_token"
    markers = [found[0] for found in _MARKER.finditer(text) if not _OPENING.search(found[0])]
    return markers[0] if markers else None


def _printed(template: str, role: str) -> Iterator[Piece]:
    """What the template prints for one message of a role, the prompt for an answer left out."""
    # Each open block: (whether its body is printed, whether a branch before was taken).
    blocks: list[tuple[bool | None, bool | None]] = []
    generation = 0
    at = 0
    for found in [*_PIECE.finditer(template), None]:
        start = found.start() if found else len(template)
        states = [state for state, _ in blocks]
        if False not in states:
            sure = None not in states
            if template[at:start].strip():
                yield Piece(at, start, template[at:start], False, sure, generation > 0)
            if found and found["print"] is not None:
                inside = found.start("print")
                yield Piece(inside, found.end("print"), found["print"], True, sure, generation > 0)
        if found is None:
            return
        at = found.end()
        generation += _step(blocks, found["statement"] or "", role)


def _step(blocks: list[tuple[bool | None, bool | None]], statement: str, role: str) -> int:
    """Open, switch or close a block; 1 and -1 where generation markers begin and end."""
    word = statement.partition(" ")[0]
    if word == "if":
        state = _holds(statement[2:], role)
        blocks.append((state, state))
    elif word in {"elif", "else"} and blocks:
        before = blocks[-1][1]
        state = True if word == "else" else _holds(statement[4:], role)
        if before is True or state is False:
            body: bool | None = False
        else:
            body = True if before is False and state is True else None
        taken = True if True in {before, state} else None if None in {before, state} else False
        blocks[-1] = (body, taken)
    elif word == "for":
        inner = None if _LOOP.match(statement) is None else True
        blocks.append((inner, inner))
    elif word in {"endif", "endfor"} and blocks:
        blocks.pop()
    elif word in {"generation", "endgeneration"}:
        return 1 if word == "generation" else -1
    return 0


def _holds(condition: str, role: str) -> bool | None:
    """Whether a condition holds for a message of the role; None: it can't be told."""
    text = condition.strip()
    if re.search(r"\sor\s", text):
        parts = {_holds(part, role) for part in re.split(r"\sor\s", text)}
        return True if True in parts else None if None in parts else False
    if re.search(r"\sand\s", text):
        parts = {_holds(part, role) for part in re.split(r"\sand\s", text)}
        return False if False in parts else None if None in parts else True
    if text == "add_generation_prompt":
        return False
    if compared := _COMPARED.fullmatch(text):
        return (compared["role"] == role) is (compared["sign"] == "==")
    if among := _AMONG.fullmatch(text):
        inside = role in re.findall(r"\w+", among["roles"])
        return inside is (among["sign"] == "in")
    return None
