"""`docs/protocol.md` from the protocol's JSON Schema, its method table and its errors."""

import inspect
import json
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from .. import errors
from ..errors import InternError
from .codes import Code
from .typescript import type_of

Schema = dict[str, Any]

INTRODUCTION = """\
Editors and the command line talk to the daemon in LSP's base protocol: JSON-RPC 2.0 in frames with
`Content-Length`, over a unix socket that only its user can open, or through `intern lsp` on
standard input and output. Any LSP client works.

`initialize` agrees on the version. A client of ours sends the range that it speaks as
`initializationOptions.intern.protocol = {"min": 1, "max": 1}`; one that sends none gets the newest.
The answer holds `capabilities.experimental.intern = {"protocol", "version", "root"}`. Without unix
sockets the daemon listens on loopback TCP and wants its token, as
`initializationOptions.intern.token` or as header field `Intern-Token` of the first message; port
and token stand in a file that only the user can read.

After `intern/subscribe` the daemon sends each event once, in order of `seq`, first those after
`since`, then all that come, as notifications `intern/event`. A client that lost its connection
subscribes again with the last `seq` that it has. A client that reads slowly lags; it loses nothing.

Keys are camelCase. Unknown keys are ignored. Fields that are marked optional may be left out; all
that the daemon sends are always there, as `null` where there is no value. Times are seconds since
the epoch, UTC. NaN and infinities travel as the strings `"NaN"`, `"Infinity"` and `"-Infinity"`.
"""


def render(schema: Schema) -> str:
    """The text of `protocol.md`.

    Args:
        schema: as `schema.protocol_schema` makes it.
    """
    newest = schema["protocol"]["max"]
    parts = [
        f"<!-- {schema['$comment']} -->",
        f"# Protocol, version {newest}",
        INTRODUCTION.strip(),
        "## Methods",
        _table(("method", "parameters", "result"), _methods(schema)),
        "## Notifications",
        _table(
            ("notification", "parameters"),
            (
                (f"`{name}`", _link(entry["params"]))
                for name, entry in schema["notifications"].items()
            ),
        ),
        "## Errors",
        "`error.message` is one sentence: what, where, the mend.",
        _table(("code", "name", "when"), _codes()),
        f"With code {int(Code.REFUSED)}, `error.data.type` says which kind:",
        _table(("type", "meaning"), _kinds()),
        "## Types",
        *(_definition(name, body) for name, body in schema["$defs"].items()),
    ]
    return "\n\n".join(parts) + "\n"


def _methods(schema: Schema) -> Iterator[tuple[str, ...]]:
    for name, entry in schema["methods"].items():
        yield f"`{name}`", _link(entry["params"]), _link(entry["result"])


def _codes() -> Iterator[tuple[str, ...]]:
    when = _attribute_docstrings(Code)
    for code in Code:
        yield str(int(code)), f"`{code.name}`", when[code.name]


def _kinds() -> Iterator[tuple[str, ...]]:
    for name, kind in vars(errors).items():
        if isinstance(kind, type) and issubclass(kind, InternError) and kind is not InternError:
            yield f"`{name}`", _cell(inspect.getdoc(kind))


def _definition(name: str, body: Schema) -> str:
    lines = [f"### {name}", body.get("description", "")]
    if fields := body.get("properties"):
        lines.append(_table(("field", "type", "", "meaning"), _fields(body, fields)))
    elif body.get("type") != "object":
        lines.append(f"`{type_of(body)}`")
    return "\n\n".join(line for line in lines if line)


def _fields(body: Schema, fields: dict[str, Schema]) -> Iterator[tuple[str, ...]]:
    for field, part in fields.items():
        needed = field in body.get("required", [])
        default = "" if needed else f"optional, `{json.dumps(part.get('default'))}`"
        shown = f"`{type_of(part)}`".replace("|", r"\|")
        yield f"`{field}`", shown, default, _cell(part.get("description"))


def _link(part: Schema) -> str:
    name = type_of(part)
    return f"[{name}](#{name.lower()})"


def _cell(text: str | None) -> str:
    return " ".join((text or "").split()).replace("|", r"\|")


def _table(head: tuple[str, ...], rows: Iterator[tuple[str, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def _attribute_docstrings(kind: type) -> dict[str, str]:
    """The strings below the members of an enumeration, which Python does not keep."""
    lines = [line.strip() for line in inspect.getsource(kind).splitlines()]
    return {
        line.partition(" =")[0]: said.strip('"')
        for line, said in pairwise(lines)
        if " = " in line and said.startswith('"""')
    }
