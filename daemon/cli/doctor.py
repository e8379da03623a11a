"""`intern doctor`: what is there, what is missing, and the mend."""

from dataclasses import asdict
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from . import exits
from .checkup import Check, check_all
from .connection import here
from .terminal import answers, print_json, remarks, say

STYLES = {"ok": "green", "absent": "yellow", "missing": "bold red"}


def doctor(
    context: typer.Context,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Check everything that Intern needs. Exits with 1 when `improve` can't work."""
    with remarks().status("Looking"):
        checks = check_all(here(context).resolve())
    abilities = can_do(checks)
    if as_json:
        print_json({"checks": [asdict(check) for check in checks], "canDo": abilities})
    else:
        console = answers()
        console.print(_table(checks))
        console.print()
        for name, reason in abilities.items():
            say(console, f"intern {name}: " + ("works" if reason is None else reason))
        mends = [check for check in checks if check.state == "missing"]
        if mends:
            say(console, f"Next: {mends[0].mend}")
        else:
            say(console, "Next: intern improve")
    missing = any(check.state == "missing" for check in checks)
    raise typer.Exit(exits.FAILED if missing else exits.OK)


def can_do(checks: list[Check]) -> dict[str, str | None]:
    """By command: None when it works here, else what it lacks."""
    missing = [check.name for check in checks if check.state == "missing"]

    def lacks(needed: set[str]) -> str | None:
        absent = [name for name in missing if name in needed]
        return f"needs {', '.join(absent)}" if absent else None

    return {
        "diagnose FILE": lacks({"python"}),
        "new DIR": lacks({"python", "git"}),
        "init": lacks({"python", "git", "repository"}),
        "run": lacks(set(missing) - {"smolagents"}),
        "improve": lacks(set(missing)),
    }


def _table(checks: list[Check]) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), show_header=False, pad_edge=False)
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for check in checks:
        words = Text(check.found)
        if check.mend:
            words.append(f"\n{check.mend}", style="dim")
        table.add_row(check.name, Text(check.state, style=STYLES[check.state]), words)
    return table
