"""What a script imports that is slow to import, read from its code without running it."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

HEAVY = frozenset(
    {
        "accelerate",
        "datasets",
        "huggingface_hub",
        "numpy",
        "peft",
        "safetensors",
        "tokenizers",
        "torch",
        "transformers",
        "trl",
    }
)
"""Libraries known to start no thread and no CUDA when they are imported. Trackio is not among them:
it reads TRACKIO_DIR as it is imported, and each run has its own."""

SLOW = HEAVY & {"torch", "transformers", "trl", "datasets", "peft", "accelerate"}
"""Without one of these a cold start is as quick (measured: 2 to 9 s against 0.1 s)."""


@dataclass(frozen=True)
class Preload:
    """What the warm runner imports for a script."""

    names: tuple[str, ...] = ()
    """`module` or `module:attribute`, in the order of the code."""
    constants: dict[str, str] = field(default_factory=dict)
    """Variables that the script sets to a literal before its first heavy import, as
    `os.environ["X"] = "..."`: the imports have to see them here, too."""

    @property
    def worthwhile(self) -> bool:
        return any(name.split(":")[0].split(".")[0] in SLOW for name in self.names)


def preload(script: Path, env: dict[str, str]) -> Preload:
    """Read a script and the local modules that it imports.

    Args:
        script: the entry point; one that can't be parsed preloads nothing.
        env: environment of the run, for `os.environ.setdefault`.
    """
    names: dict[str, None] = {}
    constants: dict[str, str] = {}
    seen: set[Path] = set()
    waiting = [script]
    while waiting:
        path = waiting.pop(0)
        if path in seen:
            continue
        seen.add(path)
        try:
            tree = ast.parse(path.read_bytes())
        except (SyntaxError, ValueError, OSError):
            continue
        if path == script:
            constants = dict(_constants(tree, env))
        names.update(dict.fromkeys(_heavy(tree)))
        waiting += _local(tree, script.parent)
    return Preload(tuple(names), constants)


def _heavy(tree: ast.Module) -> Iterator[str]:
    """Heavy imports, and the attributes taken of them: these libraries load lazily."""
    bound: dict[str, str] = {}
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names):
                for alias in names:
                    if alias.name.split(".")[0] in HEAVY:
                        bound[alias.asname or alias.name.split(".")[0]] = alias.name
                        yield alias.name
            case ast.ImportFrom(module=str(module), level=0, names=names):
                if module.split(".")[0] in HEAVY:
                    yield module
                    yield from (f"{module}:{alias.name}" for alias in names if alias.name != "*")
    for node in ast.walk(tree):
        match node:
            case ast.Attribute(value=ast.Name(id=name), attr=attribute) if name in bound:
                # `torch.cuda` and its like are modules: touching them is left to the script.
                if attribute[0].isupper():
                    yield f"{bound[name]}:{attribute}"


def _local(tree: ast.Module, folder: Path) -> Iterator[Path]:
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names):
                modules = [alias.name for alias in names]
            case ast.ImportFrom(module=str(module), level=0):
                modules = [module]
            case _:
                continue
        for module in modules:
            path = folder.joinpath(*module.split("."))
            for found in (path.with_suffix(".py"), path / "__init__.py"):
                if found.is_file():
                    yield found


def _constants(tree: ast.Module, env: dict[str, str]) -> Iterator[tuple[str, str]]:
    """Literal settings of the environment at the top of the script, before a heavy import."""
    for statement in tree.body:
        if isinstance(statement, ast.Import | ast.ImportFrom):
            if any(_heavy(ast.Module([statement], []))):
                return
            continue
        match statement:
            case ast.Assign(
                targets=[ast.Subscript(value=environ, slice=ast.Constant(value=str(name)))],
                value=ast.Constant(value=str(value)),
            ) if ast.unparse(environ) == "os.environ":
                yield name, value
            case ast.Expr(
                value=ast.Call(
                    func=function,
                    args=[ast.Constant(value=str(name)), ast.Constant(value=str(value))],
                )
            ) if ast.unparse(function) == "os.environ.setdefault":
                if name not in env:
                    yield name, value
