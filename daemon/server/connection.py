"""One client of the daemon: a language server of its own over the service that all share."""

import asyncio
import hmac
import logging
import threading
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from typing import Any

from cattrs import Converter
from lsprotocol import types
from pydantic import ValidationError
from pygls.lsp.server import LanguageServer
from pygls.protocol import default_converter

from .. import __version__
from ..errors import ProtocolMismatch, WrongToken
from ..protocol import NEWEST, OLDEST, Delta, Event, Params, VersionRange, Wire, agree
from ..protocol.codes import Code
from ..protocol.methods import METHODS, DaemonStatus, Empty, Subscribe, Subscribed
from .dispatch import Dispatch
from .faults import Fault, bad_params
from .features import Features
from .follower import Follower
from .framing import LARGEST, BrokenFrame, frame, read_frame
from .served import Handler, Served

log = logging.getLogger(__name__)

#: The cells of a notebook come as documents of their own, and their order with them.
NOTEBOOKS = types.NotebookDocumentSyncOptions(
    notebook_selector=[
        types.NotebookDocumentFilterWithNotebook(
            notebook="jupyter-notebook", cells=[types.NotebookCellLanguage(language="python")]
        )
    ]
)
#: Requests of one client that may run at a time; the next message is read when one of them ends.
MOST_RUNNING = 256
#: Seconds that a client gets for taking its last answers when the connection ends.
FAREWELL = 2.0


def connect(service: Served) -> "Connection":
    """A language server for one client. Call `run` on it with the client's streams."""
    return Connection(service)


