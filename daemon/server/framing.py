"""LSP's frames: header fields, an empty line, a body of `Content-Length` bytes."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

#: Largest body that is read, in bytes; a whole notebook with plots has some ten million.
LARGEST = 64 * 1024 * 1024


class BrokenFrame(Exception):
    """The header can't be read, so nobody knows where the next message begins."""


@dataclass(frozen=True)
class Frame:
    """One message as it came."""

    headers: Mapping[str, str]
    """Field names in lower case."""
    body: bytes | None
    """None: it was larger than `LARGEST` and has been skipped."""


async def read_frame(reader: asyncio.StreamReader) -> Frame | None:
    """The next message; None at the end of the stream, also when it ends inside a message.

    Raises:
        BrokenFrame: a header line is not `name: value`, or there is no usable `Content-Length`.
    """
    headers: dict[str, str] = {}
    try:
        while line := (await reader.readuntil(b"\n")).strip():
            name, colon, value = line.decode("ascii").partition(":")
            if not colon:
                raise BrokenFrame("a header line has no colon")
            headers[name.strip().lower()] = value.strip()
        length = headers.get("content-length", "")
        if not length.isdecimal():
            raise BrokenFrame("the header has no Content-Length that is a number")
        if int(length) > LARGEST:
            await _skip(reader, int(length))
            return Frame(headers, None)
        return Frame(headers, await reader.readexactly(int(length)))
    except asyncio.IncompleteReadError:
        return None
    except (asyncio.LimitOverrunError, UnicodeDecodeError) as error:
        raise BrokenFrame("the header is no text of a few short lines") from error


async def _skip(reader: asyncio.StreamReader, length: int) -> None:
    while length > 0:
        chunk = await reader.read(min(length, 1 << 20))
        if not chunk:
            raise asyncio.IncompleteReadError(b"", length)
        length -= len(chunk)


def frame(body: bytes) -> bytes:
    """A message ready to send."""
    return b"Content-Length: %d\r\n\r\n%b" % (len(body), body)
