"""Edits of calls that are no setting of the trainer: a keyword added, taken out or renamed."""

import ast
from collections.abc import Callable

from ..workspace.settings import FileEdit, PythonModule, splice
from ..workspace.settings.call_edit import add_keyword, remove_keyword, rename_keyword
from .rule import Fix


def adding(module: PythonModule, call: ast.Call, name: str, literal: str) -> Fix:
    """Args: literal: a Python expression."""

    def text() -> str:
        return add_keyword(module.source(call), name, literal)

    what = f"{name}={literal} added"
    return edit_fix(
        f"Add {name}={literal}",
        lambda: splice(module, [(module.span(call), text())], what, module.place(call)),
    )


def removing(module: PythonModule, call: ast.Call, name: str) -> Fix:
    def text() -> str:
        return remove_keyword(module.source(call), name)

    return edit_fix(
        f"Remove {name}",
        lambda: splice(
            module, [(module.span(call), text())], f"{name} removed", module.place(call)
        ),
    )


def renaming(module: PythonModule, call: ast.Call, old: str, new: str) -> Fix:
    def text() -> str:
        return rename_keyword(module.source(call), old, new)

    return edit_fix(
        f"Rename {old} to {new}",
        lambda: splice(
            module, [(module.span(call), text())], f"{old} -> {new}", module.place(call)
        ),
    )


def replacing(module: PythonModule, node: ast.expr, text: str, title: str) -> Fix:
    """Put another expression in the place of one."""
    return edit_fix(
        title,
        lambda: splice(module, [(module.span(node), text)], title, module.place(node)),
    )


def edit_fix(title: str, make: Callable[[], FileEdit]) -> Fix:
    """A fix of one file."""
    return Fix(title, lambda: [make()])
