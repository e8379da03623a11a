"""`intern land`: put the accepted hunks on the user's branch, or take that back."""

import sys
from enum import StrEnum
from typing import Annotated

import typer
from rich.console import Console

from ..errors import DirtyFileInTheWay, LandingConflict
from ..protocol import LandingPreview
from ..protocol.methods import Land, LandingDone, SessionRef
from . import exits, figures
from .connection import here, reach, workspace
from .report import SessionId
from .terminal import answers, command, print_json, say


class Style(StrEnum):
    """One commit, or a merge of the session's branch."""

    squash = "squash"
    merge = "merge"


def land(
    context: typer.Context,
    *,
    session: SessionId = None,
    style: Annotated[Style, typer.Option(help="One commit, or a merge.")] = Style.squash,
    message: Annotated[
        str | None, typer.Option("-m", "--message", help="Commit message; default: made for you.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would happen.")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    undo: Annotated[bool, typer.Option("--undo", help="Take the last landing back.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Put the accepted hunks on your branch. It never touches a file with uncommitted changes."""
    root = workspace(here(context))
    console = answers()
    with reach(root) as client:
        if undo:
            done = client.call("intern/land/undo", SessionRef(session=session), LandingDone)
            _tell_undone(done, console, as_json)
            return
        ask = Land(session=session, style=style.value, message=message)
        preview = client.call("intern/land/preview", ask, LandingPreview)
        if dry_run:
            if as_json:
                print_json(preview.wire())
            else:
                _show(preview, console)
            raise typer.Exit(exits.FAILED if preview.dirty or preview.conflicts else exits.OK)
        _must_be_clear(preview)
        if not yes:
            _confirm(preview, console, as_json)
        done = client.call("intern/land", ask, LandingDone)
    if as_json:
        print_json(done.wire())
        return
    files = figures.counted(len(done.files), "file")
    say(console, f"Landed on {done.branch}: {done.after[:7]}, {files}.")
    say(console, f"Take it back: {command(root, 'land', '--undo')}")


def _confirm(preview: LandingPreview, console: Console, as_json: bool) -> None:
    if as_json or not (sys.stdin.isatty() and console.is_terminal):
        raise typer.BadParameter("landing asks first and nobody is there to answer: give --yes.")
    _show(preview, console)
    try:
        answer = console.input(f"Land on {preview.target}? [y/N] ")
    except EOFError:
        answer = ""
    if answer.strip().lower() not in ("y", "yes"):
        console.print("Nothing was touched.")
        raise typer.Exit(exits.OK)


def _show(preview: LandingPreview, console: Console) -> None:
    lines = [f"Onto {preview.target}:", *(f"  {path}" for path in preview.files)]
    if preview.dirty:
        lines += ["In the way, uncommitted:", *(f"  {path}" for path in preview.dirty)]
    if preview.conflicts:
        lines += ["Do not apply any more:", *(f"  {path}" for path in preview.conflicts)]
    lines += ["Message:", *(f"  {line}".rstrip() for line in preview.message.splitlines())]
    for line in lines:
        say(console, line)


def _must_be_clear(preview: LandingPreview) -> None:
    if preview.dirty:
        raise DirtyFileInTheWay(
            f"{', '.join(preview.dirty)} would change and {_has(preview.dirty)} uncommitted "
            "changes; commit or stash them, then land again."
        )
    if preview.conflicts:
        raise LandingConflict(
            f"The accepted hunks do not apply to {', '.join(preview.conflicts)} on "
            f"{preview.target}; reject them with `intern review`, or merge the branch yourself."
        )


def _has(paths: list[str]) -> str:
    return "has" if len(paths) == 1 else "have"


def _tell_undone(done: LandingDone, console: Console, as_json: bool) -> None:
    if as_json:
        print_json(done.wire())
        return
    say(console, f"The landing was taken back: {done.branch} is at {done.after[:7]}.")
