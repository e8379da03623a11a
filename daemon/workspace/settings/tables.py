"""What holds named values: a dictionary, parsed arguments, a dataclass, a config file."""

import ast
from dataclasses import dataclass

from ...protocol import Place
from .config_file import ConfigFile, Keys
from .module import PythonModule, called, keyword
from .setting import Origin, Value


@dataclass(frozen=True)
class Literal:
    """A value that stands in Python source."""

    value: Value
    module: PythonModule
    node: ast.expr
    origin: Origin
    locked: str | None = None

    @property
    def place(self) -> Place:
        return self.module.place(self.node)

    @property
    def text(self) -> str:
        return self.module.source(self.node)


@dataclass(frozen=True)
class Entry:
    """A value that stands in a configuration file."""

    value: Value
    file: ConfigFile
    keys: Keys
    origin: Origin = "config file"
    locked: str | None = None

    @property
    def place(self) -> Place:
        return self.file.place(self.keys)

    @property
    def text(self) -> str:
        return self.file.source(self.keys)


@dataclass(frozen=True)
class Flag:
    """A value on the training command, which beats every default."""

    value: Value
    text: str
    place: Place
    locked: str | None
    origin: Origin = "command line"


Found = Literal | Entry | Flag


@dataclass(frozen=True)
class Unknown:
    """The value can't be followed further; the reason is the rest of a sentence."""

    reason: str


@dataclass(frozen=True)
class Dictionary:
    """A dictionary literal, or the keywords of `dict(...)`."""

    module: PythonModule
    node: ast.Dict | ast.Call

    def entry(self, key: str) -> ast.expr | None:
        if isinstance(self.node, ast.Call):
            word = keyword(self.node, key)
            return word.value if word else None
        for name, value in zip(self.node.keys, self.node.values, strict=True):
            if isinstance(name, ast.Constant) and name.value == key:
                return value
        return None

    def unpacked(self) -> list[ast.expr]:
        """What it takes in through `**`, the last one first: the last one wins."""
        if isinstance(self.node, ast.Call):
            return [word.value for word in reversed(self.node.keywords) if word.arg is None]
        pairs = zip(self.node.keys, self.node.values, strict=True)
        return [value for key, value in pairs if key is None][::-1]


@dataclass(frozen=True)
class FileTable:
    """A table of a configuration file."""

    file: ConfigFile
    keys: tuple[str, ...] = ()


@dataclass(frozen=True)
class ParsedArguments:
    """What `parser.parse_args()` returns."""

    module: PythonModule

    def argument(self, name: str) -> tuple[ast.Call, list[str]] | None:
        """The `add_argument` call of a destination, and its option names without dashes."""
        for call in self.module.calls:
            if called(call) != "add_argument":
                continue
            options = [
                word.value
                for word in call.args
                if isinstance(word, ast.Constant) and isinstance(word.value, str)
            ]
            long = next((word for word in options if word.startswith("--")), "")
            destination = keyword(call, "dest")
            if destination and isinstance(destination.value, ast.Constant):
                dest = str(destination.value.value)
            else:
                dest = (long or (options[0] if options else "")).lstrip("-").replace("-", "_")
            if dest == name:
                return call, [word.lstrip("-").replace("-", "_") for word in options]
        return None


@dataclass(frozen=True)
class Instance:
    """An object of a class of the repository, or the class itself."""

    module: PythonModule
    node: ast.ClassDef
    call: ast.Call | None = None
    """The call that made it; None: the class itself, or made by a parser."""
    parsed: bool = False
    """A parser fills it from the command line."""

    def field(self, name: str) -> ast.AnnAssign | ast.Assign | None:
        for statement in self.node.body:
            match statement:
                case ast.AnnAssign(target=ast.Name(id=found)) if found == name:
                    return statement
                case ast.Assign(targets=[ast.Name(id=found)]) if found == name:
                    return statement
        return None


@dataclass(frozen=True)
class Parsed:
    """A trainer configuration that a parser of TRL or transformers makes from the command line."""

    name: str
    """The class, such as `SFTConfig`."""


@dataclass(frozen=True)
class Imported:
    """A module of the repository."""

    module: PythonModule


Table = Dictionary | FileTable | ParsedArguments | Instance | Parsed | Imported
Traced = Found | Table | Unknown
