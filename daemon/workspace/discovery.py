"""Read a repository that has no `intern.toml`, and propose one."""

import ast
import json
import os
import shlex
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from ..errors import BadInput, CannotEdit
from ..protocol import Method, Place
from .data_files import DataFile, data_files, hub_datasets
from .evaluators import Evaluator, evaluator
from .settings import PythonModule, Setting, TrainingCode, called, find_settings

# Past this many files the rest is not looked at: a repository of training code is small.
MOST_FILES = 2_000
SKIPPED = {".git", ".intern", ".venv", "venv", "node_modules", "site-packages", "__pycache__"}


@dataclass(frozen=True)
class Guess:
    """Something that was found, and where."""

    value: str
    source: str
    """In words, such as `from argparse, train.py:41`."""
    place: Place | None = None


@dataclass(frozen=True)
class Proposal:
    """What discovery found; the best guess of each list stands first."""

    scripts: list[Guess] = field(default_factory=list)
    """Training scripts, relative to the root."""
    method: Method = "unknown"
    python: Guess | None = None
    evaluators: list[Guess] = field(default_factory=list)
    """Scripts that may evaluate, relative to the root."""
    evaluate: Guess | None = None
    """The evaluate command."""
    test: Guess | None = None
    """The command of the sealed test."""
    metric: Guess | None = None
    direction: str = "max"
    train_data: list[Guess] = field(default_factory=list)
    held_out_data: list[Guess] = field(default_factory=list)
    datasets: list[Guess] = field(default_factory=list)
    """Data sets of the Hub."""
    models: list[Guess] = field(default_factory=list)
    """Base models: folders of the repository or ids of the Hub."""
    outputs: list[Guess] = field(default_factory=list)
    share: list[Guess] = field(default_factory=list)
    """Git-ignored paths that a checkout needs."""
    missing: list[str] = field(default_factory=list)
    """What stands in the way of a valid `intern.toml`, a sentence each, with its mend."""

    @property
    def command(self) -> str | None:
        """The training command; None: there is no training script."""
        return f"python {shlex.quote(self.scripts[0].value)}" if self.scripts else None


def discover(root: Path) -> Proposal:
    """Look for a training script, its evaluator, data, models and outputs.

    Nothing is run and nothing is imported. Files that do not parse are passed over.
    """
    modules = list(_modules(root))
    codes = _training_codes(root, modules)
    missing = []
    scripts = [
        Guess(code.script, _trainer_source(code), code.trainer.module.place(code.trainer.call))
        for code in codes
        if code.trainer is not None
    ]
    if not scripts:
        missing.append(
            "No Python file of the repository calls a trainer of TRL or transformers; "
            "name the script that trains under [train] command in intern.toml."
        )
    code = codes[0] if codes else None
    trained = {module.path for one in codes for module in one.modules}
    candidates = _evaluators(root, [one for one in modules if one.path not in trained])
    best = candidates[0][0] if candidates else None
    missing += _missing_evaluator(best)
    data = data_files(root, code.modules) if code else []
    scored = candidates[0][1] if candidates else []
    models = base_models(code) if code else []
    ours = [file for file in data if not file.held_out]
    held_out = list({file.path: file for file in [*data, *scored] if file.held_out}.values())
    needed = [file.path for file in [*ours, *held_out]]
    needed += [guess.value for guess in models if (root / guess.value).exists()]
    return Proposal(
        scripts=scripts,
        method=code.method if code else "unknown",
        python=_interpreter(root),
        evaluators=[_guess(one.path, "printed", one.path, one.line) for one, _ in candidates],
        evaluate=_guess(best.command, "script", best.path, best.line) if best else None,
        test=_guess(best.test, "script", best.path, best.line) if best and best.test else None,
        metric=(
            _guess(best.metric, "printed", best.path, best.line) if best and best.metric else None
        ),
        direction=best.direction if best else "max",
        train_data=[_guess(file.path, "named", file.module, file.line) for file in ours],
        held_out_data=[_guess(file.path, "named", file.module, file.line) for file in held_out],
        datasets=[_guess(*_named(one)) for one in (hub_datasets(code.modules) if code else [])],
        models=models,
        outputs=_outputs(code) if code else [],
        share=[Guess(path, "ignored by git") for path in _ignored(root, needed)],
        missing=missing,
    )


