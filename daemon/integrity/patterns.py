"""Which paths are locked: what `intern.toml` lists, itself, and the evaluator that it names."""

import re
import shlex
from collections.abc import Iterable
from pathlib import Path

from ..errors import BadConfig
from ..repo import fold
from ..workspace import Config

CONTRACT = "intern.toml"
SCRIPT_ENDINGS = (".py", ".sh", ".bash", ".r", ".jl", ".js", ".pl", ".rb")
SEPARATORS = {"&&", "||", ";", "|", "&"}


def locked_patterns(config: Config, folder: Path) -> tuple[str, ...]:
    """The locked paths, folders and globs of a workspace, from its top, each once.

    Args:
        folder: a checkout, to see which words of the eval commands are files.

    Raises:
        BadConfig: a listed path leaves the repository.
    """
    listed = [_inside(entry) for entry in config.locked.paths]
    # A model that is no folder here is a name on the Hub, which has no bytes to hash.
    models = [
        _inside(entry) for entry in config.locked.models if (folder / _trimmed(entry)).exists()
    ]
    scripts = [
        script
        for command in (config.eval.command, config.eval.test)
        if command
        for script in evaluator_scripts(command, folder)
    ]
    return tuple(dict.fromkeys([CONTRACT, *scripts, *listed, *models]))


def evaluator_scripts(command: str, folder: Path) -> list[str]:
    """The script that each part of an eval command runs, from the checkout's top.

    `python evaluate.py --data x` gives `evaluate.py`, `python -m score.run` gives `score/run.py`.

    Raises:
        BadConfig: the command's quotes don't match.
    """
    lexer = shlex.shlex(command, posix=True, punctuation_chars=True)
    lexer.whitespace_split = True
    try:
        words = list(lexer)
    except ValueError as error:
        raise BadConfig(
            f"intern.toml: [eval] command {command!r} has an open quote; close it."
        ) from error
    scripts: list[str] = []
    found = False
    for before, word in zip(["", *words], words, strict=False):
        if word in SEPARATORS:
            found = False
        elif not found and (script := _script(before, word, folder)):
            scripts.append(script)
            found = True
    return scripts


def is_locked(path: str, patterns: Iterable[str]) -> bool:
    """True when a path from the top is a locked file, or lies in a locked folder.

    Names that some file system takes for one (case, Unicode composition) are one.
    """
    return any(_regex(pattern).fullmatch(fold(path)) for pattern in patterns)


def matches(path: str, pattern: str) -> bool:
    return _regex(pattern).fullmatch(fold(path)) is not None


def _script(before: str, word: str, folder: Path) -> str | None:
    if before == "-m":
        module = word.replace(".", "/")
        names = [f"{module}.py", f"{module}/__main__.py", f"{module}/__init__.py"]
    else:
        names = [_trimmed(word)] if word.lower().endswith(SCRIPT_ENDINGS) else []
    return next(
        (name for name in names if (folder / name).is_file() and _climbs(name) is None), None
    )


def _trimmed(entry: str) -> str:
    return re.sub(r"^(\./+)+", "", entry).rstrip("/")


def _climbs(entry: str) -> str | None:
    """The part of a path that leads out of the repository."""
    return next((part for part in Path(entry).parts if part in ("..", "/")), None)


def _inside(entry: str) -> str:
    trimmed = _trimmed(entry)
    if not trimmed or _climbs(trimmed):
        raise BadConfig(
            f"intern.toml: [locked] names {entry!r}, which is outside the repository; give a path "
            "from its top, and list a linked folder in [train] share."
        )
    return trimmed


def _regex(pattern: str) -> re.Pattern[str]:
    """`*` and `?` stay within one folder, `**` crosses folders; what matches locks all below it."""
    text = fold(_trimmed(pattern))
    out = []
    for part in re.split(r"(\*\*/|\*\*|\*|\?)", text):
        match part:
            case "**/":
                out.append("(?:.*/)?")
            case "**":
                out.append(".*")
            case "*":
                out.append("[^/]*")
            case "?":
                out.append("[^/]")
            case _:
                out.append(re.escape(part))
    return re.compile(f"{''.join(out)}(?:/.*)?", re.DOTALL)
