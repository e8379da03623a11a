"""Which script evaluates: its command, its sealed test, its metric."""

import ast
import re
import shlex
from dataclasses import dataclass
from typing import Literal

from .data_files import DataFile, is_held_out
from .settings import PythonModule, called, keyword

KNOWN_METRICS = (
    "exact_match",
    "accuracy",
    "pass_at_1",
    "pass@1",
    "f1",
    "reward",
    "win_rate",
    "rouge_l",
    "rougeL",
    "bleu",
    "score",
    "perplexity",
    "loss",
    "eval_loss",
)

_LOWER_IS_BETTER = re.compile(r"loss|perplexity|ppl|error|wer|cer|distance|latency")
_DEV = ("dev", "validation", "valid", "val", "eval")
_SPLIT_NAMES = {"split", "subset", "partition"}


@dataclass(frozen=True)
class Evaluator:
    """A script that may score a trained model."""

    path: str
    line: int
    """Line of what it prints, or of its first line when it prints no JSON."""
    command: str
    test: str | None
    """The command of the sealed test; None: the script takes no choice of split."""
    metric: str | None
    direction: Literal["max", "min"]
    prints_json: bool
    likelihood: int
    """Higher is likelier."""


def evaluator(module: PythonModule, data: list[DataFile]) -> Evaluator | None:
    """Read one script as an evaluator; None: nothing speaks for it.

    Args:
        data: the data files that the script names.
    """
    stem = module.path.rpartition("/")[2].removesuffix(".py")
    named = re.search(r"eval|score|bench", stem) is not None
    printed, line = _printed(module)
    if not (named or (printed is not None and any(file.held_out for file in data))):
        return None
    runs = any(
        called(call) in {"generate", "predict", "evaluate", "pipeline"} for call in module.calls
    )
    option, choices = _split_option(module)
    dev, test = _splits(option, choices, data)
    command = f"python {shlex.quote(module.path)}"
    metric = next((name for name in KNOWN_METRICS if printed and name in printed), None)
    metric = metric or next(iter(printed or []), None)
    lower = metric is not None and _LOWER_IS_BETTER.search(metric.lower()) is not None
    return Evaluator(
        path=module.path,
        line=line,
        command=f"{command} --{option} {dev}" if option and dev else command,
        test=f"{command} --{option} {test}" if option and test else None,
        metric=metric,
        direction="min" if lower else "max",
        prints_json=printed is not None,
        likelihood=4 * (printed is not None) + 3 * named + 2 * bool(option) + runs,
    )


def _printed(module: PythonModule) -> tuple[list[str] | None, int]:
    """Keys of the JSON object that the script prints, and the line; None: it prints none."""
    for call in reversed(module.calls):
        if called(call) == "print" and call.args and isinstance(call.args[0], ast.Call):
            dumped = call.args[0]
            if called(dumped) == "dumps" and dumped.args:
                return _keys(module, dumped.args[0]), call.lineno
        if called(call) == "dump" and len(call.args) > 1:
            target = call.args[1]
            if isinstance(target, ast.Attribute) and target.attr == "stdout":
                return _keys(module, call.args[0]), call.lineno
    return None, 1


def _keys(module: PythonModule, node: ast.expr) -> list[str]:
    if isinstance(node, ast.Dict):
        return [str(key.value) for key in node.keys if isinstance(key, ast.Constant)]
    if isinstance(node, ast.Call) and called(node) == "dict":
        return [word.arg for word in node.keywords if word.arg]
    if isinstance(node, ast.Call) and called(node) in module.functions:
        function = module.functions[called(node)]
        for inner in ast.walk(function):
            if isinstance(inner, ast.Return) and inner.value is not None:
                return _keys(module, inner.value)
    if isinstance(node, ast.Name):
        for scope in module.scopes(node):
            for bound in module.bindings(scope, node.id):
                if bound.value is not None and (keys := _keys(module, bound.value)):
                    return keys
    return []


def _split_option(module: PythonModule) -> tuple[str | None, list[str]]:
    """The option that chooses the data to score, without dashes, and its choices or default."""
    best: tuple[str | None, list[str]] = (None, [])
    for call in module.calls:
        if called(call) != "add_argument" or not call.args:
            continue
        option = call.args[-1]
        if not (isinstance(option, ast.Constant) and str(option.value).startswith("--")):
            continue
        name = str(option.value).removeprefix("--")
        words = [
            word.value for word in (keyword(call, "choices"), keyword(call, "default")) if word
        ]
        values = [
            str(node.value)
            for word in words
            for node in ast.walk(word)
            if isinstance(node, ast.Constant) and isinstance(node.value, str)
        ]
        if name in _SPLIT_NAMES:
            return name, list(dict.fromkeys(values))
        if best[0] is None and any(is_held_out(value) and "." in value for value in values):
            best = name, values
    return best


def _splits(
    option: str | None, choices: list[str], data: list[DataFile]
) -> tuple[str | None, str | None]:
    """The value of the option for development and for the sealed test."""
    if option is None:
        return None, None
    if option not in _SPLIT_NAMES:
        path = choices[0]
        test = re.sub(r"(?<![a-z])(dev|validation|valid|val|eval)(?![a-z])", "test", path)
        exists = any(file.path == test for file in data)
        return path, test if test != path and exists else None
    stems = [file.path.rpartition("/")[2].partition(".")[0] for file in data if file.held_out]
    known = [*choices, *stems]
    dev = next((name for name in _DEV if name in known), None)
    test_name = "test" if "test" in known else None
    return dev or (choices[0] if choices else None), test_name if dev else None
