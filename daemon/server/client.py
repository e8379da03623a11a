"""A synchronous client of the daemon, for the command line and for scripts."""

import json
import os
import socket
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, NoReturn, Self, TypeVar

from .. import errors
from ..errors import BadInput, ConnectionLost, DaemonUnreachable, InternError
from ..protocol import NEWEST, Delta, Event, Params, VersionRange, Wire
from ..protocol.codes import Code
from ..protocol.methods import Subscribe, Subscribed
from .locate import reach, reach_or_start

T = TypeVar("T", bound=Wire)


class Client:
    """One connection. Not for several threads at a time: give each its own.

    Args:
        peer: a connected socket, from `locate`.
        root: the workspace that it belongs to, resolved.
    """

    def __init__(self, peer: socket.socket, root: Path) -> None:
        self.root = root
        self.protocol = NEWEST
        """The version that both sides agreed on."""
        self.version = ""
        """The daemon's own version."""
        self._socket = peer
        self._incoming = peer.makefile("rb")
        self._last_id = 0

    @classmethod
    def connect(cls, root: Path, start: bool = True) -> Self:
        """Reach the daemon of a workspace.

        Args:
            root: top folder of the repository's working tree.
            start: start the daemon when it does not answer.

        Raises:
            DaemonUnreachable: it can't be started, or `start` is false and there is none.
            ProtocolMismatch: it speaks other protocol versions than this client.
        """
        root = root.resolve()
        raw = reach_or_start(str(root)) if start else reach(str(root))
        if raw is None:
            raise DaemonUnreachable(f"No daemon runs for {root}; any `intern` command starts one.")
        client = cls(socket.socket(fileno=raw.detach()), root)
        try:
            client._initialize()
        except BaseException:
            client.close()
            raise
        return client

    def call(self, method: str, params: Params | None, result: type[T]) -> T:
        """Send one request and wait for its answer.

        Args:
            method: a name of `protocol.methods.METHODS`.
            params: its parameters; None: the method's defaults.
            result: the model of its answer.

        Raises:
            InternError: of the class that the daemon raised.
            ConnectionLost: the daemon died before it answered.
        """
        sent = json.loads(params.model_dump_json(by_alias=True)) if params is not None else {}
        return result.model_validate(self._request(method, sent))

    def events(self, since: int = 0) -> Iterator[Event]:
        """The log after `since`, then what comes, on a connection of its own. Ends with `close`.

        Raises:
            ConnectionLost: the daemon died; go on with the last event's `seq` as `since`.
        """
        return (told for told in self.follow(since) if isinstance(told, Event))

    def follow(self, since: int) -> Iterator[Event | Delta]:
        """As `events`, with the pieces of messages that are being written.

        The subscription stands when this returns, so nothing that is said afterwards is missed.

        Raises:
            ConnectionLost: as `events`.
        """
        follower = type(self).connect(self.root, start=False)
        try:
            follower.call("intern/subscribe", Subscribe(since=since), Subscribed)
        except BaseException:
            follower.close()
            raise
        return follower._told()

    def _told(self) -> Iterator[Event | Delta]:
        with self:
            while True:
                message = self._receive()
                if message.get("method") == "intern/event":
                    yield Event.model_validate(message["params"])
                elif message.get("method") == "intern/delta":
                    yield Delta.model_validate(message["params"])

    def close(self) -> None:
        self._incoming.close()
        self._socket.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _initialize(self) -> None:
        answer = self._request(
            "initialize",
            {
                "processId": os.getpid(),
                "rootUri": self.root.as_uri(),
                "capabilities": {},
                "clientInfo": {"name": "intern"},
                "initializationOptions": {"intern": {"protocol": VersionRange().wire()}},
            },
        )
        agreed = answer["capabilities"]["experimental"]["intern"]
        self.protocol, self.version = agreed["protocol"], agreed["version"]
        self._send({"jsonrpc": "2.0", "method": "initialized", "params": {}})

    def _request(self, method: str, params: dict[str, Any]) -> Any:
        self._last_id += 1
        self._send({"jsonrpc": "2.0", "id": self._last_id, "method": method, "params": params})
        while True:
            message = self._receive()
            if message.get("id") == self._last_id and "method" not in message:
                if "error" in message:
                    _raise(message["error"])
                return message["result"]

    def _send(self, message: dict[str, Any]) -> None:
        body = json.dumps(message).encode()
        try:
            self._socket.sendall(b"Content-Length: %d\r\n\r\n%b" % (len(body), body))
        except OSError:
            self._lost()

    def _receive(self) -> dict[str, Any]:
        length = 0
        try:
            while line := self._incoming.readline():
                if not line.strip():
                    break
                name, _, value = line.partition(b":")
                if name.lower() == b"content-length":
                    length = int(value)
            body = self._incoming.read(length)
        except OSError:
            self._lost()
        if not line or len(body) < length:
            self._lost()
        message: dict[str, Any] = json.loads(body)
        return message

    def _lost(self) -> NoReturn:
        raise ConnectionLost(
            f"The daemon of {self.root} went away; run the command again, it starts a new one "
            "that knows all runs and sessions."
        ) from None


def _raise(error: dict[str, Any]) -> NoReturn:
    """The exception that the daemon had."""
    message = str(error.get("message"))
    kind = (error.get("data") or {}).get("type", "")
    match getattr(errors, kind, None):
        case type() as known if issubclass(known, InternError):
            raise known(message)
        case _ if error.get("code") == Code.INVALID_PARAMS:
            raise BadInput(message)
        case _:
            raise InternError(message)
