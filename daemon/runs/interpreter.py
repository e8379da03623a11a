"""The user's Python: which one runs the training, and what is installed in it."""

import json
import os
import subprocess
import sys
from pathlib import Path

from pydantic import BaseModel

from ..errors import NoInterpreter
from ..workspace import Config

PACKAGES = ("torch", "transformers", "trl", "datasets", "peft", "accelerate", "numpy")

_ASK = f"""
import importlib.metadata, json, platform, sysconfig
found = {{}}
for name in {PACKAGES!r}:
    try:
        found[name] = importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        pass
print(json.dumps({{"version": platform.python_version(), "packages": found,
                  "site": sysconfig.get_path("purelib")}}))
"""


class Interpreter(BaseModel):
    """What a Python says of itself."""

    version: str
    packages: dict[str, str]
    """Versions of what a training stands on; absent: not installed."""
    site: Path
    """Where its packages lie."""


def find_python(config: Config | None, root: Path, client_python: str | None = None) -> Path:
    """The interpreter of the training, absolute; a link to it is kept, for it marks the venv.

    In this order: `[train] python`, the workspace's `.venv`, the client's (its selected interpreter
    or VIRTUAL_ENV), the one that runs the daemon.

    Raises:
        NoInterpreter: the one that is named does not exist or does not start.
    """
    named = config.train.python if config else None
    if named is not None:
        return _checked(_absolute(root, named), "`python` under [train] in intern.toml")
    if (venv := root / ".venv/bin/python").exists():
        return _checked(venv, "the workspace's .venv")
    if client_python:
        chosen = _absolute(root, client_python)
        if chosen.is_dir():
            chosen = chosen / "bin/python"
        return _checked(chosen, "the editor's selected interpreter")
    return Path(sys.executable)


def _absolute(root: Path, text: str) -> Path:
    return Path(os.path.normpath(root / Path(text).expanduser()))


def _checked(python: Path, source: str) -> Path:
    if not python.exists():
        raise NoInterpreter(
            f"{python} ({source}) does not exist; create it or name another under [train] python "
            "in intern.toml."
        )
    inspect(python)
    return python


def inspect(python: Path) -> Interpreter:
    """Ask an interpreter for its version and packages; remembered until its packages change.

    Raises:
        NoInterpreter: it does not start.
    """
    known = _known.get(python)
    if known is None or known[0] != _changed(known[1].site):
        answer = _ask(python)
        known = _known[python] = (_changed(answer.site), answer)
    return known[1]


_known: dict[Path, tuple[int, Interpreter]] = {}


def _changed(folder: Path) -> int:
    """Installing or removing a package touches the folder that holds it."""
    try:
        return folder.stat().st_mtime_ns
    except OSError:
        return 0


def _ask(python: Path) -> Interpreter:
    try:
        answer = subprocess.run(
            [python, "-I", "-c", _ASK],
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
            stdin=subprocess.DEVNULL,
        )
        return Interpreter.model_validate(json.loads(answer.stdout))
    except subprocess.CalledProcessError as error:
        why = (error.stderr or "").strip().splitlines()
        reason = why[-1] if why else f"exit code {error.returncode}"
    except (OSError, subprocess.TimeoutExpired, ValueError) as error:
        reason = str(error)
    raise NoInterpreter(
        f"{python} does not start ({reason}); mend it or name another under [train] python in "
        "intern.toml."
    )