def to_toml(proposal: Proposal) -> str:
    """An `intern.toml` of the best guesses, each with where it comes from.

    Raises:
        BadInput: a part is missing without which there is no valid one; the sentence is the first
            of `proposal.missing`.
    """
    evaluate, metric, command = proposal.evaluate, proposal.metric, proposal.command
    if proposal.missing or command is None or evaluate is None or metric is None:
        raise BadInput(proposal.missing[0])
    held_out = [guess.value for guess in proposal.held_out_data]
    evaluator_path = proposal.evaluators[0]
    outputs = [guess.value for guess in proposal.outputs] or ["outputs"]
    lines = ["[train]", _line("command", command, proposal.scripts[0].source)]
    if proposal.python:
        lines.append(_line("python", proposal.python.value, proposal.python.source))
    if proposal.share:
        lines.append(
            _line("share", [one.value for one in proposal.share], proposal.share[0].source)
        )
    source = proposal.outputs[0].source if proposal.outputs else "the usual place"
    lines += [_line("outputs", outputs, source), ""]
    lines += ["[eval]", _line("command", evaluate.value, evaluate.source)]
    if proposal.test:
        lines.append(_line("test", proposal.test.value, "opened once, for the report"))
    lines.append(_line("metric", metric.value, metric.source))
    lines += [_line("direction", proposal.direction), ""]
    lines += [
        "[locked]",
        _line("paths", [evaluator_path.value, *held_out], "nobody but you edits these"),
    ]
    if proposal.models:
        models = [guess.value for guess in proposal.models]
        lines.append(_line("models", models, proposal.models[0].source))
    lines += ["", "[budget]", _line("minutes", 30), _line("runs", 24)]
    return "\n".join(lines) + "\n"


def _line(key: str, value: str | int | list[str], source: str = "") -> str:
    # A JSON string or list of strings is a TOML one, but for the escape of DEL.
    text = json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    return f"{key} = {text}" + (f"  # {source}" if source else "")


def _modules(root: Path) -> Iterator[PythonModule]:
    for path in _python_files(root):
        try:
            yield PythonModule(path, (root / path).read_text(encoding="utf-8"))
        except (CannotEdit, UnicodeDecodeError, OSError):
            continue


def _python_files(root: Path) -> list[str]:
    """Python files that git tracks or would track; without git, all but hidden folders."""
    listed = _git(root, "ls-files", "-z", "--cached", "--others", "--exclude-standard", "*.py")
    if listed is not None:
        paths = sorted(set(filter(None, listed.split("\0"))))
        return [path for path in paths if not SKIPPED & set(path.split("/"))][:MOST_FILES]
    found = []
    for folder, names, files in os.walk(root):
        names[:] = sorted(n for n in names if n not in SKIPPED and not n.startswith("."))
        base = Path(folder).relative_to(root)
        found += [(base / name).as_posix() for name in sorted(files) if name.endswith(".py")]
        if len(found) >= MOST_FILES:
            break
    return found[:MOST_FILES]


def _training_codes(root: Path, modules: list[PythonModule]) -> list[TrainingCode]:
    """The scripts that lead to a trainer, the likeliest first."""
    codes = []
    for module in modules:
        if "Trainer" not in module.text and "import" not in module.text:
            continue
        try:
            code = find_settings(root, f"python {shlex.quote(module.path)}")
        except CannotEdit:
            continue
        if code.trainer is not None and _starts(code):
            codes.append(code)
    return sorted(codes, key=_unlikeliness)


def _starts(code: TrainingCode) -> bool:
    """Whether running the script trains: it does something at its top, and is no test."""
    script = code.modules[0]
    if PurePosixPath(script.path).name.startswith(("test_", "conftest")):
        return False
    passive = (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.ClassDef, ast.Assign, ast.AnnAssign)
    active = [one for one in script.tree.body if not isinstance(one, passive)]
    calls = [one for one in active if not _is_docstring(one)]
    assert code.trainer is not None
    made_here = code.trainer.module is script
    at_top = made_here and isinstance(script.scope(code.trainer.call), ast.Module)
    return bool(calls) or at_top


