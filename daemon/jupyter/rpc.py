"""One WebSocket of a tab, joined to one connection of the workspace's daemon.

A text message is one JSON-RPC message, as in LSP's base protocol without its header. Neither side
is read faster than the other takes it: a tab that sleeps holds up its own connection alone.
"""

import asyncio
import json
import socket
from pathlib import Path
from typing import Any

from jupyter_server.auth.decorator import ws_authenticated
from jupyter_server.base.handlers import JupyterHandler
from jupyter_server.base.websocket import WebSocketMixin
from tornado.websocket import WebSocketClosedError, WebSocketHandler

from ..errors import InternError
from ..server.faults import error_object
from ..server.framing import LARGEST, BrokenFrame, frame, read_frame
from ..server.locate import reach_or_start
from .access import check_execute, contents_root
from .roots import root_of

GONE = 1012
"""Close code: the daemon went away; connect again, and subscribe from the last event."""

REFUSED = 1011
"""Close code: there is no daemon; the reason was the answer to the tab's first request."""


# The mixin first and JupyterHandler last, or neither pings nor authentication work.
class RpcSocket(WebSocketMixin, WebSocketHandler, JupyterHandler):
    """`GET intern/api/rpc?path=...`: `path` is a place of the contents API in the repository."""

    _refusal: InternError | None = None
    _writer: asyncio.StreamWriter | None = None
    _pump: asyncio.Task[None] | None = None

    def set_default_headers(self) -> None:
        """JupyterHandler's headers make no sense on a WebSocket."""

    @property
    def max_message_size(self) -> int:
        """Tornado's own limit is 10 MiB; the daemon reads more."""
        return LARGEST

    @ws_authenticated  # 403 instead of a redirect to the login page
    async def get(self, *args: Any, **kwargs: Any) -> None:
        await check_execute(self)
        await super().get(*args, **kwargs)

    async def open(self, *args: Any, **kwargs: Any) -> None:
        """Find or start the daemon; what the tab sends meanwhile waits in its own buffer."""
        super().open(*args, **kwargs)
        path = self.get_query_argument("path", "")
        try:
            root = await asyncio.to_thread(root_of, contents_root(self), path)
            reader, self._writer = await _connect(root)
        except InternError as error:
            self.log.warning("intern: %s", error)
            self._refusal = error
            return
        self._pump = asyncio.create_task(self._downstream(reader))

    async def on_message(self, message: str | bytes) -> None:
        """Tornado reads the next message when this one is taken."""
        if self._refusal is not None:
            self._refuse(message, self._refusal)
        elif self._writer is not None:
            body = message.encode() if isinstance(message, str) else message
            try:
                self._writer.write(frame(body))
                await self._writer.drain()
            except ConnectionError:
                self.close(GONE, "the daemon went away")

    def on_close(self) -> None:
        """The tab has gone: the daemon's connection ends, and nothing else."""
        if self._pump is not None:
            self._pump.cancel()
        if self._writer is not None:
            self._writer.close()

    async def _downstream(self, reader: asyncio.StreamReader) -> None:
        try:
            while (came := await read_frame(reader)) is not None:
                if came.body is not None:
                    await self.write_message(came.body.decode())  # returns when the tab has room
        except WebSocketClosedError:
            return
        except (ConnectionError, BrokenFrame) as error:
            self.log.warning("intern: the daemon's connection broke: %s", error)
        self.close(GONE, "the daemon went away")

    def _refuse(self, message: str | bytes, refusal: InternError) -> None:
        """Answer a request with the sentence: a close reason has room for 123 bytes alone."""
        try:
            asked = json.loads(message)
        except ValueError:
            asked = None
        msg_id = asked.get("id") if isinstance(asked, dict) else None
        answer = {"jsonrpc": "2.0", "id": msg_id, "error": error_object(refusal)}
        self.write_message(json.dumps(answer))
        self.close(REFUSED, "no daemon")


async def _connect(root: Path) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    raw = await asyncio.to_thread(reach_or_start, str(root))
    peer = socket.socket(fileno=raw.detach())
    peer.setblocking(False)
    if peer.family == socket.AF_INET:
        return await asyncio.open_connection(sock=peer)
    return await asyncio.open_unix_connection(sock=peer)
