"""`intern report`: what a session measured."""

import os
import shlex
import subprocess
from pathlib import Path
from typing import Annotated

import typer

from ..errors import BadInput, InternError
from ..protocol import Report
from ..protocol.methods import SessionRef
from ..workspace import Layout
from .connection import here, reach, workspace
from .summary import next_steps, summary
from .terminal import answers, glyphs, print_json, say

SessionId = Annotated[
    str | None, typer.Argument(metavar="[SESSION]", help="A session id; default: the newest.")
]


def report(
    context: typer.Context,
    *,
    session: SessionId = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    path: Annotated[bool, typer.Option("--path", help="Print the report's path alone.")] = False,
    open_it: Annotated[bool, typer.Option("--open", help="Open it in $VISUAL or $EDITOR.")] = False,
) -> None:
    """Tell every experiment with its verdict, the score before and after, and the cost."""
    root = workspace(here(context))
    with reach(root) as client:
        told = client.call("intern/session/report", SessionRef(session=session), Report)
    page = Layout(root).report(told.session)
    if as_json:
        print_json(told.document())
    elif path:
        print(page)
    elif open_it:
        _open(page)
    else:
        console = answers()
        console.print(summary(told, console.width, glyphs(console), every=True))
        console.print()
        for line in [*_reproduce(told), *next_steps(told, root)]:
            say(console, line)


def _reproduce(report: Report) -> list[str]:
    if not report.reproduce:
        return []
    return ["Make the final score again:", *(f"  {line}" for line in report.reproduce), ""]


def _open(page: Path) -> None:
    editor = os.environ.get("VISUAL") or os.environ.get("EDITOR")
    if not editor:
        raise BadInput(f"Neither VISUAL nor EDITOR is set; open {page} yourself.")
    try:
        subprocess.run([*shlex.split(editor), str(page)], check=False)
    except OSError as error:
        raise InternError(
            f"{editor} does not start ({error.strerror}); open {page} yourself."
        ) from error