class Connection(LanguageServer):
    """One client, from its first byte to its last.

    Args:
        service: the workspace, shared by all connections.
        token: what the client must show at `initialize`; None: the socket's mode keeps others out.
        stop: ends the daemon, for `intern/shutdown`.
        clients: how many clients are connected, for `intern/status`.
    """

    protocol: Dispatch

    def __init__(
        self,
        service: Served,
        *,
        token: str | None = None,
        stop: Callable[[], None] = lambda: None,
        clients: Callable[[], int] = lambda: 1,
    ) -> None:
        super().__init__(
            "intern",
            __version__,
            protocol_cls=Dispatch,
            converter_factory=_converter,
            notebook_document_sync=NOTEBOOKS,
        )
        self.follower: Follower | None = None
        """Sends the events, once the client has subscribed."""
        self._service = service
        self._token = token
        self._shown_token: str | None = None
        self._stop = stop
        self._clients = clients
        self._version = NEWEST
        self._writer: asyncio.StreamWriter | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread = 0
        self._offer()
        self._features = Features(self, service)

    async def run(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve the client until it leaves, says `exit` or sends what can't be read."""
        self._writer, self._loop = writer, asyncio.get_running_loop()
        self._thread = threading.get_ident()
        try:
            while not self.protocol.ended and (came := await read_frame(reader)) is not None:
                self._shown_token = came.headers.get("intern-token", self._shown_token)
                if came.body is None:
                    self.protocol.refuse(None, _too_large())
                else:
                    self.protocol.receive(came.body)
                # A client that does not take its answers is not read either.
                await writer.drain()
                await self.protocol.room(MOST_RUNNING)
        except BrokenFrame as error:
            sentence = f"The message can't be read: {error}; the connection ends here."
            self.protocol.refuse(None, Fault(Code.PARSE_ERROR, sentence))
        except ConnectionError:
            pass
        finally:
            await self._end()

    @property
    def unsent(self) -> int:
        """Bytes that wait for the client to read."""
        return self._writer.transport.get_write_buffer_size() if self._writer else 0

    def post(self, message: bytes) -> None:
        """Write one framed message; dropped when the client has gone. Callable from any thread."""
        if self._writer is None or self._loop is None:
            return
        if threading.get_ident() != self._thread:
            with suppress(RuntimeError):  # the loop is closed: the daemon is ending
                self._loop.call_soon_threadsafe(self.post, message)
        elif not self._writer.is_closing():
            self._writer.write(message)

    def welcome(self, options: Any) -> dict[str, Any]:
        """Check who asks and agree on the protocol.

        Args:
            options: `initializationOptions`; a client that is not ours sends none of our keys.

        Returns:
            `capabilities.experimental.intern` of the answer.
        """
        intern = options.get("intern") if isinstance(options, dict) else None
        said = intern if isinstance(intern, dict) else {}
        self._check_token(said.get("token"))
        if "protocol" in said:
            try:
                theirs = VersionRange.model_validate(said["protocol"])
            except ValidationError as error:
                raise bad_params("initialize", error) from error
            version = agree(theirs)
            if version is None:
                raise ProtocolMismatch(
                    f"The client speaks protocol {theirs.min} to {theirs.max}, this daemon "
                    f"{OLDEST} to {NEWEST}; update the older one, then run `intern stop-daemon`."
                )
            self._version = version
        if intern is None:
            self._features.offer_commands()
        root = str(self._service.root)
        return {"protocol": self._version, "version": __version__, "root": root}

    def report_server_error(self, error: Exception, source: Any) -> None:
        """pygls would show it in the client's window, with whatever the exception quotes."""
        log.error("%s", source, exc_info=error)

    def _check_token(self, said: Any) -> None:
        if self._token is None:
            return
        shown = self._shown_token or said
        if isinstance(shown, str) and hmac.compare_digest(shown.encode(), self._token.encode()):
            return
        self.protocol.ended = True
        raise WrongToken(
            "The token is not this workspace's; connect through `intern lsp`, which knows it."
        )

    def _offer(self) -> None:
        """Register what clients may ask for."""
        handlers = self._service.handlers()
        for method in METHODS:
            if method.name in handlers:
                self.feature(method.name)(self._answering(handlers[method.name]))

        # Not async on purpose: pygls answers these before anything else can run, so the answer
        # precedes the first event, and the farewell.
        @self.feature("intern/subscribe")
        def subscribe(params: Subscribe) -> Subscribed:
            return self._subscribe(params.since)

        @self.feature("intern/shutdown")
        def shutdown(_: Params) -> Empty:
            log.info("a client asked the daemon to stop")
            self._stop()
            return Empty()

    def _answering(self, handler: Handler) -> Handler:
        async def answer(params: Params) -> Wire:
            result = await handler(params)
            if isinstance(result, DaemonStatus):  # what only the connection knows
                ours = {"clients": self._clients(), "protocol": self._version}
                return result.model_copy(update=ours)
            return result

        return answer

    def _subscribe(self, since: int) -> Subscribed:
        service = self._service
        head = service.store.head
        if since > head:
            raise Fault(
                Code.INVALID_PARAMS,
                f"intern/subscribe: `since` is {since}, but the log ends at {head}; it was begun "
                "anew, subscribe from 0.",
            )
        if self.follower is not None:
            self.follower.stop()
        self.follower = Follower(service.store, since, self._send_told, service.deltas)
        return Subscribed(head=head)

    async def _send_told(self, told: Event | Delta) -> None:
        assert self._writer is not None
        name = b"intern/event" if isinstance(told, Event) else b"intern/delta"
        body = told.model_dump_json(by_alias=True).encode()
        self.post(frame(b'{"jsonrpc":"2.0","method":"%b","params":%b}' % (name, body)))
        await self._writer.drain()

    async def _end(self) -> None:
        # Requests in progress run to their end: a landing must not stop half-way because a window
        # was closed. Their answers are dropped.
        assert self._writer is not None
        if self.follower is not None:
            self.follower.stop()
        self._features.stop()
        self._writer.close()
        try:
            await asyncio.wait_for(self._writer.wait_closed(), FAREWELL)
        except (TimeoutError, OSError):
            self._writer.transport.abort()


@cache
def _converter() -> Converter:
    """Made once, in 50 ms, for all connections: it knows LSP's types and holds no state."""
    return default_converter()  # type: ignore[no-any-return, no-untyped-call]


def _too_large() -> Fault:
    return Fault(
        Code.INVALID_REQUEST,
        f"The message was skipped: it is larger than {LARGEST >> 20} MiB; send it in parts.",
    )
