"""`intern init`: propose an `intern.toml` from the training code, and write it when it is right."""

import sys
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from ..errors import BadInput
from ..workspace import Layout
from . import exits
from .connection import here, workspace
from .terminal import answers, command, print_json, remarks, say

if TYPE_CHECKING:
    from ..workspace.discovery import Guess, Proposal


def init(
    context: typer.Context,
    *,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Write it without asking.")] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print what was found as JSON; write only with --yes.")
    ] = False,
) -> None:
    """Find out how this repository trains and scores, and write intern.toml."""
    # Imported here: it reads code with LibCST, which `intern --help` does without.
    from ..workspace.discovery import discover, to_toml  # noqa: PLC0415

    root = workspace(here(context))
    path = Layout(root).config
    if path.exists():
        raise BadInput(f"{path} exists and is never overwritten; edit it, or remove it first.")
    with remarks().status("Reading the code"):
        proposal = discover(root)
    console = answers()
    if not as_json:
        console.print(table(proposal))
    text = to_toml(proposal)
    if as_json:
        print_json({"found": _wire(proposal), "toml": text, "written": yes})
    elif not yes:
        _confirm(text, console)
    if yes or not as_json:
        try:
            with path.open("x", encoding="utf-8") as file:  # x: somebody may have been quicker
                file.write(text)
        except OSError as error:
            raise BadInput(f"{path} can't be written ({error.strerror}); mend that.") from error
    if not as_json:
        say(console, f"Wrote {path}.")
        say(console, "Next: git add intern.toml && git commit -m 'Add intern.toml'")
        say(console, f"Then: {command(root, 'improve')}")


def _confirm(text: str, console: Console) -> None:
    if not (sys.stdin.isatty() and console.is_terminal):
        raise typer.BadParameter("init asks first and nobody is there to answer: give --yes.")
    console.print()
    say(console, text)
    try:
        answer = console.input("Looks right, write intern.toml? [y/N] ")
    except EOFError:
        answer = ""
    if answer.strip().lower() not in ("y", "yes"):
        say(console, "Nothing was written.")
        raise typer.Exit(exits.OK)


def _found(proposal: "Proposal") -> list[tuple[str, list["Guess"]]]:
    """What was found, by the word that the table shows."""
    singles = {
        "interpreter": proposal.python,
        "evaluation": proposal.evaluate,
        "sealed test": proposal.test,
        f"metric ({proposal.direction})": proposal.metric,
    }
    return [
        ("training script", proposal.scripts),
        *((name, [guess] if guess else []) for name, guess in singles.items()),
        ("training data", proposal.train_data),
        ("held-out data", proposal.held_out_data),
        ("Hub data sets", proposal.datasets),
        ("base model", proposal.models),
        ("outputs", proposal.outputs),
        ("shared, not in git", proposal.share),
    ]


def table(proposal: "Proposal") -> Table:
    """Every guess with where it comes from; a further guess stands below the best one."""
    shown = Table(box=None, padding=(0, 2, 0, 0), header_style="bold", pad_edge=False)
    for name in ("setting", "found", "where"):
        shown.add_column(name, overflow="fold")
    for name, guesses in _found(proposal):
        for place, guess in enumerate(guesses):
            style = "dim" if place and name == "training script" else ""
            value = Text(guess.value, style=style)
            shown.add_row("" if place else name, value, Text(guess.source, style="dim"))
        if not guesses:
            without = "the active one" if name == "interpreter" else "none"
            shown.add_row(name, Text(without, style="dim"), "")
    return shown


def _wire(proposal: "Proposal") -> dict[str, object]:
    return {
        name: [{"value": guess.value, "source": guess.source} for guess in guesses]
        for name, guesses in _found(proposal)
    }
