"""Markdown of answers: links into the workspace, and text from elsewhere made harmless.

Panels draw these addresses as buttons; other readers see the label:

| address | what it opens |
| --- | --- |
| `intern:file/<path>#L<line>` | a file of the workspace, at a line |
| `intern:run/<id>` | a run: its curves |
| `intern:experiment/<id>` | an experiment: its diff, runs and verdict |
| `intern:commit/<sha>` | the diff of a commit |
| `intern:finding/<run>/<rule>` | a finding of a run |

Paths and ids are percent-encoded, slashes excepted. Words of the person's code, data and programs
stand in code spans: no panel reads them as HTML or as Markdown.
"""

import re
from urllib.parse import quote

from ...protocol import Experiment, Finding, Place

_MARKS = re.compile(r"([\\`*<\[\]&|])")


def plain(text: str) -> str:
    """Words that shall stand as they are, on one line."""
    return _escaped(" ".join(text.split()))


def prose(text: str) -> str:
    """Sentences of ours: their code spans stay, all else stands as it is."""
    pieces = re.split(r"(`[^`]+`)", " ".join(text.split()))
    return "".join(piece if at % 2 else _escaped(piece) for at, piece in enumerate(pieces))


def code(text: str) -> str:
    """A code span that nothing in `text` can end."""
    line = " ".join(text.split()) or " "
    longest = max((len(run) for run in re.findall(r"`+", line)), default=0)
    fence = "`" * (longest + 1)
    pad = " " if line.startswith("`") or line.endswith("`") else ""
    return f"{fence}{pad}{line}{pad}{fence}"


def block(text: str, language: str = "") -> str:
    """A fenced block that nothing in `text` can end."""
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{language}\n{text.rstrip()}\n{fence}"


def link(label: str, kind: str, ref: str) -> str:
    """`label` as a link to a thing of the workspace."""
    return f"[{plain(label)}](intern:{kind}/{quote(ref)})"


def file_link(path: str, line: int | None = None) -> str:
    """`[train.py:41](intern:file/train.py#L41)`"""
    if line is None:
        return link(path, "file", path)
    return f"[{plain(path)}:{line}](intern:file/{quote(path)}#L{line})"


def place_link(place: Place) -> str:
    return file_link(place.path, place.line)


def run_link(run_id: str) -> str:
    return link(run_id, "run", run_id)


def commit_link(sha: str) -> str:
    return link(sha[:7], "commit", sha)


def experiment_link(experiment: Experiment) -> str:
    """`[exp 3](intern:experiment/s1/3)`"""
    return link(f"exp {experiment.number}", "experiment", experiment.id)


def finding_link(run_id: str, finding: Finding) -> str:
    """`[S5 overfitting](intern:finding/run-0003/S5)`"""
    return link(f"{finding.rule} {finding.label}", "finding", f"{run_id}/{finding.rule}")


def _escaped(text: str) -> str:
    return _MARKS.sub(r"\\\1", text)
