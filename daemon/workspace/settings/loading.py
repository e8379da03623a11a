"""Recognise `yaml.safe_load(open(path))` and its kin, and find the path."""

import ast
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from .module import PythonModule, called
from .tables import Found

if TYPE_CHECKING:
    from .tracing import Tracer

LOADERS = {"load", "loads", "safe_load", "full_load", "unsafe_load", "parse", "load_config"}
LIBRARIES = {"yaml", "json", "toml", "tomllib", "tomli", "tomlkit", "rtoml", "OmegaConf", "orjson"}
OPENERS = {"open", "Path", "read_text", "read_bytes", "resolve", "absolute", "fspath", "str"}


def opened_path(tracer: "Tracer", module: PythonModule, call: ast.Call, depth: int) -> str | None:
    """The file that a call loads, relative to the workspace root; None: it loads none."""
    match call.func:
        case ast.Attribute(value=ast.Name(id=library), attr=name):
            if library not in LIBRARIES or name not in LOADERS or not call.args:
                return None
        case _:
            return None
    return _path(tracer, module, call.args[0], depth)


def _path(  # noqa: PLR0911 - one return a shape
    tracer: "Tracer", module: PythonModule, node: ast.expr, depth: int
) -> str | None:
    match node:
        case ast.Constant(value=str(text)):
            return text
        case ast.Call() if called(node) in OPENERS:
            if isinstance(node.func, ast.Attribute) and called(node) != "fspath":
                return _path(tracer, module, node.func.value, depth)
            return _path(tracer, module, node.args[0], depth) if node.args else None
        case ast.BinOp(left=left, op=ast.Div(), right=ast.Constant(value=str(tail))):
            folder = _folder(tracer, module, left, depth)
            return (PurePosixPath(folder) / tail).as_posix() if folder is not None else None
        case ast.Name(id=name):
            for opened in module.nodes:
                if isinstance(opened, ast.withitem) and isinstance(opened.optional_vars, ast.Name):
                    same = opened.optional_vars.id == name
                    if same and module.scope(opened.context_expr) is module.scope(node):
                        return _path(tracer, module, opened.context_expr, depth)
            for scope in module.scopes(node):
                bound = module.bindings(scope, name)
                if len(bound) == 1 and isinstance(bound[0].value, ast.Call | ast.BinOp):
                    return _path(tracer, module, bound[0].value, depth)
    found = tracer.trace(module, node, "keyword", depth + 1)
    return found.value if isinstance(found, Found) and isinstance(found.value, str) else None


def _folder(tracer: "Tracer", module: PythonModule, node: ast.expr, depth: int) -> str | None:
    if "__file__" in module.source(node):
        # `Path(__file__).parent`, with or without `.resolve()`; further parents are rare.
        ups = module.source(node).count(".parent")
        folder = PurePosixPath(module.path)
        for _ in range(ups):
            folder = folder.parent
        return folder.as_posix()
    if isinstance(node, ast.Name):
        for scope in module.scopes(node):
            bound = module.bindings(scope, node.id)
            if len(bound) == 1 and bound[0].value is not None:
                return _folder(tracer, module, bound[0].value, depth)
    return _path(tracer, module, node, depth)
