"""Functions that a trainer calls, and the place of a function's name."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from ..protocol import Place
from ..workspace.settings import PythonModule
from .script import Script

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Reward:
    """A reward function of the repository."""

    module: PythonModule
    function: Function
    passed: bool
    """The trainer gets the function itself, not something that wraps it."""

    @property
    def parameters(self) -> list[str]:
        arguments = self.function.args
        found = (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)
        return [one.arg for one in found]

    @property
    def place(self) -> Place:
        return name_place(self.module, self.function)

    def loops_over(self, node: ast.expr) -> bool:
        """Whether an iterable has one element for each completion."""
        match node:
            case ast.Name(id=name):
                return name in self.parameters
            case ast.Call(func=ast.Name(id="zip" | "enumerate"), args=args):
                return any(self.loops_over(one) for one in args)
        return False


def rewards(script: Script) -> Iterator[Reward]:
    """Functions that the trainer gets as rewards, and others that take completions alike."""
    names = _passed(script)
    for module in script.modules:
        for name, function in module.functions.items():
            taken = [one.arg for one in function.args.args]
            is_method = bool(taken) and taken[0] == "self"
            if not is_method and (name in names or "completions" in taken):
                yield Reward(module, function, name in names)


def _passed(script: Script) -> set[str]:
    site, node = script.code.trainer, script.code.argument("reward_funcs")
    if site is None or node is None:
        return set()
    if isinstance(node, ast.Name):
        for scope in site.module.scopes(node):
            bound = site.module.bindings(scope, node.id)
            if len(bound) == 1 and isinstance(bound[0].value, ast.List | ast.Tuple):
                node = bound[0].value
                break
    parts = node.elts if isinstance(node, ast.List | ast.Tuple) else [node]
    return {part.id for part in parts if isinstance(part, ast.Name)}


def name_place(module: PythonModule, function: Function) -> Place:
    """The name in a function's definition."""
    place = module.place(function)
    word = "async def " if isinstance(function, ast.AsyncFunctionDef) else "def "
    start = place.column + len(word)
    end = start + len(function.name)
    return Place(
        path=place.path, line=place.line, column=start, end_line=place.line, end_column=end
    )
