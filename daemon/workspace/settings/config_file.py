"""YAML, TOML and JSON files: find the span of one value, change it, leave the rest as it is."""

import json
import re
import tomllib
from collections.abc import Sequence
from functools import cached_property
from typing import Any

import tomlkit
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError
from ruamel.yaml.nodes import MappingNode
from tomlkit.exceptions import TOMLKitError
from tomlkit.items import Float, Integer, Item

from ...errors import CannotEdit
from ...protocol import Place
from .setting import Value
from .spelling import spell

Keys = Sequence[str]


class ConfigFile:
    """A configuration file that a training script loads.

    Args:
        path: relative to the workspace root; its suffix names the language.
        text: its content.
    """

    def __init__(self, path: str, text: str) -> None:
        self.path = path
        self.text = text

    @property
    def language(self) -> str:
        suffix = self.path.rpartition(".")[2]
        return "yaml" if suffix == "yml" else suffix

    @cached_property
    def table(self) -> dict[str, Any]:
        """The whole file.

        Raises:
            CannotEdit: it does not parse, or holds no table.
        """
        try:
            match self.language:
                case "yaml":
                    loaded = YAML(typ="safe", pure=True).load(self.text)
                case "toml":
                    loaded = tomllib.loads(self.text)
                case _:
                    loaded = json.loads(self.text)
        except (YAMLError, tomllib.TOMLDecodeError, json.JSONDecodeError) as error:
            reason = str(error).partition("\n")[0]
            raise CannotEdit(f"{self.path} can't be read ({reason}); mend it first.") from error
        if not isinstance(loaded, dict):
            raise CannotEdit(f"{self.path} holds no table of settings.")
        return loaded

    def get(self, keys: Keys) -> Any:
        """The value under a path of keys; KeyError when there is none."""
        node: Any = self.table
        for key in keys:
            if not isinstance(node, dict):
                raise KeyError(key)
            node = node[key]
        return node

    def value(self, keys: Keys) -> Value:
        """As `get`, with PyYAML's `2e-5`, which it reads as a string, made the number it means."""
        found = self.get(keys)
        if isinstance(found, str) and re.fullmatch(r"[+-]?\d+(\.\d*)?[eE][+-]?\d+", found):
            return float(found)
        simple: Value = found
        return simple

    def source(self, keys: Keys) -> str:
        """The value as the person wrote it."""
        start, end = self._span(keys)
        return self.text[start:end]

    def place(self, keys: Keys) -> Place:
        start, end = self._span(keys)
        line, column = _position(self.text, start)
        end_line, end_column = _position(self.text, end)
        return Place(
            path=self.path, line=line, column=column, end_line=end_line, end_column=end_column
        )

    def set(self, keys: Keys, value: Value) -> str:
        """The text with one value changed, or added under its table when it was absent."""
        try:
            self.get(keys)
        except KeyError:
            return self._checked(self._add(keys, value), keys)
        start, end = self._span(keys)
        literal = spell(value, self.text[start:end], dialect=self.language)
        return self._checked(self.text[:start] + literal + self.text[end:], keys)

    def remove(self, keys: Keys) -> str:
        """The text without one key.

        Raises:
            CannotEdit: the key does not have its line for itself.
        """
        start, end = self._span(keys)
        line_start = self.text.rfind("\n", 0, start) + 1
        line_end = self.text.find("\n", end)
        line_end = len(self.text) if line_end < 0 else line_end + 1
        before, after = self.text[:line_start], self.text[line_end:]
        if "\n" in self.text[start:end] or not re.match(
            rf"\s*[\"']?{re.escape(keys[-1])}[\"']?\s*[:=]", self.text[line_start:line_end]
        ):
            raise CannotEdit(f"`{keys[-1]}` in {self.path} shares its line; remove it by hand.")
        if self.language == "json" and not self.text[end:line_end].strip().startswith(","):
            before = re.sub(r",(\s*)$", r"\1", before)
        return self._checked(before + after, None)

    def _checked(self, text: str, keys: Keys | None) -> str:
        edited = ConfigFile(self.path, text)
        try:
            edited.get(keys or [])
        except KeyError:
            raise CannotEdit(
                f"`{'.'.join(keys or [])}` can't be added to {self.path}; add it by hand."
            ) from None
        return text

    def _span(self, keys: Keys) -> tuple[int, int]:
        try:
            match self.language:
                case "yaml":
                    return self._yaml_span(keys)
                case "toml":
                    return self._toml_span(keys)
                case _:
                    return _json_span(self.text, keys)
        except (KeyError, ValueError, IndexError, YAMLError, TOMLKitError) as error:
            raise CannotEdit(
                f"`{'.'.join(keys)}` has no place of its own in {self.path}; edit it by hand."
            ) from error

    def _yaml_node(self, keys: Keys) -> Any:
        node = YAML(typ="rt").compose(self.text)
        for key in keys:
            if not isinstance(node, MappingNode):
                raise KeyError(key)
            node = {name.value: value for name, value in node.value}[key]
        return node

    def _yaml_span(self, keys: Keys) -> tuple[int, int]:
        node = self._yaml_node(keys)
        start, end = node.start_mark.index, node.end_mark.index
        return start, start + len(self.text[start:end].rstrip())

    def _toml_span(self, keys: Keys) -> tuple[int, int]:
        # tomlkit keeps no positions: mark the value with a text that is nowhere else, and look.
        document = tomlkit.parse(self.text)
        container: Any = document
        for key in keys[:-1]:
            container = container[key]
        old: Item = container.item(keys[-1]) if hasattr(container, "item") else container[keys[-1]]
        raw = old.as_string()
        marker = "1_0" * (len(self.text) // 3 + 2)
        container[keys[-1]] = Integer(0, old.trivia, marker)
        start = document.as_string().index(marker)
        if not self.text.startswith(raw, start):
            raise ValueError(raw)
        return start, start + len(raw)

    def _add(self, keys: Keys, value: Value) -> str:
        parent, name = list(keys[:-1]), keys[-1]
        table = self.get(parent)
        if not isinstance(table, dict):
            raise CannotEdit(f"`{'.'.join(parent)}` in {self.path} is no table; edit it by hand.")
        literal = spell(value, dialect=self.language)
        if self.language == "toml":
            document = tomlkit.parse(self.text)
            container: Any = document
            for key in parent:
                container = container[key]
            number = isinstance(value, float)
            item: Any = Float(value, tomlkit.items.Trivia(), literal) if number else value  # type: ignore[arg-type]
            container.add(name, item)
            return document.as_string()
        anchor = next(
            (key for key in reversed(table) if not isinstance(table[key], dict | list)), None
        )
        if anchor is None:
            raise CannotEdit(
                f"`{name}` can't be added to {self.path}, where no value stands beside it; "
                "add it by hand."
            )
        start, end = self._span([*parent, anchor])
        line_start = self.text.rfind("\n", 0, start) + 1
        line = self.text[line_start:]
        indent = line[: len(line) - len(line.lstrip(" \t"))]
        alone = re.match(rf"\s*[\"']?{re.escape(anchor)}[\"']?\s*:", self.text[line_start:start])
        if self.language == "json":
            gap = f"\n{indent}" if alone else " "
            return f'{self.text[:end]},{gap}"{name}": {literal}{self.text[end:]}'
        flow = self._yaml_node(parent).flow_style if parent else False
        if flow or not alone:
            return f"{self.text[:end]}, {name}: {literal}{self.text[end:]}"
        line_end = self.text.find("\n", end)
        if line_end < 0:
            return f"{self.text}\n{indent}{name}: {literal}\n"
        return f"{self.text[:line_end]}\n{indent}{name}: {literal}{self.text[line_end:]}"


def _json_span(text: str, keys: Keys) -> tuple[int, int]:
    """Start and end of the value under a path of keys of a valid JSON text."""
    decoder = json.JSONDecoder()
    at = _skip(text, 0)
    for depth, wanted in enumerate(keys):
        at = _skip(text, at + 1)
        while text[at] == '"':
            name, at = decoder.raw_decode(text, at)
            at = _skip(text, _skip(text, at) + 1)
            if name == wanted:
                break
            _, at = decoder.raw_decode(text, at)
            at = _skip(text, _skip(text, at) + 1)
        else:
            raise KeyError(wanted)
        if depth < len(keys) - 1 and text[at] != "{":
            raise KeyError(wanted)
    _, end = decoder.raw_decode(text, at)
    return at, end


def _skip(text: str, at: int) -> int:
    while at < len(text) and text[at] in " \t\r\n":
        at += 1
    return at


def _position(text: str, index: int) -> tuple[int, int]:
    return text.count("\n", 0, index) + 1, index - text.rfind("\n", 0, index)
