"""Exceptions as JSON-RPC errors: one sentence each, never a traceback on the wire."""

import re
from typing import Any

from cattrs import transform_error
from cattrs.errors import BaseValidationError
from pydantic import ValidationError
from pydantic.alias_generators import to_camel
from pygls.exceptions import JsonRpcException

from ..errors import InternError, ProtocolMismatch
from ..protocol.codes import Code

_PARTS = re.compile(r"(\W)")

INTERNAL = "internal error; see .intern/daemon.log"


class Fault(Exception):
    """An error of the protocol itself: what to answer."""

    def __init__(self, code: Code, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


def error_object(error: BaseException) -> dict[str, Any] | None:
    """`error` of the answer; None when it is a bug of ours that belongs in the log."""
    match error:
        case Fault():
            return {"code": int(error.code), "message": error.message}
        case InternError():
            mismatch = isinstance(error, ProtocolMismatch)
            code = Code.PROTOCOL_MISMATCH if mismatch else Code.REFUSED
            kind = type(error).__name__
            return {"code": int(code), "message": str(error), "data": {"type": kind}}
        case JsonRpcException() if error.code != Code.INTERNAL_ERROR:
            return {"code": error.code, "message": error.message}
        case _:
            return None


def bad_params(method: str, error: ValidationError) -> Fault:
    """Names the first parameter that is wrong. Its value is not quoted: it may be a secret."""
    first = error.errors(include_input=False, include_url=False)[0]
    field = ".".join(str(part) for part in first["loc"])
    if not field:
        return Fault(Code.INVALID_PARAMS, f"{method}: params must be an object.")
    if first["type"] == "missing":
        return Fault(Code.INVALID_PARAMS, f"{method}: `{field}` is missing; add it to params.")
    reason = first["msg"][0].lower() + first["msg"][1:]
    return Fault(Code.INVALID_PARAMS, f"{method}: `{field}` can't be used: {reason}.")


def bad_lsp_params(method: str, error: BaseValidationError) -> Fault:
    """The same for LSP's own types."""
    what, _, path = transform_error(error)[0].partition(" @ $.params")
    field = "".join(to_camel(part) if part.isidentifier() else part for part in _PARTS.split(path))
    if not field:
        return Fault(Code.INVALID_PARAMS, f"{method}: params must be an object.")
    mend = "is missing; add it to params" if "missing" in what else "has the wrong type"
    return Fault(Code.INVALID_PARAMS, f"{method}: `{field.lstrip('.')}` {mend}.")
