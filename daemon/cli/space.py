"""`intern gc`: free what old sessions left under `.intern/`."""

from typing import Annotated

import typer

from ..protocol.methods import Collect, Collected
from . import figures
from .connection import here, reach, workspace
from .terminal import answers, command, print_json, remarks, say


def gc(
    context: typer.Context,
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would go.")] = False,
    days: Annotated[float, typer.Option(help="Keep what is younger.", min=0)] = 14.0,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Free space: worktrees and outputs of old sessions. Reports, metrics and commits stay."""
    root = workspace(here(context))
    with reach(root) as client, remarks().status("Looking for what can go"):
        done = client.call("intern/gc", Collect(dry_run=dry_run, keep_days=days), Collected)
    if as_json:
        print_json(done.wire())
        return
    console = answers()
    for line in done.removed:
        say(console, line)
    verb = "Would free" if dry_run else "Freed"
    say(console, f"{verb} {figures.size(done.freed_bytes)}.")
    if dry_run and done.removed:
        say(console, f"Do it: {command(root, 'gc', '--days', f'{days:g}')}")
