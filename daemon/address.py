"""Where the daemon of a workspace listens.

The stdio shim starts with every editor window, so this file is made of what an interpreter has
loaded anyway plus two C modules; pathlib, hashlib and socket would double its start-up time.
"""
# ruff: noqa: PLC0415, PTH101, PTH102, PTH103, PTH111, PTH117, PTH118

import _socket
import os
import stat

try:
    from _blake2 import blake2b  # hashlib pulls in OpenSSL
except ImportError:
    from hashlib import blake2b

#: Longest runtime folder; a socket path holds 107 bytes (104 on macOS) and our file names have 21.
LONGEST = 82


def uses_tcp() -> bool:
    """Loopback TCP with a token: where there are no unix sockets, or INTERN_TRANSPORT=tcp."""
    return os.environ.get("INTERN_TRANSPORT") == "tcp" or not hasattr(_socket, "AF_UNIX")


def digest(root: str) -> str:
    """Sixteen hex digits that stand for a workspace; `root` is resolved."""
    return blake2b(os.fsencode(root), digest_size=8).hexdigest()


def address(root: str) -> str:
    """Path of the socket (`.sock`), or of the file that holds port and token (`.tcp`).

    Args:
        root: top folder of the repository's working tree, resolved.

    Raises:
        DaemonUnreachable: this user has no private folder for it.
    """
    return os.path.join(runtime_folder(), digest(root) + (".tcp" if uses_tcp() else ".sock"))


def runtime_folder() -> str:
    """The user's private folder (0700) for sockets and locks; made when missing.

    `XDG_RUNTIME_DIR` first, then where systemd puts it for a login that did not set the variable,
    then a folder in /tmp that names the user. A folder of somebody else is never used.

    Raises:
        DaemonUnreachable: none of them is ours alone.
    """
    if os.name == "nt":
        local = os.environ.get("LOCALAPPDATA") or os.path.expanduser("~")
        folder = os.path.join(local, "intern", "run")
        os.makedirs(folder, exist_ok=True)  # a profile folder is closed to other users already
        return folder
    user = os.geteuid()
    for parent in (os.environ.get("XDG_RUNTIME_DIR", ""), f"/run/user/{user}"):
        folder = os.path.join(parent, "intern")
        if (
            _belongs(parent, user)
            and len(os.fsencode(folder)) <= LONGEST
            and _private(folder, user)
        ):
            return folder
    folder = f"/tmp/intern-{user}"
    if _private(folder, user):
        return folder
    from .errors import DaemonUnreachable

    raise DaemonUnreachable(
        f"{folder} can't be made a private folder of yours; remove it, or set XDG_RUNTIME_DIR to a "
        "folder that only you can open."
    )


def _belongs(folder: str, user: int) -> bool:
    try:
        found = os.lstat(folder)
    except OSError:
        return False
    return os.path.isabs(folder) and stat.S_ISDIR(found.st_mode) and found.st_uid == user


def _private(folder: str, user: int) -> bool:
    try:
        os.mkdir(folder, 0o700)
    except FileExistsError:
        pass
    except OSError:
        return False
    if not _belongs(folder, user):  # lstat: a link that somebody planted in /tmp is no folder
        return False
    if stat.S_IMODE(os.lstat(folder).st_mode) != 0o700:
        os.chmod(folder, 0o700)
    return os.access(folder, os.W_OK | os.X_OK)
