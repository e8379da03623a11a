"""Find the daemon of a workspace, or start it.

Standard library alone, and what only a start or a failure needs is imported there: the stdio shim
imports this, and each file that it does not read is a tenth of a bare interpreter's start-up.
"""
# ruff: noqa: PLC0415, PTH103, PTH118, PTH120, PTH123

import _socket
import os
import sys

from ..address import address, digest, runtime_folder

#: Seconds that a daemon gets for reading its event log and taking up its runs.
PATIENCE = 60.0
#: Bytes of the daemon's log that an error message quotes.
LAST_WORDS = 2000


def find_root(start: str) -> str:
    """The top folder, resolved, of the working tree that `start` is in.

    Raises:
        NoRepository: there is none.
    """
    folder = real = os.path.realpath(start)
    while not os.path.lexists(os.path.join(folder, ".git")):  # a file in a linked worktree
        parent = os.path.dirname(folder)
        if parent == folder:
            from ..errors import NoRepository

            raise NoRepository(
                f"{real} is not inside a git repository; make one with `git init` and commit."
            )
        folder = parent
    return folder


def reach(root: str) -> "_socket.socket | None":
    """A connection to the daemon of `root`, or None when nobody listens.

    The token of the TCP variant is sent already: as a header field of the first message, so that
    what follows is plain LSP in both variants.
    """
    for where in _addresses(root):
        if (peer := dial(where)) is not None:
            return peer
    return None


def dial(where: str) -> "_socket.socket | None":
    """Connect to one address; None when nobody listens there."""
    try:
        if where.endswith(".sock"):
            peer = _socket.socket(_socket.AF_UNIX, _socket.SOCK_STREAM)
            target: str | tuple[str, int] = where
            greeting = b""
        else:
            with open(where, encoding="ascii") as file:
                port, token = file.read().split()
            peer = _socket.socket(_socket.AF_INET, _socket.SOCK_STREAM)
            target = ("127.0.0.1", int(port))
            greeting = f"Intern-Token: {token}\r\n".encode()
    except (OSError, ValueError):
        return None
    try:
        peer.connect(target)
        peer.sendall(greeting)
    except OSError:
        peer.close()
        return None
    return peer


def find_or_start(root: str, command: list[str] | None = None, patience: float = PATIENCE) -> str:
    """The address at which the daemon of `root` answers; it is started when it does not.

    Args:
        root: top folder of the repository's working tree, resolved.
        command: argv that starts a daemon and ends once it listens; None: ours.
        patience: seconds to wait for a daemon that starts.

    Raises:
        DaemonUnreachable: it does not start; the sentence ends with the last lines of its log.
    """
    peer = reach_or_start(root, command, patience)
    where: str | tuple[str, int] = peer.getpeername()
    peer.close()
    return where if isinstance(where, str) else address(root)


def reach_or_start(
    root: str, command: list[str] | None = None, patience: float = PATIENCE
) -> "_socket.socket":
    """As `find_or_start`, and keeps the connection."""
    return reach(root) or _start(root, command, patience)


def _addresses(root: str) -> "list[str]":
    """Where the daemon should listen, then where the one that holds the lock says it does.

    They differ when it was started under another XDG_RUNTIME_DIR.
    """
    found = [address(root)]
    try:
        with open(os.path.join(root, ".intern", "daemon.lock"), encoding="utf-8") as file:
            recorded = file.read().split("\n")[1]
        # A repository from a stranger can hold such a file: only a private folder is believed.
        folder, name = os.path.split(recorded)
        kept = os.lstat(folder)
        ours = os.name == "nt" or (kept.st_uid == os.geteuid() and kept.st_mode & 0o077 == 0)
        if ours and name in (f"{digest(root)}.sock", f"{digest(root)}.tcp"):
            found.append(recorded)
    except (OSError, ValueError, IndexError):
        pass
    return found


def _start(root: str, command: "list[str] | None", patience: float) -> "_socket.socket":
    import subprocess
    import time

    from ..errors import DaemonUnreachable
    from .lock import FileLock

    until = time.monotonic() + patience
    try:
        os.makedirs(os.path.join(root, ".intern"), exist_ok=True)
        log = os.open(_log(root), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    except OSError as error:
        raise DaemonUnreachable(
            f"{root}/.intern can't be written ({error.strerror}); make it writable or free space."
        ) from error
    # Ten windows that open at once start one daemon: the others wait here, then find it.
    starting = FileLock(os.path.join(runtime_folder(), digest(root) + ".start"))
    try:
        if not starting.acquire(wait=patience):
            raise DaemonUnreachable(
                f"Somebody else has been starting the daemon of {root} for {patience:.0f} "
                f"seconds; see {_log(root)}."
            )
        if (peer := reach(root)) is not None:
            return peer
        begin = os.fstat(log).st_size
        child = subprocess.Popen(
            command or [*_ourselves(), "serve", "--root", root, "--detached"],
            env=_environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,  # a daemon that holds a caller's pipe hangs the caller
            stderr=log,
            cwd=root,
            start_new_session=True,
            creationflags=getattr(subprocess, "DETACHED_PROCESS", 0),
        )
        ended = False
        while not ended and time.monotonic() < until:
            try:
                child.wait(timeout=0.05)
                ended = True
            except subprocess.TimeoutExpired:
                pass
            # Also before it ended: a living daemon whose socket was deleted listens again.
            if (peer := reach(root)) is not None:
                return peer
        if not ended:
            child.kill()
            child.wait()
    finally:
        starting.release()
        os.close(log)
    from ..workspace.room import no_room

    if no_room(root):
        raise DaemonUnreachable(
            f"The daemon of {root} can't start, for its disk is full; free some space and run the "
            "command again."
        )
    outcome = (
        "stopped while it started" if ended else f"did not answer within {patience:.0f} seconds"
    )
    raise DaemonUnreachable(
        f"The daemon of {root} {outcome}; the reason stands in {_log(root)}:\n"
        f"{_last_words(root, begin)}"
    )


def _ourselves() -> "list[str]":
    # -P: a `json.py` in the user's repository must not become the daemon's.
    return [sys.executable, "-P", "-m", __package__.split(".", maxsplit=1)[0]]


def _environment() -> "dict[str, str]":
    """Ours, without the keys of a Jupyter server or hub: a training must not find them."""
    keys = ("JUPYTERHUB_", "JPY_", "JUPYTER_TOKEN", "JUPYTER_PASSWORD")
    return {name: value for name, value in os.environ.items() if not name.startswith(keys)}


def _log(root: str) -> str:
    return os.path.join(root, ".intern", "daemon.log")


def _last_words(root: str, begin: int) -> str:
    """What was logged after byte `begin`, its end."""
    try:
        with open(_log(root), "rb") as file:
            size = file.seek(0, os.SEEK_END)
            begin = begin if begin <= size else 0  # it was rotated meanwhile
            file.seek(max(begin, size - LAST_WORDS))
            text = file.read().decode("utf-8", "replace").strip()
    except OSError:
        text = ""
    return text or "(nothing was logged)"
