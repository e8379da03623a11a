"""`intern try`: one experiment that the person asks for."""

from typing import Annotated

import typer

from ..errors import BadInput
from ..protocol import Session, Wish
from ..protocol.methods import TryCandidate
from .connection import active_python, here, reach, workspace
from .terminal import answers, command, print_json, say

SET = "set:"


def try_(
    context: typer.Context,
    *,
    what: Annotated[
        str,
        typer.Argument(metavar="SETTING|IDEA", help="A setting, or an idea of the playbook."),
    ],
    value: Annotated[
        str | None, typer.Argument(metavar="[VALUE]", help="What the setting is to be.")
    ] = None,
    because: Annotated[
        str, typer.Option("--because", metavar="TEXT", help="Why; it stands in the report.")
    ] = "",
    include_uncommitted: Annotated[
        bool,
        typer.Option(
            "--include-uncommitted", help="Start from uncommitted changes of tracked files too."
        ),
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Try a value or an idea: next in the session that runs, else in a session for it alone."""
    root = workspace(here(context))
    ask = TryCandidate(
        wish=wish_of(what, value, because),
        include_uncommitted=include_uncommitted,
        python=active_python(),
    )
    with reach(root) as client:
        session = client.call("intern/experiment/try", ask, Session)
    if as_json:
        print_json(session.wire())
        return
    refused = session.wishes[-1].refused
    if refused is not None:
        raise BadInput(refused)
    console = answers()
    say(console, f"{session.id} tries {what}{f' = {value}' if value else ''}.")
    say(console, f"Watch it: {command(root, 'improve', '--resume')}")


def wish_of(what: str, value: str | None = None, because: str = "") -> Wish:
    """A setting with its value, or an idea as it is."""
    intervention = what if value is None or what.startswith(SET) else f"{SET}{what}"
    return Wish(intervention=intervention, value=value, because=because)
