"""What `intern doctor` looks at. Each check tells what it found and, when it is bad, the mend."""

import ast
import importlib.metadata
import re
import shlex
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from ..address import runtime_folder
from ..errors import DaemonUnreachable, InternError, NoInterpreter, ProtocolMismatch
from ..protocol import Params
from ..protocol.methods import DaemonStatus
from ..workspace import Config, Layout, load
from . import figures
from .connection import active_python, connect, workspace

OLDEST_PYTHON = (3, 11)
OLDEST_GIT = (2, 25)
TRAINING_PACKAGES = ("torch", "transformers", "trl", "datasets", "peft")
FREE_BYTES = 2 * 1024**3
"""A session of the smallest template writes some 100 MB; below this a person should know."""


@dataclass(frozen=True)
class Check:
    """One line of the doctor.

    Args:
        state: `missing` only for what `improve` can't do without; `absent` for what it can.
        found: what is there, in words.
        mend: what to do about it; empty when it is well.
    """

    name: str
    state: Literal["ok", "absent", "missing"]
    found: str
    mend: str = ""


def check_all(folder: Path) -> list[Check]:
    """All checks, in the order in which a person would mend them."""
    root = _root(folder)
    config, config_check = _config(root)
    return [
        check_python(),
        check_git(),
        _repository(folder, root),
        config_check,
        *check_interpreter(root or folder, config),
        check_agent(),
        check_gpu(),
        check_disk(root or folder),
        check_runtime(),
        check_daemon(root),
    ]


def check_python() -> Check:
    version = ".".join(str(part) for part in sys.version_info[:3])
    where = f"{version} ({sys.executable})"
    if sys.version_info[:2] < OLDEST_PYTHON:
        return Check("python", "missing", where, "install Intern with Python 3.11 or newer")
    return Check("python", "ok", where)


def check_git() -> Check:
    mend = f"install git {'.'.join(str(part) for part in OLDEST_GIT)} or newer"
    try:
        told = subprocess.run(["git", "--version"], capture_output=True, text=True, check=False)
    except OSError:
        return Check("git", "missing", "not installed", mend)
    numbers = re.search(r"(\d+)\.(\d+)(?:\.\d+)*", told.stdout)
    if numbers is None or (int(numbers[1]), int(numbers[2])) < OLDEST_GIT:
        return Check("git", "missing", told.stdout.strip() or told.stderr.strip(), mend)
    return Check("git", "ok", numbers[0])


def _root(folder: Path) -> Path | None:
    try:
        return workspace(folder)
    except InternError:
        return None


def _repository(folder: Path, root: Path | None) -> Check:
    if root is None:
        mend = "`git init` here and commit your training code, or `intern new DIR`"
        return Check("repository", "missing", f"{folder} is in none", mend)
    head = subprocess.run(
        ["git", "-C", str(root), "rev-parse", "--verify", "--quiet", "HEAD^{commit}"],
        capture_output=True,
        check=False,
    )
    if head.returncode != 0:
        return Check("repository", "missing", f"{root} has no commit", "commit your training code")
    return Check("repository", "ok", str(root))


def _config(root: Path | None) -> tuple[Config | None, Check]:
    if root is None:
        return None, Check("intern.toml", "missing", "no repository", "see above")
    try:
        config = load(Layout(root).config)
    except InternError as error:
        return None, Check("intern.toml", "missing", str(error), "mend it, or run `intern init`")
    return config, Check("intern.toml", "ok", f"`{config.train.command}` for {config.eval.metric}")


def check_interpreter(root: Path, config: Config | None) -> list[Check]:
    """The Python that trains, and what is installed there."""
    # Imported here: they start programs, which most commands never do.
    from ..runs import find_python, inspect  # noqa: PLC0415

    needed = imported_by(root, config)
    try:
        python = find_python(config, root, active_python())
        told = inspect(python)
    except NoInterpreter as error:
        return [Check("interpreter", "missing", str(error), "see the sentence above")]
    checks = [Check("interpreter", "ok", f"{told.version} ({python})")]
    for name in TRAINING_PACKAGES:
        if version := told.packages.get(name):
            checks.append(Check(name, "ok", version))
        else:
            mend = f"{shlex.quote(str(python))} -m pip install {name}"
            state: Literal["absent", "missing"] = "missing" if name in needed else "absent"
            checks.append(Check(name, state, "not installed there", mend))
    return checks


def imported_by(root: Path, config: Config | None) -> set[str]:
    """Training packages that the script of `[train] command` imports by name."""
    if config is None:
        return set()
    found: set[str] = set()
    for word in shlex.split(config.train.command):
        script = root / word
        if script.suffix != ".py" or not script.is_file():
            continue
        try:
            tree = ast.parse(script.read_bytes())
        except (SyntaxError, ValueError):
            continue  # pre-flight tells the line; here only the imports matter
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                found |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                found.add(node.module.partition(".")[0])
    return found & set(TRAINING_PACKAGES)


def check_agent() -> Check:
    try:
        version = importlib.metadata.version("smolagents")
    except importlib.metadata.PackageNotFoundError:
        mend = f"{shlex.quote(sys.executable)} -m pip install 'intern-ide[agent]'"
        return Check("smolagents", "missing", f"not installed beside {sys.executable}", mend)
    return Check("smolagents", "ok", version)


def check_gpu() -> Check:
    import pynvml  # noqa: PLC0415 - opens the driver's library

    try:
        pynvml.nvmlInit()
    except pynvml.NVMLError:
        return Check("gpu", "absent", "none; runs use the CPU")
    try:
        handles = [pynvml.nvmlDeviceGetHandleByIndex(i) for i in range(pynvml.nvmlDeviceGetCount())]
        cards = [
            f"{pynvml.nvmlDeviceGetName(card)} "
            f"({figures.size(float(pynvml.nvmlDeviceGetMemoryInfo(card).total))})"
            for card in handles
        ]
    except pynvml.NVMLError as error:
        return Check("gpu", "absent", f"the driver answers with an error ({error})")
    finally:
        pynvml.nvmlShutdown()
    return Check("gpu", "ok", ", ".join(cards) or "none; runs use the CPU")


def check_disk(folder: Path) -> Check:
    try:
        free = shutil.disk_usage(folder).free
    except OSError as error:
        return Check("disk", "absent", f"{folder} can't be asked ({error.strerror})")
    words = f"{figures.size(free)} free"
    if free < FREE_BYTES:
        return Check("disk", "absent", words, "free some space; `intern gc` frees our part")
    return Check("disk", "ok", words)


def check_runtime() -> Check:
    try:
        return Check("runtime folder", "ok", runtime_folder())
    except (InternError, OSError) as error:
        return Check("runtime folder", "missing", str(error), "set XDG_RUNTIME_DIR")


def check_daemon(root: Path | None) -> Check:
    if root is None:
        return Check("daemon", "absent", "no repository to serve")
    try:
        with connect(root, start=False) as client:
            told = client.call("intern/status", Params(), DaemonStatus)
    except DaemonUnreachable:
        return Check("daemon", "ok", "not running; it starts with the first command")
    except ProtocolMismatch as error:
        return Check("daemon", "missing", str(error), "end it with the version that started it")
    return Check(
        "daemon", "ok", f"pid {told.pid}, version {told.version}, protocol {told.protocol}"
    )
