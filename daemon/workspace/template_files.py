"""Where the chat template of a training run comes from: the script, a file, or the base model."""

import ast
import io
import json
import os
import re
import tokenize
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .libraries import library_folder
from .settings import PythonModule, TrainingCode, called

_ESCAPE = re.compile(
    r"\\(?:\r?\n|[0-7]{1,3}|x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|N\{[^}]*\}|.)",
    re.DOTALL,
)
_KNOWN_ESCAPES = "\\'\"abfnrtv01234567xuUN"


@dataclass(frozen=True)
class TemplateSource:
    """A chat template and where it stands."""

    text: str
    module: PythonModule | None = None
    node: ast.expr | None = None
    """The string literal, for a template in a script."""
    path: str | None = None
    """The Jinja file of the repository, relative to the root, that the script loads."""
    base: str | None = None
    """The base model it comes with, which is not to be edited."""


@dataclass(frozen=True)
class Tokenizer:
    """What the folder of a base model says of its tokenizer."""

    eos_token: str | None
    special_tokens: frozenset[str]
    chat_template: str | None


def template_source(code: TrainingCode, models: list[str]) -> TemplateSource | None:
    """The chat template that training uses; None: there is none that can be read.

    Args:
        models: folders or Hub ids of the base models that the script names.
    """
    for module in code.modules:
        for node in ast.walk(module.tree):
            match node:
                case ast.Assign(targets=[ast.Attribute(attr="chat_template")], value=value):
                    return _assigned(code, module, value)
    given = code.get("chat_template_path")
    if given and isinstance(given.value, str):
        text = code.read(given.value) if given.value.endswith((".jinja", ".j2")) else None
        return None if text is None else TemplateSource(text, path=given.value)
    for model in models:
        found = tokenizer(code.root, model)
        if found and found.chat_template:
            return TemplateSource(found.chat_template, base=model)
    return None


def tokenizer(root: Path, model: str) -> Tokenizer | None:
    """Read the tokenizer's files of a model folder, or of the Hub's local cache."""
    folder = root / model
    if not folder.is_dir():
        home = os.environ.get("HF_HOME") or Path.home() / ".cache" / "huggingface"
        cache = os.environ.get("HF_HUB_CACHE") or Path(home) / "hub"
        snapshots = Path(cache, f"models--{model.replace('/', '--')}", "snapshots")
        folder = next(iter(sorted(snapshots.glob("*"))), folder)
    config = _json(folder / "tokenizer_config.json")
    if config is None:
        return None
    eos = config.get("eos_token")
    added = (_json(folder / "tokenizer.json") or {}).get("added_tokens", [])
    template = config.get("chat_template")
    file = folder / "chat_template.jinja"
    if file.is_file():
        template = file.read_text(encoding="utf-8")
    return Tokenizer(
        eos_token=eos.get("content") if isinstance(eos, dict) else eos,
        special_tokens=frozenset(str(one.get("content")) for one in added),
        chat_template=template if isinstance(template, str) else None,
    )


def trl_marks(root: Path, template: str) -> bool:
    """Whether the installed TRL swaps the template for one of its own with generation markers.

    TRL does so for templates that equal one of its `chat_templates/*.jinja` to the letter and have
    a `*_training.jinja` beside it.
    """
    folder = library_folder(root, "trl")
    if folder is None:
        return False
    for training in (folder / "chat_templates").glob("*_training.jinja"):
        original = training.with_name(training.name.replace("_training", ""))
        if original.is_file() and original.read_text(encoding="utf-8") == template:
            return True
    return False


def offset_in_source(source: str, index: int) -> tuple[int, str] | None:
    """Where the `index`-th character of a string stands in its literal, and the quote around it.

    Args:
        source: one string literal, or several that Python joins.

    Returns:
        Index into `source` and the delimiter, such as `'` or three of them; None: not found.
    """
    try:
        tokens = list(tokenize.generate_tokens(io.StringIO(f"({source})").readline))
    except (tokenize.TokenError, SyntaxError):
        return None
    starts = [0]
    for line in f"({source})".splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    for token in tokens:
        if token.type != tokenize.STRING:
            continue
        match = re.match(r"([A-Za-z]*)('''|\"\"\"|'|\")", token.string)
        if match is None:
            return None
        raw, quote = "r" in match[1].lower(), match[2]
        first = starts[token.start[0] - 1] + token.start[1] - 1 + match.end()
        body = token.string[match.end() : -len(quote)]
        at = 0
        while at < len(body) and index > 0:
            escape = None if raw else _ESCAPE.match(body, at)
            if escape is None:
                at, index = at + 1, index - 1
                continue
            at = escape.end()
            index -= 0 if "\n" in escape[0] else 1 if escape[0][1] in _KNOWN_ESCAPES else 2
        if index == 0:
            return first + at, quote
    return None


def _assigned(code: TrainingCode, module: PythonModule, value: ast.expr) -> TemplateSource | None:
    setting = code.setting_of(module, value)
    if setting is not None and isinstance(setting.value, str):
        home = next(one for one in code.modules if one.path == setting.place.path)
        for node in ast.walk(home.tree):
            if isinstance(node, ast.Constant) and home.place(node) == setting.place:
                return TemplateSource(setting.value, module=home, node=node)
        return None
    for node in ast.walk(value):
        if isinstance(node, ast.Call) and called(node) in {"open", "Path"} and node.args:
            path = code.setting_of(module, node.args[0])
            if path is not None and isinstance(path.value, str):
                text = code.read(path.value)
                return None if text is None else TemplateSource(text, path=path.value)
    return None


def _json(path: Path) -> dict[str, Any] | None:
    try:
        loaded = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return loaded if isinstance(loaded, dict) else None