def _is_docstring(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _unlikeliness(code: TrainingCode) -> tuple[bool, int, str]:
    stem = PurePosixPath(code.script).stem
    named = any(word in stem for word in ("train", "sft", "dpo", "grpo", "finetune", "fine_tune"))
    return not named, code.script.count("/"), code.script


def _trainer_source(code: TrainingCode) -> str:
    assert code.trainer is not None
    return f"from {code.trainer.name}, {code.trainer.module.path}:{code.trainer.call.lineno}"


def _evaluators(root: Path, modules: list[PythonModule]) -> list[tuple[Evaluator, list[DataFile]]]:
    found = []
    for module in modules:
        name = PurePosixPath(module.path).name
        if name.startswith(("test_", "conftest", "__init__")) or "tests/" in module.path:
            continue
        data = data_files(root, [module])
        if one := evaluator(module, data):
            found.append((one, data))
    return sorted(found, key=lambda pair: (-pair[0].likelihood, pair[0].path.count("/")))


def _missing_evaluator(best: Evaluator | None) -> list[str]:
    if best is None:
        return [
            "No evaluator was found: write a script, such as evaluate.py, that scores the trained "
            'model on held-out data and prints one JSON object, such as {"exact_match": 0.5}, as '
            "its last line."
        ]
    if not best.prints_json:
        return [
            f"{best.path} prints no JSON object: end it with `print(json.dumps({{...}}))` of its "
            "metrics."
        ]
    if best.metric is None:
        return [
            f"The metrics that {best.path}:{best.line} prints can't be read from its code: name "
            "one under [eval] metric in intern.toml."
        ]
    return []


def base_models(code: TrainingCode) -> list[Guess]:
    """The base models that the training code loads: existing folders, or ids of the Hub."""
    found: dict[str, Guess] = {}
    node = code.argument("model")
    nodes = [(code.trainer.module, node)] if node is not None and code.trainer else []
    for module in code.modules:
        for call in module.calls:
            if called(call) == "from_pretrained" and (call.args or call.keywords):
                name = call.args[0] if call.args else call.keywords[0].value
                nodes.append((module, name))
    for module, one in nodes:
        setting = code.setting_of(module, one)
        if setting is None or not isinstance(setting.value, str) or setting.value in found:
            continue
        if (code.root / setting.value).is_dir() or _is_hub_id(setting.value):
            found[setting.value] = Guess(
                setting.value, _source(setting, "the model's name"), setting.place
            )
    return list(found.values())


def _is_hub_id(name: str) -> bool:
    owner, slash, model = name.partition("/")
    plain = "/" not in model and not name.startswith((".", "/", "~"))
    return bool(owner and slash and model) and plain


def _outputs(code: TrainingCode) -> list[Guess]:
    found: dict[str, Guess] = {}
    settings = [code.get("output_dir")]
    for module in code.modules:
        for call in module.calls:
            if called(call) in {"save_model", "save_pretrained"} and call.args:
                settings.append(code.setting_of(module, call.args[0]))  # noqa: PERF401
    for setting in settings:
        if setting is None or not isinstance(setting.value, str) or not setting.value:
            continue
        path = PurePosixPath(setting.value)
        if path.is_absolute() or ".." in path.parts or str(path) == ".":
            continue
        guess = Guess(path.as_posix(), _source(setting, "the output folder"), setting.place)
        found.setdefault(guess.value, guess)
    inside = {a for a in found for b in found if a != b and PurePosixPath(a).is_relative_to(b)}
    return [guess for path, guess in found.items() if path not in inside]


def _interpreter(root: Path) -> Guess | None:
    for path in (".venv/bin/python", "venv/bin/python", ".venv/Scripts/python.exe"):
        if (root / path).exists():
            return Guess(path, "the repository's own environment")
    return None


def _ignored(root: Path, paths: list[str]) -> list[str]:
    """The git-ignored ones among the paths, or the outermost ignored folder that holds them."""
    outermost = []
    for path in paths:
        parts = PurePosixPath(path).parts
        parents = ["/".join(parts[: depth + 1]) for depth in range(len(parts))]
        answer = _git(root, "check-ignore", "--no-index", *parents)
        ignored = (answer or "").splitlines()
        tracked = _git(root, "ls-files", "--", path)
        if ignored and not tracked:
            outermost.append(ignored[0])
    return list(dict.fromkeys(outermost))


def _git(root: Path, *words: str) -> str | None:
    """What git prints; None: it failed, or there is no repository."""
    try:
        done = subprocess.run(
            ["git", "-C", str(root), *words], capture_output=True, text=True, check=False
        )
    except (OSError, UnicodeDecodeError):
        return None
    return done.stdout if done.returncode == 0 else None


def _named(dataset: tuple[str, str, int]) -> tuple[str, str, str, int]:
    return dataset[0], "load_dataset", dataset[1], dataset[2]


def _guess(value: str, kind: str, path: str, line: int) -> Guess:
    return Guess(value, f"{kind} in {path}:{line}", Place(path=path, line=line))


def _source(setting: Setting, what: str) -> str:
    """Where a value comes from; `what` names the argument, for one that stands in its call."""
    kinds = {"argparse default": "argparse", "parameter default": "a parameter", "keyword": what}
    kind = kinds.get(setting.origin, f"a {setting.origin}")
    return f"from {kind}, {setting.place.path}:{setting.place.line}"
