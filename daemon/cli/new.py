"""`intern new`: a complete training workspace in a git repository of its own."""

import shutil
from pathlib import Path
from typing import Annotated

import typer

from ..errors import BadInput
from .connection import here
from .terminal import answers, command, say

DEFAULT = "sft"
LEFT_OUT = ("__pycache__", "*.pyc", ".intern", "outputs", ".venv")


def new(
    context: typer.Context,
    what: Annotated[
        list[str],
        typer.Argument(
            metavar="[TEMPLATE] DIR", help="A template (default: sft) and a new folder."
        ),
    ],
) -> None:
    """Make a training workspace that runs on a CPU in a minute."""
    if len(what) > 2:
        raise typer.BadParameter(f"Too many names: {' '.join(what)}; give [TEMPLATE] DIR.")
    template, folder = (DEFAULT, what[0]) if len(what) == 1 else (what[0], what[1])
    target = (here(context) / folder).resolve()
    scaffold(template, target)
    console = answers()
    say(console, f"Made {target} from the template {template}, with one commit.")
    readme = target / "README.md"
    if readme.exists():
        say(console, f"Read about it: {readme}")
    say(console, f"Next: {command(target, 'improve')}")


def scaffold(template: str, target: Path) -> None:
    """Copy a template and commit it.

    Args:
        template: name of a folder of `templates_folder()`.
        target: an absent or empty folder.

    Raises:
        BadInput: there is no such template, or the target holds something.
        GitRefused: git answered with an error.
    """
    source = templates_folder() / template
    if not (source / "intern.toml").is_file():
        there = sorted(path.parent.name for path in templates_folder().glob("*/intern.toml"))
        raise BadInput(f"There is no template {template}; take one of {', '.join(there)}.")
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise BadInput(f"{target} is not empty; name a new folder.")
    from ..repo.identity import undo_identity  # noqa: PLC0415 - GitPython costs 0.1 s
    from ..repo.plumbing import Git, forget_inherited_repository  # noqa: PLC0415

    forget_inherited_repository()
    target.mkdir(parents=True, exist_ok=True)
    git = Git(target)
    branch = git.attempt("config", "--get", "init.defaultBranch")[1].decode().strip() or "main"
    git.run("init", "--quiet")
    git.run("symbolic-ref", "HEAD", f"refs/heads/{branch}")  # --initial-branch is git 2.28's
    shutil.copytree(source, target, dirs_exist_ok=True, ignore=shutil.ignore_patterns(*LEFT_OUT))
    git.run("add", "--all")
    # The person's own name when git knows it, ours on a machine where nobody has set one.
    own = git.with_environment(**undo_identity(git))
    own.run("commit", "--quiet", "--message", f"Start from Intern's {template} template")


def templates_folder() -> Path:
    """Where the templates lie: inside an installed package, beside it in a source checkout."""
    package = Path(__file__).resolve().parents[1]
    inside = package / "workspace_templates"
    return inside if inside.is_dir() else package.parent / "workspace_templates"
