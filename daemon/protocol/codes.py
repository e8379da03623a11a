"""The error codes of the wire, JSON-RPC's, LSP's and two of ours."""

from enum import IntEnum


class Code(IntEnum):
    """`error.code` of an answer. `error.message` is one sentence: what, where, the mend."""

    PARSE_ERROR = -32700
    """The message is no JSON, or its header can't be read; `id` is null."""
    INVALID_REQUEST = -32600
    """JSON, but no request that can be taken now: a batch, an id in use, after `shutdown`."""
    METHOD_NOT_FOUND = -32601
    """No such method."""
    INVALID_PARAMS = -32602
    """A parameter is missing or of the wrong type; the sentence names it."""
    INTERNAL_ERROR = -32603
    """A bug of ours; the daemon's log has the rest."""
    REFUSED = -32000
    """Something the person can act on; `error.data.type` is one of the kinds below."""
    PROTOCOL_MISMATCH = -32001
    """No protocol version in common; the connection may try `initialize` again."""
    NOT_INITIALIZED = -32002
    """A request came before `initialize`."""
    CANCELLED = -32800
    """The client cancelled the request with `$/cancelRequest`."""
