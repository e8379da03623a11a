"""Quick fixes of lint problems: edits that mend them, and comments that silence them."""

from collections.abc import Iterator

from lsprotocol import types

from ...errors import CannotEdit
from ...lint import Problem
from ...lint.suppression import ignored
from ...workspace.settings import FileEdit
from .linting import SOURCE, located
from .surfaces import Surface


def mends(
    surface: Surface, context: types.CodeActionContext, uri: str, problems: list[Problem]
) -> list[types.CodeAction]:
    """Fixes of the diagnostics that are ours, and a comment that silences each.

    Args:
        uri: of the document or cell that the diagnostics stand in.
    """
    if context.only and not {types.CodeActionKind.QuickFix, ""} & set(context.only):
        return []
    return [
        action
        for diagnostic in context.diagnostics
        if diagnostic.source == SOURCE
        for problem in problems
        if problem.rule.id == diagnostic.code
        and located(surface, problem) == (uri, diagnostic.range)
        for action in _fixes(surface, problem, diagnostic)
    ]


def _fixes(
    surface: Surface, problem: Problem, diagnostic: types.Diagnostic
) -> Iterator[types.CodeAction]:
    preferred = True
    for fix in problem.fixes:
        try:
            edits = fix.make()
        except CannotEdit:  # the person fixed this setting where it can't be changed
            continue
        if any(surface.text(edit.path) != edit.before for edit in edits):
            continue
        if (made := _action(surface, fix.title, diagnostic, edits, preferred)) is not None:
            yield made
            preferred = False
    if (silenced := _silenced(surface, problem)) is not None:
        title = f"Ignore {problem.rule.id} on this line"
        if (made := _action(surface, title, diagnostic, [silenced])) is not None:
            yield made


def _action(
    surface: Surface,
    title: str,
    diagnostic: types.Diagnostic,
    edits: list[FileEdit],
    preferred: bool = False,
) -> types.CodeAction | None:
    """None: an edit reaches over several cells, which no client can make."""
    changes: dict[str, list[types.TextEdit]] = {}
    for edit in edits:
        found = _smallest(surface, edit)
        if found is None:
            return None
        changes.setdefault(found[0], []).append(found[1])
    return types.CodeAction(
        title=title,
        kind=types.CodeActionKind.QuickFix,
        diagnostics=[diagnostic],
        is_preferred=preferred,
        edit=types.WorkspaceEdit(changes=changes),
    )


def _smallest(surface: Surface, edit: FileEdit) -> tuple[str, types.TextEdit] | None:
    """The edit without what is the same at both ends, so that a cursor elsewhere stays."""
    before, after = edit.before, edit.after
    start = _shared(before, after)
    end = _shared(before[start:][::-1], after[start:][::-1])
    lines = before.splitlines(True)
    span = types.Range(_position(lines, start), _position(lines, len(before) - end))
    found = surface.located(edit.path, span)
    if found is None:
        return None
    return found[0], types.TextEdit(range=found[1], new_text=after[start : len(after) - end])


def _shared(one: str, other: str) -> int:
    """How many characters are the same from the start."""
    pairs = zip(one, other, strict=False)
    return next((at for at, (a, b) in enumerate(pairs) if a != b), min(len(one), len(other)))


def _position(lines: list[str], index: int) -> types.Position:
    """Of a character, from 0, in a text of these lines."""
    for number, line in enumerate(lines):
        if index < len(line):
            return types.Position(number, index)
        index -= len(line)
    return types.Position(len(lines), index)


def _silenced(surface: Surface, problem: Problem) -> FileEdit | None:
    """The file with a comment that silences the rule at the place; None: no comment can."""
    path, rule = problem.place.path, problem.rule.id
    text = surface.text(path)
    if text is None or not path.endswith((".py", ".ipynb")):
        return None
    lines = text.splitlines(True)
    line = lines[problem.place.line - 1]
    content = line.rstrip("\r\n")
    lines[problem.place.line - 1] = (
        f"{content.rstrip()}  # intern: ignore[{rule}]{line[len(content) :]}"
    )
    after = "".join(lines)
    try:
        compile(after, path, "exec", dont_inherit=True)
    except (SyntaxError, ValueError):  # behind a backslash there is no room for a comment
        return None
    if not ignored(path, after).covers(rule, problem.place):  # it went into a string
        return None
    return FileEdit(path, text, after, [])
