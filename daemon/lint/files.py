"""Lint files and folders of a workspace as they lie on disk, notebooks included."""

import os
import shlex
import subprocess
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from ..errors import BadInput, CannotEdit
from ..workspace.settings import TrainingCode
from ..workspace.settings.command import TrainCommand
from .installed import Installed
from .linting import lint
from .notebook import Notebook
from .rule import Problem
from .samples import Samples

SUFFIXES = (".py", ".ipynb")
SKIPPED = {".git", ".intern", "node_modules", "site-packages", "__pycache__", ".ipynb_checkpoints"}


@dataclass(frozen=True)
class FileProblem:
    """A problem, and the cell that it stands in."""

    problem: Problem
    cell: int | None = None
    """Number of the notebook's cell, from 1; the problem's lines then count from its top."""


@dataclass
class Linted:
    """What came of linting several files."""

    problems: list[FileProblem] = field(default_factory=list)
    files: int = 0
    unread: list[str] = field(default_factory=list)
    """Why a file could not be linted, a sentence each."""


def lint_files(
    root: Path, paths: Iterable[Path], *, command: str | None, installed: Installed | None
) -> Linted:
    """Lint files, and the Python files and notebooks of folders.

    Args:
        root: the workspace.
        paths: inside the root.
        command: `[train] command` of the workspace: what its script gets from it is known.
        installed: what the user's interpreter accepts; None: nothing is said of that.

    Raises:
        BadInput: a path does not exist, or is none of Python.
    """
    top, samples, result = root.resolve(), Samples(), Linted()
    files = list(dict.fromkeys(file for path in paths for file in _files(top, path.resolve())))
    wanted = {file.relative_to(top).as_posix() for file in files}
    given = _given(top, command)
    found: dict[tuple[object, ...], FileProblem] = {}
    for path in sorted(wanted):
        try:
            problems = _lint_file(top, path, given, installed, samples)
        except (CannotEdit, BadInput, OSError, UnicodeDecodeError) as error:
            result.unread.append(str(error))
            continue
        result.files += 1
        for one in problems:
            place = one.problem.place
            # A module that several scripts import is told once, and only if it was asked for.
            if place.path in wanted or not place.path.endswith(SUFFIXES):
                key = (one.problem.rule.id, place.path, one.cell, place.line, place.column)
                found.setdefault(key, one)
    result.problems = list(found.values())
    return result


def _lint_file(
    root: Path,
    path: str,
    given: TrainCommand | None,
    installed: Installed | None,
    samples: Samples,
) -> list[FileProblem]:
    text = (root / path).read_text(encoding="utf-8")
    if not path.endswith(".ipynb"):
        ours = given is not None and given.script == path
        command = given if given is not None and ours else _alone(path)
        code = TrainingCode(root, command, {})
        found = lint(code, given=ours, installed=installed, samples=samples)
        return [FileProblem(one) for one in found]
    notebook = Notebook.parse(path, text)
    code = TrainingCode(root, _alone(path), {path: notebook.text})
    found = lint(code, installed=installed, samples=samples)
    return [
        FileProblem(*notebook.in_cell(one)) if one.place.path == path else FileProblem(one)
        for one in found
    ]


def _alone(path: str) -> TrainCommand:
    return TrainCommand(f"python {shlex.quote(path)}", path)


def _given(root: Path, command: str | None) -> TrainCommand | None:
    try:
        return TrainCommand.parse(command, root) if command else None
    except CannotEdit:  # it starts no script of this repository
        return None


def _files(root: Path, path: Path) -> Iterator[Path]:
    if not path.is_relative_to(root):
        raise BadInput(f"{path} lies outside of {root}; lint it from its own folder.")
    if path.is_file():
        if path.suffix not in SUFFIXES:
            raise BadInput(f"{path} is neither Python nor a notebook; give a .py or .ipynb file.")
        yield path
    elif path.is_dir():
        listed = _tracked(path)
        yield from _walk(path) if listed is None else listed
    else:
        raise BadInput(f"{path} does not exist; give a file or a folder of this workspace.")


def _tracked(folder: Path) -> list[Path] | None:
    """What git tracks or would track below a folder; None: there is no repository."""
    patterns = [f"*{suffix}" for suffix in SUFFIXES]
    words = ["git", "-C", str(folder), "ls-files", "-z", "--cached", "--others"]
    try:
        done = subprocess.run(
            [*words, "--exclude-standard", "--", *patterns],
            capture_output=True,
            text=True,
            check=False,
        )
    except (OSError, UnicodeDecodeError):
        return None
    if done.returncode:
        return None
    names = sorted(set(filter(None, done.stdout.split("\0"))))
    files = [folder / name for name in names if not SKIPPED & set(name.split("/"))]
    return [file for file in files if file.is_file()]


def _walk(folder: Path) -> Iterator[Path]:
    for at, names, files in os.walk(folder):
        names[:] = sorted(n for n in names if n not in SKIPPED and not n.startswith("."))
        yield from (Path(at) / name for name in sorted(files) if name.endswith(SUFFIXES))
