"""The command line of `intern.toml` as a program and its arguments."""

import re
import shlex
from pathlib import Path

SHELL = ("/bin/sh", "-c")
_SHELL_WORDS = re.compile(r"[|&;<>()$`*?\[\]~\n]|^\s*\w+=")
_PYTHON = re.compile(r"python(3(\.\d+)?)?$")


def to_argv(command: str, python: Path) -> list[str]:
    """Split a command; `python` in its first place is the workspace's interpreter.

    A command that needs a shell gets one; there `python` is found on the PATH of the run, where the
    interpreter's folder stands first.
    """
    if _SHELL_WORDS.search(command):
        return [*SHELL, command]
    try:
        words = shlex.split(command)
    except ValueError:  # an open quote: let the shell say what it thinks of it
        return [*SHELL, command]
    if words and _PYTHON.match(words[0]):
        words[0] = str(python)
    return words


def script_of(argv: list[str], python: Path, cwd: Path) -> Path | None:
    """The script of `python SCRIPT.py ...`; None for any other command."""
    if len(argv) < 2 or argv[0] != str(python) or not argv[1].endswith(".py"):
        return None
    path = cwd / argv[1]
    return path if path.is_file() else None
