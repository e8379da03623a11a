"""Where a new value goes, and what the file reads after it."""

import ast
from typing import TYPE_CHECKING

from ...errors import CannotEdit
from ...protocol import Change, Place
from .call_edit import add_keyword, remove_keyword
from .config_file import ConfigFile
from .defaults import ADAPTER_SETTINGS
from .module import PythonModule, Span, keyword
from .setting import FileEdit, Value
from .spelling import spell
from .tables import Entry, Flag, Instance, Literal, Parsed, Unknown

if TYPE_CHECKING:
    from .training_code import TrainingCode


def splice(
    module: PythonModule, parts: list[tuple[Span, str]], what: str, place: Place
) -> FileEdit:
    """Replace spans of a Python file.

    Args:
        parts: start and end in characters, and the text to stand there instead.

    Raises:
        CannotEdit: the result would not parse.
    """
    after = module.text
    for (start, end), text in sorted(parts, reverse=True):
        after = after[:start] + text + after[end:]
    PythonModule(module.path, after)
    return FileEdit(module.path, module.text, after, [Change(what=what, place=place)])


def set_value(code: "TrainingCode", name: str, value: Value) -> FileEdit:
    """See `TrainingCode.set`."""
    found = code.trace(name)
    if found is None:
        return _add(code, name, value)
    if isinstance(found, Unknown):
        raise CannotEdit(f"`{name}` can't be edited in {code.script}: {found.reason}.")
    if not isinstance(found, Literal | Entry | Flag):
        raise CannotEdit(f"`{name}` in {code.script} is a table, not one value.")
    if found.value == value and type(found.value) is type(value):
        raise CannotEdit(f"`{name}` is {found.text} already.")
    if isinstance(found, Flag) or found.locked is not None:
        raise CannotEdit(f"`{name}` can't be edited: {found.locked}.")
    if isinstance(found, Entry):
        after = found.file.set(found.keys, value)
        new = ConfigFile(found.file.path, after).source(found.keys)
        change = Change(what=f"{name} {found.text} -> {new}", place=found.place)
        return FileEdit(found.file.path, found.file.text, after, [change])
    literal = spell(value, found.text)
    what = f"{name} {found.text} -> {literal}"
    return splice(found.module, [(found.module.span(found.node), literal)], what, found.place)


def remove_value(code: "TrainingCode", name: str) -> FileEdit:
    """See `TrainingCode.remove`."""
    site = code.site_of(name)
    if site and keyword(site.call, name):
        text = remove_keyword(site.module.source(site.call), name)
        place = site.module.place(site.call)
        return splice(site.module, [(site.module.span(site.call), text)], f"{name} removed", place)
    found = code.trace(name)
    if isinstance(found, Entry):
        change = Change(what=f"{name} removed", place=found.place)
        after = found.file.remove(found.keys)
        return FileEdit(found.file.path, found.file.text, after, [change])
    raise CannotEdit(f"`{name}` is no keyword of the configuration in {code.script}.")


def _add(code: "TrainingCode", name: str, value: Value) -> FileEdit:
    site = code.site_of(name)
    if site is not None:
        literal = spell(value)
        text = add_keyword(site.module.source(site.call), name, literal)
        place = site.module.place(site.call)
        span = site.module.span(site.call)
        return splice(site.module, [(span, text)], f"{name} {literal} added", place)
    if name in ADAPTER_SETTINGS:
        raise CannotEdit(f"`{name}` has no place in {code.script}, which has no LoraConfig.")
    made = code.parsed_config()
    if isinstance(made, Instance):
        return _add_field(made, name, value)
    if isinstance(made, Parsed) and (files := code.tracer.given_files()):
        file = files[0]
        after = file.set([name], value)
        place = ConfigFile(file.path, after).place([name])
        what = f"{name} {spell(value, dialect=file.language)} added"
        return FileEdit(file.path, file.text, after, [Change(what=what, place=place)])
    mend = (
        f"pass `--{name}` in the training command of intern.toml"
        if made
        else f"give the trainer `args={code.config_name or 'SFTConfig'}(...)`"
    )
    raise CannotEdit(f"`{name}` has no place in {code.script}; {mend}.")


def _add_field(made: Instance, name: str, value: Value) -> FileEdit:
    """A new field at the end of a dataclass that derives from the library's configuration."""
    fields = [one for one in made.node.body if isinstance(one, ast.AnnAssign)]
    last = fields[-1] if fields else made.node.body[-1]
    end = made.module.span(last)[1]
    kind = "str | None" if value is None else type(value).__name__
    text = f"\n{' ' * last.col_offset}{name}: {kind} = {spell(value)}"
    what = f"{name} {spell(value)} added"
    return splice(made.module, [((end, end), text)], what, made.module.place(last))
