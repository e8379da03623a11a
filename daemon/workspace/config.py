"""`intern.toml`, the contract between the person and Intern; errors name line and column."""

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ..errors import BadConfig, NoConfig
from ..protocol.approvals import PolicyRule


class Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Train(Section):
    """How to train, from the root of a checkout."""

    command: str = Field(min_length=1)
    python: str | None = None
    """Interpreter, relative to the workspace root; None: discovered."""
    share: list[str] = []
    """Git-ignored paths that every checkout sees as links."""
    outputs: list[str] = ["outputs"]
    """What the training leaves for the evaluator."""
    minutes: float | None = Field(default=None, gt=0)
    """Time limit of one full run; None: the session's budget."""


class Eval(Section):
    """How to score, from the root of a clean checkout with the run's outputs linked in."""

    command: str = Field(min_length=1)
    test: str | None = None
    """The sealed test, run once per report; None: there is none."""
    metric: str = Field(min_length=1)
    direction: Literal["max", "min"] = "max"


class Locked(Section):
    """What nobody but the person may change."""

    paths: list[str] = []
    models: list[str] = []


class Caps(Section):
    """`[budget]`."""

    minutes: float = Field(default=30, gt=0)
    runs: int = Field(default=24, gt=0)
    usd: float = Field(default=0.0, ge=0)
    tokens: int = Field(default=2_000_000, ge=0)


class Policy(Section):
    """What the agent does without asking, by effect."""

    read: PolicyRule = "allow"
    write: PolicyRule = "allow"
    """In the session's own checkout, on its own branch."""
    run: PolicyRule = "allow"
    """Training and evaluation on this machine, within the budget."""
    network: PolicyRule = "allow"
    spend: PolicyRule = "ask"
    publish: PolicyRule = "ask"
    delete: PolicyRule = "ask"


class Config(Section):
    """The whole of `intern.toml`."""

    train: Train
    eval: Eval
    locked: Locked = Locked()
    budget: Caps = Caps()
    policy: Policy = Policy()


def load(path: Path) -> Config:
    """Read `intern.toml`. Raises as `read`."""
    return read(path)[1]


def read(path: Path) -> tuple[str, Config]:
    """The text of an `intern.toml`, and what it says.

    Raises:
        NoConfig: there is no such file.
        BadConfig: it is no TOML, or a key is unknown, missing or of the wrong type; the sentence
            names line and column.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise NoConfig(f"{path} does not exist; make one with `intern init`.") from None
    except UnicodeDecodeError as error:
        raise BadConfig(
            f"{path.name} is not UTF-8 (byte {error.start}); save it as UTF-8."
        ) from error
    return text, parse(text, path.name)


def parse(text: str, name: str = "intern.toml") -> Config:
    """Read the text of an `intern.toml`. Raises as `load`."""
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadConfig(f"{name} is not valid TOML: {_located(str(error), text)}.") from error
    try:
        return Config.model_validate(table)
    except ValidationError as error:
        # A misspelt key is missing, too: its own line says more.
        worst = min(error.errors(), key=lambda each: each["type"] != "extra_forbidden")
        first = _problem(text, worst)
        raise BadConfig(f"{name}:{first.line}:{first.column}: {first.text}.") from error


@dataclass(frozen=True)
class Problem:
    """Something in `intern.toml` that can't be used, for an editor to show in its place."""

    line: int
    """From 1."""
    column: int
    """From 1."""
    text: str


def problems(text: str) -> list[Problem]:
    """All that keeps `parse` from reading a text; empty when it can."""
    try:
        Config.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        said = _located(str(error), text)
        where = re.search(r"\(at line (\d+)(?:, column (\d+))?.*\)$", said)
        line, column = (int(where[1]), int(where[2] or 1)) if where else (1, 1)
        reason = said[: where.start()].strip() if where else said
        return [Problem(line, column, f"This is not valid TOML: {reason}")]
    except ValidationError as error:
        return [_problem(text, each) for each in error.errors()]
    return []


def _problem(text: str, error: Any) -> Problem:
    where = [str(part) for part in error["loc"]]
    return Problem(*_find(text, where), _explain(where, error))


def _located(message: str, text: str) -> str:
    """tomllib says `(at end of document)` for an open string or table: give that a line too."""
    end = text.count("\n") + 1
    return message.replace("(at end of document)", f"(at line {end}, the end of the file)")


def _find(text: str, where: list[str]) -> tuple[int, int]:
    """Line and column, from 1, of the key or, when it is missing, of its table header."""
    section, key = where[0], where[1] if len(where) > 1 else None
    best = (1, 1)
    current = ""
    for number, line in enumerate(text.splitlines(), 1):
        if header := re.match(r"\s*\[\s*([\w.-]+)\s*\]", line):
            current = header[1]
            if current == section:
                best = (number, header.start(1) + 1)
        elif (pair := re.match(r"\s*([\w-]+)\s*=", line)) and current == section and pair[1] == key:
            return number, pair.start(1) + 1
    return best


def _explain(where: list[str], error: Any) -> str:
    name = f"[{where[0]}]" + (f" {'.'.join(where[1:])}" if len(where) > 1 else "")
    match error["type"]:
        case "missing":
            return f"{name} is missing; add it"
        case "extra_forbidden":
            return f"{name} is not a known key; remove it or mend its spelling"
        case _:
            return f"{name}: {error['msg'][0].lower()}{error['msg'][1:]}, got {error['input']!r}"
