"""Follow an expression to the literal that decides its value."""

import ast
from collections.abc import Callable, Iterable
from pathlib import PurePosixPath

from ...errors import CannotEdit
from ...protocol import Place
from .command import TrainCommand, literal
from .config_file import ConfigFile
from .evaluation import evaluate, shorten
from .loading import opened_path
from .module import PythonModule, called, keyword
from .parsing import PARSED, PARSED_CLASSES, argument, field_value, parsed
from .setting import Origin
from .tables import (
    Dictionary,
    Entry,
    FileTable,
    Flag,
    Found,
    Imported,
    Instance,
    Literal,
    Parsed,
    ParsedArguments,
    Table,
    Traced,
    Unknown,
)

# Deeper chains of names than this are cycles or riddles.
DEPTH = 16
CONVERSIONS = {
    "float",
    "int",
    "str",
    "bool",
    "Path",
    "dict",
    "SimpleNamespace",
    "DotMap",
    "Namespace",
}


class Tracer:
    """Follows names, attributes, subscripts and calls through the modules of one training command.

    Args:
        modules: the script first, then what it imports from the repository.
        command: the parsed training command.
        config: reads a configuration file by path; None when there is none.
        flag_place: place of the command in `intern.toml`.
    """

    def __init__(
        self,
        modules: list[PythonModule],
        command: TrainCommand,
        config: Callable[[str], ConfigFile | None],
        flag_place: Place,
    ) -> None:
        self.modules = modules
        self.command = command
        self.config = config
        self.flag_place = flag_place

    def trace(  # noqa: PLR0911 - one return a shape
        self, module: PythonModule, node: ast.expr, origin: Origin, depth: int = 0
    ) -> Traced:
        """What an expression evaluates to, as far as the source alone can tell.

        Args:
            origin: what to call the place if the value stands right here.
        """
        if depth > DEPTH:
            return Unknown("its value goes through too many names")
        found, value = evaluate(node)
        if found:
            return Literal(value, module, node, origin)
        match node:
            case ast.Dict():
                return Dictionary(module, node)
            case ast.Name(id=name):
                return self._name(module, node, name, depth)
            case ast.Attribute(value=base, attr=name):
                return self._through(module, base, name, depth)
            case ast.Subscript(value=base, slice=ast.Constant(value=str(name))):
                return self._through(module, base, name, depth)
            case ast.Subscript(value=ast.Call() as made, slice=ast.Constant(value=int(at))):
                return parsed(self, module, made, at, depth)
            case ast.Call():
                return self._call(module, node, origin, depth)
        return Unknown(f"its value `{shorten(module.source(node))}` is computed")

    def member(  # noqa: PLR0911 - one return a kind of table
        self, table: Table, name: str, depth: int = 0
    ) -> Traced | None:
        """One named value of a table; None: the table has no such name."""
        match table:
            case Dictionary():
                return self._entry(table, name, depth)
            case FileTable(file=file, keys=keys):
                try:
                    found = file.get((*keys, name))
                except KeyError:
                    return None
                path = (*keys, name)
                return (
                    FileTable(file, path)
                    if isinstance(found, dict)
                    else Entry(file.value(path), file, path)
                )
            case ParsedArguments():
                return argument(self, table, name, depth)
            case Instance():
                return field_value(self, table, name, depth)
            case Parsed():
                return self.flag([name]) or self.given_file(name)
            case Imported(module=module):
                return self._module_constant(module, name, depth)

    def _entry(self, table: Dictionary, name: str, depth: int) -> Traced | None:
        """A key of a dictionary, with what the module does to it after it is made."""
        module = table.module
        for node in module.nodes:
            match node:
                case ast.Assign(
                    targets=[
                        ast.Subscript(value=ast.Name() as owner, slice=ast.Constant(value=key))
                    ],
                    value=later,
                ) if key == name and self._is_bound(module, owner, table.node):
                    return self.trace(module, later, "assignment", depth + 1)
                case ast.Call(func=ast.Attribute(value=ast.Name() as owner, attr="update")):
                    if self._is_bound(module, owner, table.node):
                        return Unknown(f"`{owner.id}` is updated ({module.path}:{node.lineno})")
        entry = table.entry(name)
        if entry is not None:
            return self.trace(module, entry, "dictionary", depth + 1)
        for inner in table.unpacked():
            found = self.trace(module, inner, "dictionary", depth + 1)
            if not isinstance(found, Table):
                return Unknown(f"it may be among `**{module.source(inner)}`")
            if (member := self.member(found, name, depth + 1)) is not None:
                return member
        return None

    def _is_bound(self, module: PythonModule, owner: ast.Name, value: ast.expr) -> bool:
        scopes = module.scopes(owner)
        return any(one.value is value for s in scopes for one in module.bindings(s, owner.id))

    def flag(self, names: Iterable[str]) -> Flag | None:
        """A value on the training command, under any of the names."""
        for name in names:
            if name in self.command.flags:
                text = self.command.flags[name]
                locked = (
                    f"the training command passes `--{name} {text}`, which beats the script; "
                    "change the command in intern.toml"
                )
                return Flag(literal(text), text, self.flag_place, locked)
        return None

    def class_named(
        self, module: PythonModule, name: str
    ) -> tuple[PythonModule, ast.ClassDef] | None:
        """A class of the repository that a name of the module stands for."""
        if name in module.classes:
            return module, module.classes[name]
        source = self.imported(module, name)
        original = module.imports.get(name, ("", None))[1]
        if source is not None and original is not None and original in source.classes:
            return source, source.classes[original]
        return None

    def imported(self, module: PythonModule, name: str) -> PythonModule | None:
        """The module of the repository that an imported name comes from, or is."""
        if name not in module.imports:
            return None
        dotted, original = module.imports[name]
        paths = {dotted.lstrip(".").replace(".", "/")}
        if original is not None:
            paths.add("/".join(filter(None, [*paths, original])))
        for other in self.modules:
            stem = PurePosixPath(other.path).with_suffix("").as_posix().removesuffix("/__init__")
            if other is not module and any(
                stem == path or stem.endswith(f"/{path}") for path in paths if path
            ):
                return other
        return None

    # --- names ----------------------------------------------------------------------------------

    def _name(  # noqa: PLR0911 - one return a kind of name
        self, module: PythonModule, node: ast.Name, name: str, depth: int
    ) -> Traced:
        for scope in module.scopes(node):
            bound = module.bindings(scope, name)
            if len(bound) > 1:
                lines = " and ".join(str(one.lineno) for one in bound[:2])
                return Unknown(f"`{name}` is assigned more than once ({module.path}:{lines})")
            if bound:
                return self._assigned(module, bound[0], name, depth)
            if not isinstance(scope, ast.Module) and (
                found := self._parameter(module, scope, name, depth)
            ):
                return found
        if (class_ := self.class_named(module, name)) is not None:
            return Instance(*class_)
        if (source := self.imported(module, name)) is not None:
            original = module.imports[name][1]
            if original is None or PurePosixPath(source.path).stem == original:
                return Imported(source)
            return self._module_constant(source, original, depth) or Unknown(
                f"`{original}` is not set in {source.path}"
            )
        return Unknown(f"`{name}` is not set where it can be followed")

    def _assigned(
        self, module: PythonModule, statement: ast.Assign | ast.AnnAssign, name: str, depth: int
    ) -> Traced:
        assert statement.value is not None
        target = statement.targets[0] if isinstance(statement, ast.Assign) else statement.target
        if isinstance(target, ast.Tuple | ast.List):
            at = next(
                i
                for i, one in enumerate(target.elts)
                if isinstance(one, ast.Name) and one.id == name
            )
            if isinstance(statement.value, ast.Tuple) and len(statement.value.elts) > at:
                return self.trace(module, statement.value.elts[at], "constant", depth + 1)
            if isinstance(statement.value, ast.Call):
                return parsed(self, module, statement.value, at, depth)
            return Unknown(f"`{name}` is unpacked from a computed value")
        return self.trace(module, statement.value, "constant", depth + 1)

    def _module_constant(self, module: PythonModule, name: str, depth: int) -> Traced | None:
        bound = module.bindings(module.tree, name)
        if len(bound) == 1:
            return self._assigned(module, bound[0], name, depth + 1)
        if name in module.classes:
            return Instance(module, module.classes[name])
        return Unknown(f"`{name}` is assigned more than once in {module.path}") if bound else None

    def _parameter(
        self,
        module: PythonModule,
        function: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda,
        name: str,
        depth: int,
    ) -> Traced | None:
        positional = [*function.args.posonlyargs, *function.args.args]
        names = [one.arg for one in positional]
        if name not in names and name not in [one.arg for one in function.args.kwonlyargs]:
            return None
        passed = (
            [] if isinstance(function, ast.Lambda) else self._passed(function.name, names, name)
        )
        if len(passed) == 1:
            return self.trace(*passed[0], "keyword", depth + 1)
        if passed:
            return Unknown(f"`{name}` is passed at more than one call")
        if flag := self.flag([name]):
            return flag
        defaults = dict(zip(names[::-1], function.args.defaults[::-1], strict=False))
        for one, default in zip(function.args.kwonlyargs, function.args.kw_defaults, strict=True):
            if default is not None:
                defaults[one.arg] = default
        if name in defaults:
            return self.trace(module, defaults[name], "parameter default", depth + 1)
        return Unknown(f"`{name}` is a parameter without a default")

    def _passed(
        self, function: str, names: list[str], name: str
    ) -> list[tuple[PythonModule, ast.expr]]:
        passed = []
        for module in self.modules:
            for call in module.calls:
                if called(call) != function:
                    continue
                if word := keyword(call, name):
                    passed.append((module, word.value))
                elif name in names and len(call.args) > names.index(name):
                    passed.append((module, call.args[names.index(name)]))
        return passed

    # --- attributes, subscripts, calls ----------------------------------------------------------

    def _through(self, module: PythonModule, base: ast.expr, name: str, depth: int) -> Traced:
        table = self.trace(module, base, "keyword", depth + 1)
        if isinstance(table, Unknown):
            return table
        if isinstance(table, Found):
            return Unknown(f"`{module.source(base)}` has no settings")
        return self.member(table, name, depth + 1) or Unknown(
            f"`{name}` is not set in `{shorten(module.source(base))}`"
        )

    def _call(  # noqa: PLR0911 - one return a kind of call
        self, module: PythonModule, call: ast.Call, origin: Origin, depth: int
    ) -> Traced:
        name = called(call)
        if name in PARSED | PARSED_CLASSES:
            return parsed(self, module, call, 0, depth)
        if (path := opened_path(self, module, call, depth)) is not None:
            file = self.config(path)
            return FileTable(file) if file else Unknown(f"{path} is no file of the repository")
        if name == "get" and isinstance(call.func, ast.Attribute) and call.args:
            key = call.args[0]
            if isinstance(key, ast.Constant) and isinstance(key.value, str):
                found = self._through(module, call.func.value, key.value, depth)
                if isinstance(found, Unknown) and len(call.args) > 1:
                    table = self.trace(module, call.func.value, origin, depth + 1)
                    known = not isinstance(table, Unknown)
                    return self.trace(module, call.args[1], origin, depth + 1) if known else found
                return found
        if name == "vars" and call.args:
            return self.trace(module, call.args[0], origin, depth + 1)
        if name == "dict" and not call.args:
            return Dictionary(module, call)
        if name in CONVERSIONS:
            if len(call.args) == 1 and not call.keywords:
                return self.trace(module, call.args[0], origin, depth + 1)
            if len(call.keywords) == 1 and call.keywords[0].arg is None:
                return self.trace(module, call.keywords[0].value, origin, depth + 1)
        if (class_ := self.class_named(module, name)) is not None:
            return Instance(*class_, call=call)
        if (returned := self.returned(module, name)) is not None:
            return self.trace(*returned, origin, depth + 1)
        return Unknown(f"its value `{shorten(module.source(call))}` is computed")

    def returned(self, module: PythonModule, name: str) -> tuple[PythonModule, ast.expr] | None:
        """What a function of the repository returns, when it returns at one place only."""
        home = module if name in module.functions else self.imported(module, name)
        if home is None or name not in home.functions:
            return None
        function = home.functions[name]
        found = [
            node.value
            for node in ast.walk(function)
            if isinstance(node, ast.Return) and node.value and home.scope(node) is function
        ]
        return (home, found[0]) if len(found) == 1 else None

    # --- the command's files --------------------------------------------------------------------

    def given_files(self) -> list[ConfigFile]:
        """Configuration files among the arguments of the command."""
        files = [self.config(path) for path in self.command.files]
        return [file for file in files if file is not None]

    def given_file(self, name: str) -> Entry | None:
        for file in self.given_files():
            try:
                return Entry(file.value([name]), file, [name])
            except (KeyError, CannotEdit):
                continue
        return None
