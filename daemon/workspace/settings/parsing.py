"""What parsers make of the command line: argparse, HfArgumentParser, TrlParser, dataclasses."""

import ast
from typing import TYPE_CHECKING

from .module import PythonModule, called, keyword
from .tables import Instance, Literal, Parsed, ParsedArguments, Table, Traced, Unknown

if TYPE_CHECKING:
    from .tracing import Tracer

PARSED = {"parse_args", "parse_known_args"}
PARSED_CLASSES = {
    "parse_args_into_dataclasses",
    "parse_args_and_config",
    "parse_json_file",
    "parse_yaml_file",
    "parse_dict",
}


def parsed(tracer: "Tracer", module: PythonModule, call: ast.Call, at: int, depth: int) -> Traced:
    """The `at`-th thing that a parser's call returns."""
    name = called(call)
    if name in PARSED:
        return ParsedArguments(module) if at == 0 else Unknown("it is an unparsed argument")
    if name not in PARSED_CLASSES:
        returned = tracer.returned(module, name)
        if returned and isinstance(returned[1], ast.Call):
            return parsed(tracer, returned[0], returned[1], at, depth + 1)
        if returned and isinstance(returned[1], ast.Tuple) and len(returned[1].elts) > at:
            return tracer.trace(returned[0], returned[1].elts[at], "keyword", depth + 1)
        return Unknown("it is unpacked from a computed value")
    for maker in module.calls:
        if called(maker) not in {"HfArgumentParser", "TrlParser"} or not maker.args:
            continue
        classes = _classes(module, maker.args[0])
        if at < len(classes) and isinstance(classes[at], ast.Name | ast.Attribute):
            node = classes[at]
            class_name = node.id if isinstance(node, ast.Name) else node.attr  # type: ignore[attr-defined]
            found = tracer.class_named(module, class_name)
            return Instance(*found, parsed=True) if found else Parsed(class_name)
    return Unknown("no parser was found for it")


def _classes(module: PythonModule, node: ast.expr) -> list[ast.expr]:
    """The dataclasses of a parser: one, a tuple of them, or a name for the tuple."""
    if isinstance(node, ast.Tuple | ast.List):
        return node.elts
    if isinstance(node, ast.Name):
        for scope in module.scopes(node):
            for bound in module.bindings(scope, node.id):
                if isinstance(bound.value, ast.Tuple | ast.List):
                    return bound.value.elts
    return [node]


def argument(tracer: "Tracer", table: ParsedArguments, name: str, depth: int) -> Traced | None:
    found = table.argument(name)
    if found is None:
        return None
    call, options = found
    if flag := tracer.flag(options):
        return flag
    default = keyword(call, "default")
    if default is not None:
        return tracer.trace(table.module, default.value, "argparse default", depth + 1)
    action = keyword(call, "action")
    if action and isinstance(action.value, ast.Constant) and action.value.value == "store_true":
        locked = f"`--{name}` is a switch that is off; add it to the training command"
        return Literal(False, table.module, action.value, "argparse default", locked)
    return Unknown(f"`--{name}` has no default ({table.module.path}:{call.lineno})")


def field_value(tracer: "Tracer", table: Instance, name: str, depth: int) -> Traced | None:
    if table.call is not None:
        if word := keyword(table.call, name):
            return tracer.trace(table.module, word.value, "keyword", depth + 1)
        for word in table.call.keywords:
            if word.arg is None:
                inner = tracer.trace(table.module, word.value, "keyword", depth + 1)
                if isinstance(inner, Table) and (found := tracer.member(inner, name, depth + 1)):
                    return found
    if table.parsed and (given := tracer.flag([name]) or tracer.given_file(name)):
        return given
    statement = table.field(name)
    if statement is None or statement.value is None:
        return None
    value = statement.value
    if isinstance(value, ast.Call) and called(value) == "field":
        default = keyword(value, "default")
        if default is None:
            return Unknown(f"`{name}` has no default ({table.module.path}:{statement.lineno})")
        value = default.value
    return tracer.trace(table.module, value, "dataclass field", depth + 1)
