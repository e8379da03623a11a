"""`intern lsp`: bytes between an editor's stdio and the daemon's socket.

Standard library alone, and little of it: this starts with every editor window.
"""
# ruff: noqa: PLC0415, SIM105

import _socket
import _thread
import os
import sys

from .locate import find_root, reach_or_start

CHUNK = 65_536


def main(arguments: "list[str]") -> int:
    """Pump until either side ends.

    Args:
        arguments: `--root DIR`, or nothing for the current folder. Editors add flags such as
            `--stdio` of their own; they are ignored.
    """
    start = os.getcwd()  # noqa: PTH109
    if "--root" in arguments[:-1]:
        start = arguments[arguments.index("--root") + 1]
    try:
        peer = reach_or_start(find_root(start))
    except Exception as error:
        from ..errors import InternError

        if not isinstance(error, InternError):
            raise
        print(f"intern: {error}", file=sys.stderr)
        return 1
    if sys.platform == "win32":
        import msvcrt

        for stream in (0, 1):
            msvcrt.setmode(stream, os.O_BINARY)
    # Two threads and blocking calls: neither direction can hold up the other, and Windows has no
    # select() on pipes. _thread: its threads do not keep the process when the daemon has gone.
    _thread.start_new_thread(_upstream, (peer,))
    _downstream(peer)
    return 0


def _upstream(peer: "_socket.socket") -> None:
    try:
        while chunk := os.read(0, CHUNK):
            peer.sendall(chunk)
    except OSError:
        pass
    try:  # the daemon then ends the connection, and so _downstream
        peer.shutdown(_socket.SHUT_WR)
    except OSError:
        pass


def _downstream(peer: "_socket.socket") -> None:
    try:
        while chunk := peer.recv(CHUNK):
            view = memoryview(chunk)
            while view:
                view = view[os.write(1, view) :]
    except OSError:
        pass  # the editor or the daemon died
