"""Where clients come in: a unix socket of mode 0600, or loopback TCP with a token."""

import asyncio
import logging
import os
import secrets
import socket
import sys
from collections.abc import Callable
from pathlib import Path

from ..address import address
from ..errors import DaemonUnreachable
from .connection import Connection
from .locate import dial
from .served import Served

log = logging.getLogger(__name__)


class Endpoint:
    """Accepts clients, each on a connection of its own.

    Whoever opens one holds the workspace's lock, so a socket file that nobody answers is a dead
    daemon's and may be removed.

    Args:
        service: what the connections serve.
        stop: ends the daemon.
    """

    def __init__(self, service: Served, stop: Callable[[], None]) -> None:
        self.connections: set[Connection] = set()
        self.address = Path()
        self._service = service
        self._stop = stop
        self._token: str | None = None
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._file: os.stat_result | None = None

    async def open(self) -> None:
        """Listen.

        Raises:
            DaemonUnreachable: somebody else answers at the address, or there is no place for it.
        """
        self.address = Path(address(str(self._service.root)))
        await asyncio.to_thread(self._clear)
        try:
            if self.address.suffix == ".sock":
                await self._open_socket()
            else:
                await self._open_tcp()
            self._file = self.address.stat()
        except OSError as error:
            raise DaemonUnreachable(
                f"{self.address} can't be opened ({error.strerror}); make its folder writable."
            ) from error

    async def mend(self) -> bool:
        """Listen again if the socket file is gone, as /run/user is after a last logout.

        Returns:
            Whether that was needed.
        """
        try:
            if self._file is not None and os.path.samestat(self._file, self.address.stat()):
                return False
        except OSError:
            pass
        if self._server is not None:
            self._server.close()
        await self.open()
        log.warning("the socket had been removed; listening again at %s", self.address)
        return True

    async def close(self) -> None:
        """Stop accepting, end all connections, remove the socket file."""
        if self._server is not None:
            self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self.address.unlink(missing_ok=True)

    def _clear(self) -> None:
        """Remove what a dead daemon left."""
        if (peer := dial(str(self.address))) is not None:
            peer.close()
            raise DaemonUnreachable(
                f"Another process answers at {self.address}; stop it before starting a daemon."
            )
        self.address.unlink(missing_ok=True)

    async def _open_socket(self) -> None:
        if sys.platform == "win32":
            raise AssertionError("unix sockets are not used on Windows")
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        listener.bind(str(self.address))
        self.address.chmod(0o600)  # before listen(), and the folder is 0700
        self._server = await asyncio.start_unix_server(self._welcome, sock=listener)

    async def _open_tcp(self) -> None:
        self._token = secrets.token_hex(32)
        self._server = await asyncio.start_server(self._welcome, "127.0.0.1", 0)
        port = self._server.sockets[0].getsockname()[1]
        draft = self.address.with_suffix(f".{os.getpid()}")
        draft.unlink(missing_ok=True)
        file = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(file, "w", encoding="ascii") as out:
            out.write(f"{port} {self._token}\n")
        draft.replace(self.address)

    async def _welcome(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = Connection(
            self._service,
            token=self._token,
            stop=self._stop,
            clients=lambda: len(self.connections),
        )
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self.connections.add(connection)
        try:
            await connection.run(reader, writer)
        except Exception:  # The boundary of one client: the others go on
            log.exception("a connection failed")
        finally:
            self.connections.discard(connection)
            self._tasks.discard(task)
