"""`intern lint`: mistakes in training code that can be seen before it runs."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.text import Text

from ..errors import BadConfig, NoConfig, NoInterpreter, NoRepository
from ..workspace import Config
from ..workspace.config import load
from . import exits, figures
from .connection import active_python, here, workspace
from .terminal import answers, print_json, remarks, say

if TYPE_CHECKING:
    from ..lint import Installed
    from ..lint.files import FileProblem, Linted

STYLES = {"error": "bold red", "warning": "yellow", "information": "cyan", "hint": "dim"}
LEVELS = list(STYLES)


class FailOn(StrEnum):
    """From which severity on the exit code is 3."""

    never = "never"
    warning = "warning"
    error = "error"


def lint(
    context: typer.Context,
    *,
    paths: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="PATH",
            help="Python files, notebooks and folders; the whole workspace if none is given.",
            show_default=False,
        ),
    ] = None,
    fail_on: Annotated[
        FailOn, typer.Option(help="Exit with 3 when a problem is at least so severe.")
    ] = FailOn.error,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Look for mistakes in training code, without running it. Needs no daemon and no repository."""
    # Imported here: LibCST takes its time, and `intern --help` does without.
    from ..lint.files import lint_files  # noqa: PLC0415

    folder = here(context).resolve()
    targets = [(folder / path).resolve() for path in paths or ["."]]
    root = _root(folder, targets)
    config = _config(root)
    installed = _installed(config, root)
    command = config.train.command if config else None
    found = lint_files(root, targets, command=command, installed=installed)
    if as_json:
        print_json(_document(found, installed))
    else:
        _tell(found, answers())
    raise typer.Exit(_code(found, fail_on))


def _root(folder: Path, targets: list[Path]) -> Path:
    """The workspace around what is linted; without one, the folder that holds it all."""
    first = targets[0] if targets[0].is_dir() else targets[0].parent
    try:
        return workspace(first if first.is_dir() else folder)
    except NoRepository:
        inside = all(target.is_relative_to(folder) for target in targets)
        return folder if inside else first


def _config(root: Path) -> Config | None:
    try:
        return load(root / "intern.toml")
    except (NoConfig, BadConfig):
        return None


def _installed(config: Config | None, root: Path) -> "Installed | None":
    from ..lint import Asking  # noqa: PLC0415
    from ..runs import find_python  # noqa: PLC0415

    try:
        with remarks().status("Asking the interpreter which arguments it knows"):
            return Asking().ask(find_python(config, root, active_python()))
    except NoInterpreter as error:
        say(remarks(), f"Arguments are not checked: {error}")
        return None


def _tell(found: "Linted", console: Console) -> None:
    for one in found.problems:
        place, rule = one.problem.place, one.problem.rule
        cell = f" cell {one.cell}" if one.cell is not None else ""
        line = Text(f"{place.path}{cell}:{place.line}:{place.column}", style="bold")
        line.append(f"  {rule.severity}", style=STYLES[rule.severity])
        line.append(f"  {rule.id} {rule.label}", style="dim")
        console.print(line.append(f"  {one.problem.message}", style="not dim"), soft_wrap=True)
    for sentence in found.unread:
        say(remarks(), sentence)
    told = [
        figures.counted(count, name) if name != "information" else f"{count} {name}"
        for name in LEVELS
        if (count := sum(one.problem.rule.severity == name for one in found.problems))
    ]
    if found.problems:
        console.print()
    say(console, f"{figures.counted(found.files, 'file')}: {', '.join(told) or 'no problems'}")


def _document(found: "Linted", installed: "Installed | None") -> dict[str, Any]:
    return {
        "problems": [_problem(one) for one in found.problems],
        "files": found.files,
        "unread": found.unread,
        "libraries": dict(installed.versions) if installed else None,
    }


def _problem(one: "FileProblem") -> dict[str, Any]:
    place, rule = one.problem.place, one.problem.rule
    return {
        "rule": rule.id,
        "label": rule.label,
        "severity": rule.severity,
        "message": one.problem.message,
        "path": place.path,
        "cell": one.cell,
        "line": place.line,
        "column": place.column,
        "endLine": place.end_line,
        "endColumn": place.end_column,
        "source": rule.source,
        "fixes": [fix.title for fix in one.problem.fixes],
    }


def _code(found: "Linted", fail_on: FailOn) -> int:
    if fail_on is FailOn.never:
        return exits.OK
    bad = LEVELS[: LEVELS.index(fail_on.value) + 1]
    return exits.FOUND if any(one.problem.rule.severity in bad for one in found.problems) else 0
