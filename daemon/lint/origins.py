"""Follow an expression of a dataset back to where its rows come from."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass, replace

from ..workspace.settings import PythonModule, TrainingCode, called, keyword

DEPTH = 25
"""Steps that are followed; longer chains are given up."""

LOADERS = {"load_dataset", "load_from_disk", "from_json", "from_csv", "from_parquet", "from_list"}
_KEEPING = {
    "map", "shuffle", "rename_column", "rename_columns", "remove_columns", "cast", "cast_column",
    "with_format", "with_transform", "flatten", "add_column", "select_columns", "sort",
    "class_encode_column", "flatten_indices", "to_iterable_dataset",
}  # fmt: skip
_CHOOSING = {"select", "filter", "take", "skip", "shard", "unique", "train_test_split"}
_JOINING = {"concatenate_datasets", "interleave_datasets"}


@dataclass(frozen=True)
class Origin:
    """One source of a dataset's rows."""

    module: PythonModule
    call: ast.Call
    """What loads them."""
    name: str | None
    """The data set's id on the Hub, or the path; None: it is not known."""
    split: str | None
    """As it is written, such as `train[:90%]`; None: it is not known."""
    part: str | None = None
    """The side of a `train_test_split`."""
    steps: tuple[str, ...] = ()
    """Methods that were applied, the first one first."""
    choices: tuple[str, ...] = ()
    """Source of the steps that choose among the rows."""

    @property
    def splits(self) -> set[str]:
        """Names of the splits, without slices: `train` and `test` of `train+test[:10]`."""
        return {part.partition("[")[0].strip() for part in (self.split or "").split("+")} - {""}

    @property
    def source(self) -> str:
        """The same for two expressions that load the same thing, whatever the split."""
        words = [ast.dump(one) for one in self.call.args]
        words += [ast.dump(word) for word in self.call.keywords if word.arg != "split"]
        return " ".join([called(self.call), *words])


def origins(code: TrainingCode, module: PythonModule, node: ast.expr) -> list[Origin]:
    """The sources of a dataset expression; empty: it can't be followed."""
    try:
        return list(_follow(code, module, node, 0))
    except _Lost:
        return []


class _Lost(Exception):
    """The expression can't be followed."""


def _follow(  # noqa: PLR0912 - one branch a shape
    code: TrainingCode, module: PythonModule, node: ast.expr, depth: int
) -> Iterator[Origin]:
    if depth > DEPTH:
        raise _Lost
    match node:
        case ast.Name():
            yield from _follow(code, module, _binding(module, node), depth + 1)
        case ast.Subscript(value=base, slice=key):
            name = _string(code, module, key)
            for one in _follow(code, module, base, depth + 1):
                if name is None:
                    yield replace(one, split=None, choices=(*one.choices, module.source(node)))
                elif "train_test_split" in one.steps and one.part is None:
                    yield replace(one, part=name)
                else:
                    yield replace(one, split=name)
        case ast.Call(func=ast.Attribute(value=base, attr=step)) if step in _KEEPING | _CHOOSING:
            chosen = (module.source(node)[len(module.source(base)) :],) if step in _CHOOSING else ()
            for one in _follow(code, module, base, depth + 1):
                steps = (*one.steps, step)
                yield replace(one, steps=steps, choices=(*one.choices, *chosen))
        case ast.Call() if called(node) in _JOINING and node.args:
            if not isinstance(node.args[0], ast.List | ast.Tuple):
                raise _Lost
            for each in node.args[0].elts:
                yield from _follow(code, module, each, depth + 1)
        case ast.Call():
            yield _loaded(code, module, node)
        case _:
            raise _Lost


def _loaded(code: TrainingCode, module: PythonModule, call: ast.Call) -> Origin:
    function = called(call)
    if function not in LOADERS and function not in module.functions:
        raise _Lost
    first = call.args[0] if call.args else None
    if word := keyword(call, "path"):
        first = word.value
    name = _string(code, module, first) if first is not None else None
    split = keyword(call, "split")
    return Origin(
        module, call, name, _string(code, module, split.value) if split is not None else None
    )


def _binding(module: PythonModule, node: ast.Name) -> ast.expr:
    """What a name was given last before it is used here."""
    for scope in module.scopes(node):
        bound = [one for one in module.bindings(scope, node.id) if one.value is not None]
        if scope is module.scope(node):
            # In `rows = rows.map(f)` the name on the right is what it was before.
            bound = [one for one in bound if (one.end_lineno or one.lineno) < node.lineno]
        if not bound:
            continue
        last = bound[-1]
        if len(bound) > 1 and not _reached(module, last, node):
            raise _Lost
        if not isinstance(last, ast.Assign):
            assert last.value is not None
            return last.value
        target = last.targets[0]
        if isinstance(target, ast.Name):
            return last.value
        if isinstance(target, ast.Tuple) and isinstance(last.value, ast.Tuple):
            for name, value in zip(target.elts, last.value.elts, strict=False):
                if isinstance(name, ast.Name) and name.id == node.id:
                    return value
        break
    raise _Lost


def _reached(module: PythonModule, last: ast.stmt, node: ast.AST) -> bool:
    """Whether control surely passes an assignment before it comes to the node."""
    branches = ast.If | ast.For | ast.While | ast.Try | ast.With | ast.Match
    above = []
    parent: ast.AST | None = node
    while parent is not None:
        above.append(parent)
        parent = module.parents.get(parent)
    around = module.parents.get(last)
    return around in above or not isinstance(around, branches)


def _string(code: TrainingCode, module: PythonModule, node: ast.expr) -> str | None:
    found = code.setting_of(module, node)
    return found.value if found is not None and isinstance(found.value, str) else None
