"""Commit messages: subject, body and trailers that `git interpret-trailers` reads back."""

import re
import textwrap
from collections.abc import Mapping, Sequence

from .repository import Repository

Trailers = Mapping[str, str | Sequence[str]]

SESSION = "Intern-Session"
EXPERIMENT = "Intern-Experiment"
HYPOTHESIS = "Intern-Hypothesis"
RUN = "Intern-Run"
METRIC = "Intern-Metric"

_KEY = re.compile(r"^([A-Za-z0-9][A-Za-z0-9-]*): ?(.*)$")


def compose(subject: str, body: str = "", trailers: Trailers | None = None) -> str:
    """The text of a commit message.

    Args:
        subject: folded to one line.
        body: as is, but a line of dashes is indented: git would end the message there.
        trailers: a sequence of values gives one line each; long and multi-line values are folded.
    """
    paragraphs = [" ".join(subject.split()) or "Change"]
    if body.strip():
        paragraphs.append(re.sub(r"^---", " ---", body.strip("\n"), flags=re.MULTILINE))
    if lines := _trailer_lines(trailers or {}):
        paragraphs.append("\n".join(lines))
    return "\n\n".join(paragraphs) + "\n"


def split(message: str) -> tuple[str, str, dict[str, list[str]]]:
    """Subject, body and trailers (values unfolded, in order) of a commit message."""
    paragraphs = re.split(r"\n[ \t]*\n", message.strip("\n"))
    trailers: dict[str, list[str]] = {}
    if len(paragraphs) > 1 and (found := _parse_block(paragraphs[-1])):
        paragraphs.pop()
        for key, value in found:
            trailers.setdefault(key, []).append(value)
    return paragraphs[0], "\n\n".join(paragraphs[1:]), trailers


def read_message(repository: Repository, commit: str) -> str:
    raw = repository.git.run("log", "-1", "--format=%B", commit, "--")
    return raw.decode("utf-8", "replace").rstrip("\n") + "\n"


def read_trailers(repository: Repository, commit: str) -> dict[str, list[str]]:
    """Trailers of a commit: each key's values, unfolded, in order."""
    return split(read_message(repository, commit))[2]


def _trailer_lines(trailers: Trailers) -> list[str]:
    lines = []
    for key, value in trailers.items():
        for one in [value] if isinstance(value, str) else value:
            text = f"{key}: {' '.join(one.split())}"
            folded = textwrap.wrap(text, 76, break_long_words=False, break_on_hyphens=False)
            # The key must not stand alone on its line, whatever the length of the first word.
            if len(folded) > 1 and folded[0] == f"{key}:":
                folded[:2] = [f"{folded[0]} {folded[1]}"]
            lines += [folded[0], *(f" {more}" for more in folded[1:])]
    return lines


def _parse_block(paragraph: str) -> list[tuple[str, str]] | None:
    found: list[tuple[str, str]] = []
    for line in paragraph.splitlines():
        if line[:1] in (" ", "\t") and found:
            key, value = found[-1]
            found[-1] = (key, f"{value} {line.strip()}")
        elif match := _KEY.match(line):
            found.append((match[1], match[2].strip()))
        else:
            return None
    return found
