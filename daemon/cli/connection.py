"""How a command reaches its workspace and the workspace's daemon."""

import os
import sys
from contextlib import AbstractContextManager
from pathlib import Path

import typer

from ..errors import DaemonUnreachable, NoRepository
from ..server.client import Client as DaemonClient
from ..server.locate import find_root
from .feed import Client
from .terminal import remarks


def connect(root: Path, start: bool = True) -> AbstractContextManager[Client]:
    """A connection to the workspace's daemon.

    Args:
        root: the workspace.
        start: start the daemon when there is none.

    Raises:
        DaemonUnreachable: there is no daemon, or it does not answer.
        ProtocolMismatch: it is of another version.
        NoRepository: a daemon can't work there; nothing was made.
    """
    if start:
        try:
            return DaemonClient.connect(root, start=False)
        except DaemonUnreachable:
            _check(root)
    return DaemonClient.connect(root, start=start)


def reach(root: Path, start: bool = True) -> AbstractContextManager[Client]:
    """As `connect`, and on a terminal says what one waits for: a daemon takes a second to start."""
    with remarks().status("Waiting for the daemon"):
        return connect(root, start)


def here(context: typer.Context) -> Path:
    """The folder that `-C` names, or the one the person stands in."""
    folder = context.find_root().params.get("directory")
    return Path(folder) if folder else Path.cwd()


def workspace(folder: Path) -> Path:
    """Top folder of the repository around `folder`.

    Raises:
        NoRepository: it is in none, or in a bare one.
    """
    if not folder.is_dir():
        raise NoRepository(f"{folder} is not a folder; give the folder of a git repository.")
    try:
        return Path(find_root(str(folder)))
    except NoRepository:
        _check(folder)
        raise


def _check(folder: Path) -> None:
    """Raises NoRepository with the very reason: bare, without a commit, of another user."""
    from ..repo import open_repository  # noqa: PLC0415 - GitPython, for the first start alone

    open_repository(folder)


def active_python() -> str:
    """The Python of the active environment, as an editor would give its selected one."""
    environment = os.environ.get("VIRTUAL_ENV")
    if environment:
        folder, name = ("Scripts", "python.exe") if os.name == "nt" else ("bin", "python")
        python = Path(environment) / folder / name
        if python.exists():
            return str(python)
    return sys.executable
