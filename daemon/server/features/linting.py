"""The training lint while somebody types: problems of open files and notebooks."""

import os
import shlex
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from lsprotocol import types

from ...errors import CannotEdit, NoInterpreter
from ...lint import Asking, Installed, Level, Problem, Samples, lint
from ...runs import find_python
from ...workspace.settings import TrainingCode
from ...workspace.settings.command import TrainCommand
from .parsing import paths
from .past import Block, nearest
from .rule_pages import page
from .surfaces import CellSurface, OpenNotebook, Surface
from .view import View

SOURCE = "intern lint"
SEVERITIES: dict[Level, types.DiagnosticSeverity] = {
    "error": types.DiagnosticSeverity.Error,
    "warning": types.DiagnosticSeverity.Warning,
    "information": types.DiagnosticSeverity.Information,
    "hint": types.DiagnosticSeverity.Hint,
}
_TRAINERS = ("trl", "transformers", "unsloth")
"""Without one of these words in it, a file is not even parsed."""


@dataclass(frozen=True)
class Linted:
    """What was said of a file, and what it was said of."""

    problems: list[Problem]
    texts: dict[str, str | None]
    """Of the code and its configuration files, by path."""
    installed: Installed | None

    def stands(self, surface: Surface, installed: Installed | None) -> bool:
        same = all(surface.text(path) == text for path, text in self.texts.items())
        return same and self.installed is installed


class Linting:
    """Lints what a client has open. `learn` is for a thread, and so is all the rest.

    Args:
        root: top of the user's checkout, resolved.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._samples = Samples()
        self._asking = Asking()
        self._installed: Installed | None = None
        self._has_learned = False
        self._linted: dict[str, Linted] = {}
        self._busy = threading.Lock()
        self.wants_to_learn = False
        """Something that trains is open, and what its interpreter accepts may have changed."""

    def stop(self) -> None:
        self._asking.stop()

    def forget(self) -> None:
        """Files came or went: data may be longer now, and an import may be found."""
        with self._busy:
            self._linted = {}
        self.wants_to_learn = self._has_learned

    def learn(self, view: View) -> bool:
        """Ask the interpreter of the training what it accepts; seconds for new versions.

        Returns:
            Whether the answer is another one than before.
        """
        self.wants_to_learn, self._has_learned = False, True
        before = self._installed
        try:
            python = find_python(view.config, self._root, os.environ.get("VIRTUAL_ENV"))
            self._installed = self._asking.ask(python)
        except NoInterpreter:  # a run says so; the lint has less to say
            self._installed = None
        return self._installed != before

    def problems(self, view: View) -> list[Problem]:
        """Problems of all open Python files and of what they import, each once."""
        opened = [path for path in view.documents if path.endswith(".py")]
        with self._busy:
            each = [one for path in opened for one in self._of(view, path)]
            self._linted = {
                path: told
                for path, told in self._linted.items()
                if path in view.documents or path.endswith(".ipynb")
            }
        found: dict[tuple[object, ...], Problem] = {}
        for one in each:
            place = one.place
            found.setdefault((one.rule.id, place.path, place.line, place.column), one)
        return list(found.values())

    def notebook_problems(self, view: View, notebook: OpenNotebook) -> list[Problem]:
        """Problems of one open notebook, its cells taken together."""
        with self._busy:
            return self._of_notebook(view, notebook)

    def _of(self, view: View, path: str) -> list[Problem]:
        known = self._linted.get(path)
        surface = Surface(view)
        if known is not None and known.stands(surface, self._installed):
            return known.problems
        text = view.documents[path].text
        training = view.training
        given = training is not None and any(one.path == path for one in training.modules)
        if not given and not any(word in text for word in _TRAINERS):
            return []
        code = training if given else view.code(f"python {shlex.quote(path)}")
        if code is None:  # half-typed: what was said before stands where its lines still do
            return [] if known is None else [*_moved(surface, known)]
        return self._lint(surface, path, code, given=given)

    def _of_notebook(self, view: View, notebook: OpenNotebook) -> list[Problem]:
        known, surface = self._linted.get(notebook.path), CellSurface(view, notebook)
        if known is not None and known.stands(surface, self._installed):
            return known.problems
        if not any(word in notebook.code.text for word in _TRAINERS):
            return []
        texts = {path: one.text for path, one in view.documents.items()}
        command = TrainCommand(f"python {shlex.quote(notebook.path)}", notebook.path)
        code = TrainingCode(self._root, command, {**texts, notebook.path: notebook.code.text})
        try:
            return self._lint(surface, notebook.path, code, given=False)
        except CannotEdit:
            return [] if known is None else [*_moved(surface, known)]

    def _lint(
        self, surface: Surface, path: str, code: TrainingCode, *, given: bool
    ) -> list[Problem]:
        problems = lint(code, given=given, installed=self._installed, samples=self._samples)
        self.wants_to_learn |= not self._has_learned
        texts = {each: surface.text(each) for each in {path, *paths(code)}}
        self._linted[path] = Linted(problems, texts, self._installed)
        return problems


def lint_diagnostics(
    surface: Surface, problems: list[Problem]
) -> dict[str, list[types.Diagnostic]]:
    """Diagnostics by URI."""
    found: dict[str, list[types.Diagnostic]] = {}
    for problem in problems:
        rule, where = problem.rule, located(surface, problem)
        if where is None:
            continue
        told = types.Diagnostic(
            range=where[1],
            message=problem.message,
            severity=SEVERITIES[rule.severity],
            source=SOURCE,
            code=rule.id,
            code_description=page(rule.id),
            tags=[types.DiagnosticTag.Deprecated] if rule.label == "renamed_argument" else None,
        )
        found.setdefault(where[0], []).append(told)
    return found


def located(surface: Surface, problem: Problem) -> tuple[str, types.Range] | None:
    """Document and range of a problem, or of its first line where it has several."""
    place = problem.place
    lines = (surface.text(place.path) or "").splitlines()
    if place.line > len(lines):
        return None
    whole = len(lines[place.line - 1].rstrip())
    one_line = place.end_line in (None, place.line) and place.end_column is not None
    end = place.end_column - 1 if one_line and place.end_column else whole
    line, start = place.line - 1, place.column - 1
    span = types.Range(types.Position(line, start), types.Position(line, max(end, start)))
    return surface.located(place.path, span)


def _moved(surface: Surface, known: Linted) -> Iterator[Problem]:
    for one in known.problems:
        place = one.place
        before, now = known.texts.get(place.path), surface.text(place.path)
        if before is None or now is None:
            continue
        old = before.splitlines()[place.line - 1]
        line = nearest(Block(place.line, (old,)), now.splitlines())
        if line is not None:
            moved = place.model_copy(update={"line": line, "end_line": line})
            yield Problem(one.rule, moved, one.message)
