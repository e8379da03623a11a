"""pygls' protocol object, made strict: every request is answered, and nothing leaks on the way.

pygls itself answers neither bad JSON nor a request without params, puts tracebacks into error data,
writes message bodies to the log at INFO, and ends the process on `exit`.
"""

import asyncio
import contextvars
import json
import logging
import uuid
from collections.abc import Generator
from functools import partial
from typing import TYPE_CHECKING, Any, NoReturn, TypeGuard

from cattrs.errors import BaseValidationError
from lsprotocol import types
from pydantic import ValidationError
from pygls.protocol import LanguageServerProtocol
from pygls.protocol.language_server import lsp_method

from ..protocol import Wire
from ..protocol.codes import Code
from ..protocol.methods import METHODS
from .faults import INTERNAL, Fault, bad_lsp_params, bad_params, error_object
from .framing import frame

if TYPE_CHECKING:
    from .connection import Connection

log = logging.getLogger(__name__)
# Its INFO lines hold whole messages: source code, prompts, the token of the TCP variant.
logging.getLogger("pygls").setLevel(logging.WARNING)

MessageId = str | int

_PARAMS = {method.name: method.params for method in METHODS}


class Dispatch(LanguageServerProtocol):
    """Takes messages apart, runs their handlers, puts answers together."""

    _server: "Connection"

    def __init__(self, server: "Connection", converter: Any) -> None:
        super().__init__(server, converter)
        self.initialized = False
        self.ended = False
        """`exit` came, or the client was refused for good."""
        self.options: Any = None
        """`initializationOptions` as they came."""

    # --- what comes in ----------------------------------------------------------------------

    def receive(self, body: bytes) -> None:
        """Take one message in. Whatever it holds, the connection goes on."""
        try:
            message = _parse(body)
        except Fault as fault:
            self.refuse(None, fault)
            return
        msg_id = message.get("id")
        if "method" not in message:
            self._take_answer(message)
            return
        try:
            self._take(message)
        except Fault as fault:
            if "id" in message:
                self.refuse(msg_id if _is_id(msg_id) else None, fault)
            else:
                log.debug("dropped a notification: %s", fault.message)
        except Exception as error:  # the boundary of one message: the next one is read
            if _is_id(msg_id):
                self.refuse(msg_id, error)
            else:
                log.exception("a notification failed")

    def _take(self, message: dict[str, Any]) -> None:
        method, msg_id, is_request = message["method"], message.get("id"), "id" in message
        if message.get("jsonrpc") != "2.0" or not isinstance(method, str):
            raise Fault(Code.INVALID_REQUEST, 'A message needs "jsonrpc": "2.0" and a method name.')
        if is_request and not _is_id(msg_id):
            raise Fault(Code.INVALID_REQUEST, f"{method}: `id` must be a string or a whole number.")
        if msg_id in self._request_futures:
            raise Fault(Code.INVALID_REQUEST, f"{method}: id {msg_id!r} is in use; take a new one.")
        if self._shutdown and method != types.EXIT:
            raise Fault(Code.INVALID_REQUEST, f"{method} came after `shutdown`; connect again.")
        if method == types.INITIALIZE:
            if self.initialized:
                raise Fault(Code.INVALID_REQUEST, "`initialize` was answered already.")
            if isinstance(params := message.get("params"), dict):
                self.options = params.get("initializationOptions")
        elif not self.initialized and method != types.EXIT:
            raise Fault(Code.NOT_INITIALIZED, f"{method} came before `initialize`.")
        if method == types.CANCEL_REQUEST and not is_request:
            self._cancel(message.get("params"))
            return
        if method not in self.fm.builtin_features and method not in self.fm.features:
            raise Fault(Code.METHOD_NOT_FOUND, f"There is no method {method!r}.")
        params = self._params(message)
        # A context of its own: pygls keeps the message id in a context variable.
        run = contextvars.copy_context().run
        if is_request:
            assert isinstance(msg_id, str | int)
            run(self._handle_request, msg_id, method, params)
        else:
            run(self._handle_notification, method, params)

    def _params(self, message: dict[str, Any]) -> Any:
        """Parameters as the handler wants them: our model, or LSP's class."""
        method = message["method"]
        if method in _PARAMS:
            given = message.get("params")
            try:
                return _PARAMS[method].model_validate({} if given is None else given)
            except ValidationError as error:
                raise bad_params(method, error) from error
        kind = self.get_message_type(method)
        if kind is None:
            return message.get("params")
        try:
            return self._converter.structure(message, kind).params
        except BaseValidationError as error:
            raise bad_lsp_params(method, error) from error

    async def room(self, most: int) -> None:
        """Wait until fewer than `most` requests of this client are running."""
        while len(running := [f for f in self._request_futures.values() if _is_task(f)]) >= most:
            await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)

    def get_message_type(self, method: str) -> type[Any] | None:  # type: ignore[override]
        """As pygls', without its cache, which would keep a connection in memory after its end."""
        return types.METHOD_TO_TYPES.get(method, (None,))[0]

    def _handle_request(self, msg_id: MessageId, method_name: str, params: Any) -> None:
        self._ctx_msg_id.set(msg_id)
        self._execute_handler(
            msg_id=msg_id,
            handler=self._get_handler(method_name),
            args=(params,),
            callback=partial(self._send_handler_result, msg_id=msg_id),
        )

    def _handle_notification(self, method_name: str, params: Any) -> None:
        msg_id = str(uuid.uuid4())
        self._execute_handler(
            msg_id=msg_id,
            handler=self._get_handler(method_name),
            args=(params,),
            callback=partial(self._check_handler_result, msg_id=msg_id),
        )

    def _cancel(self, params: Any) -> None:
        msg_id = params.get("id") if isinstance(params, dict) else None
        if _is_id(msg_id) and (running := self._request_futures.pop(msg_id, None)) is not None:
            running.cancel()

    def _take_answer(self, message: dict[str, Any]) -> None:
        """An answer to a request of ours; one that nobody asked for is dropped."""
        msg_id = message.get("id")
        # A task is the client's own request in progress, which no client can answer.
        if not _is_id(msg_id) or _is_task(self._request_futures.get(msg_id)):
            return
        if isinstance(error := message.get("error"), dict):
            code = error.get("code")
            failure = types.ResponseError(code if isinstance(code, int) else 0, str(error))
            self._handle_response(msg_id, error=failure)
        else:
            self._handle_response(msg_id, result=message.get("result"))

    # --- what goes out ----------------------------------------------------------------------

    def _send_handler_result(self, future: Any, *, msg_id: MessageId) -> None:
        self._request_futures.pop(msg_id, None)
        if future.cancelled():
            self.refuse(msg_id, Fault(Code.CANCELLED, "The request was cancelled."))
        elif (error := future.exception()) is not None:
            self.refuse(msg_id, error)
        else:
            self._answer(msg_id, future.result())

    def _answer(self, msg_id: MessageId, result: Any) -> None:
        try:
            if isinstance(result, Wire):
                # Not wire(): json.dumps would choke on NaN, and a million points are faster so.
                body = result.model_dump_json(by_alias=True).encode()
                head = b'{"jsonrpc":"2.0","id":%b,"result":' % json.dumps(msg_id).encode()
                self._server.post(frame(head + body + b"}"))
            else:
                self._send_data({"jsonrpc": "2.0", "id": msg_id, "result": result})
        except (TypeError, ValueError) as error:  # what a handler of ours gave is no JSON
            self.refuse(msg_id, error)

    def refuse(self, msg_id: MessageId | None, error: BaseException) -> None:
        """Answer with an error; what is a bug of ours goes to the log with its traceback."""
        known = error_object(error)
        if known is None:
            log.error("request %r failed", msg_id, exc_info=error)
            known = {"code": int(Code.INTERNAL_ERROR), "message": INTERNAL}
        self._send_data({"jsonrpc": "2.0", "id": msg_id, "error": known})

    def _check_handler_result(self, future: Any, msg_id: MessageId = "") -> None:
        self._request_futures.pop(msg_id, None)  # pygls keeps it for ever
        if not future.cancelled() and (error := future.exception()) is not None:
            log.error("a notification's handler failed", exc_info=error)

    def _send_data(self, data: Any) -> None:
        """Write one message."""
        body = json.dumps(data, default=self._converter.unstructure, allow_nan=False)
        self._server.post(frame(body.encode()))

    # --- LSP's own --------------------------------------------------------------------------

    @lsp_method(types.INITIALIZE)
    def lsp_initialize(
        self, params: types.InitializeParams
    ) -> Generator[Any, Any, types.InitializeResult]:
        """Agree on the protocol version, then let pygls say what else this server can do."""
        experimental = self._server.welcome(self.options)
        answer = yield from super().lsp_initialize(params)
        answer.capabilities.experimental = {"intern": experimental}
        self.initialized = True
        return answer

    @lsp_method(types.SHUTDOWN)
    def lsp_shutdown(self, *args: Any) -> None:  # type: ignore[override]
        """The client is about to leave. Unlike pygls', cancels nothing that it began."""
        self._shutdown = True

    @lsp_method(types.EXIT)
    def lsp_exit(self, *args: Any) -> None:  # type: ignore[override]
        """Ends this connection; the daemon stays for the others."""
        self.ended = True


def _parse(body: bytes) -> dict[str, Any]:
    try:
        message = json.loads(body, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise Fault(Code.PARSE_ERROR, "The message is not valid JSON.") from error
    if not isinstance(message, dict):
        raise Fault(Code.INVALID_REQUEST, "A message is one JSON object; send them one by one.")
    return message


def _no_constant(name: str) -> NoReturn:
    raise ValueError(name)


def _is_task(future: Any) -> TypeGuard["asyncio.Future[Any]"]:
    return isinstance(future, asyncio.Future)


def _is_id(value: Any) -> TypeGuard[MessageId]:
    return isinstance(value, str | int) and not isinstance(value, bool)
