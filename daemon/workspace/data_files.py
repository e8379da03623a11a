"""The data files and data sets that a script names, and which of them are for evaluation."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from .settings import PythonModule, called

SUFFIXES = (".jsonl", ".ndjson", ".json", ".csv", ".tsv", ".parquet")

_HELD_OUT = re.compile(
    r"(?:^|[^a-z])(?:dev|test|tests|val|valid|validation|eval|evaluation|heldout|holdout)(?:[^a-z]|$)"
)


@dataclass(frozen=True)
class DataFile:
    """A data file of the repository that a script names."""

    path: str
    """Relative to the workspace root, with forward slashes."""
    held_out: bool
    """It is for evaluation, by its own name or the name it goes by in the script."""
    module: str
    line: int


def data_files(root: Path, modules: list[PythonModule]) -> list[DataFile]:
    """The existing data files that string literals of the modules name, each once.

    A literal counts when it is a path from the root or from the script's folder, or when it is one
    inside a folder that another literal of the module names, as in `Path("data") / "train.jsonl"`.
    """
    found: dict[str, DataFile] = {}
    for module in modules:
        bases = [root, root / PurePosixPath(module.path).parent]
        bases += [
            base / node.value
            for base in bases
            for node in ast.walk(module.tree)
            if isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and 0 < len(node.value) < 200
            and "\n" not in node.value
            and (base / node.value).is_dir()
        ]
        for node in ast.walk(module.tree):
            for pattern in _patterns(node):
                for path in _existing(root, bases, pattern):
                    held_out = is_held_out(path) or is_held_out(_role(module, node))
                    line = getattr(node, "lineno", 1)
                    found.setdefault(path, DataFile(path, held_out, module.path, line))
    return list(found.values())


def hub_datasets(modules: list[PythonModule]) -> list[tuple[str, str, int]]:
    """Names given to `load_dataset` that are no files: name, module and line of each."""
    return [
        (str(call.args[0].value), module.path, call.lineno)
        for module in modules
        for call in module.calls
        if called(call) == "load_dataset"
        and call.args
        and isinstance(call.args[0], ast.Constant)
        and call.args[0].value not in {"json", "csv", "parquet", "text", "arrow"}
    ]


def is_held_out(name: str) -> bool:
    """Whether a name speaks of evaluation: `data/dev.jsonl`, `eval_path`, not `developers`."""
    return _HELD_OUT.search(name.lower()) is not None


def _patterns(node: ast.AST) -> Iterator[str]:
    match node:
        case ast.Constant(value=str(text)) if text.endswith(SUFFIXES) and "\n" not in text:
            yield text
        case ast.JoinedStr(values=parts):
            text = "".join(
                str(part.value) if isinstance(part, ast.Constant) else "*" for part in parts
            )
            if text.endswith(SUFFIXES):
                yield text


def _existing(root: Path, bases: list[Path], pattern: str) -> Iterator[str]:
    top = root.resolve()
    for base in bases:
        try:
            files = sorted(base.glob(pattern)) if "*" in pattern else [base / pattern]
        except (ValueError, NotImplementedError):
            continue
        for file in files:
            if file.is_file() and file.resolve().is_relative_to(top):
                yield file.resolve().relative_to(top).as_posix()


def _role(module: PythonModule, node: ast.AST) -> str:
    """The name that a literal goes by: dictionary key, keyword, variable or option."""
    child: ast.AST = node
    for _ in range(4):
        parent = module.parents.get(child)
        match parent:
            case ast.Dict(keys=keys, values=values) if child in values:
                key = keys[values.index(child)]
                return str(key.value) if isinstance(key, ast.Constant) else ""
            case ast.keyword(arg=str(name)) if name not in {"default", "data_files"}:
                return name
            case (
                ast.Assign(targets=[ast.Name(id=name), *_])
                | ast.AnnAssign(target=ast.Name(id=name))
            ):
                return name
            case ast.Call(args=[ast.Constant(value=str(name)), *_]) if (
                called(parent) == "add_argument"
            ):
                return name
            case None | ast.Module() | ast.FunctionDef():
                return ""
        child = parent
    return ""
