"""Rows from TensorBoard's event files, as transformers and Lightning write them.

The format is a few fields of two protobuf messages in length-prefixed records; reading them here
spares the daemon TensorBoard's own package, which brings a web server and eighty megabytes.
"""

import struct
from collections.abc import Iterator
from pathlib import Path

from ..row import Row, read_row
from .source import Cursor, count

_PREFIX = 12
"""Bytes before a record: its length in eight, and their checksum."""
_SUFFIX = 4
"""Bytes after it: the checksum of its text."""

# Field numbers of tensorflow/core/util/event.proto and framework/summary.proto.
_WALL_TIME, _STEP, _SUMMARY = 1, 2, 5
_VALUE = 1
_TAG, _SIMPLE_VALUE, _TENSOR = 1, 2, 8
_FLOAT_VAL, _CONTENT = 5, 4


def is_event_file(path: Path) -> bool:
    """Whether the name is that of an event file."""
    return "tfevents" in path.name


class TensorBoardSource:
    """Follows one event file; scalars of one step become one row.

    Args:
        path: an `events.out.tfevents...` file.
        cursor: where an earlier source stopped.
    """

    total_steps: int | None = None

    def __init__(self, path: Path, cursor: Cursor | None = None) -> None:
        self._path = path
        self._offset = count(cursor, "offset")

    @property
    def cursor(self) -> Cursor:
        return {"offset": self._offset}

    def poll(self, final: bool = False) -> list[Row]:
        """Rows of the records that are whole; one cut short is read when its rest has come."""
        with self._path.open("rb") as file:
            file.seek(self._offset)
            text = file.read()
        logged: dict[int, tuple[float, dict[str, float]]] = {}
        taken = 0
        for record, taken in _records(text):  # noqa: B007 - the last end is kept
            step, when, scalars = _event(record)
            if scalars:
                logged.setdefault(step, (when, {}))[1].update(scalars)
        self._offset += taken
        rows = [read_row(values, step=step, time=when) for step, (when, values) in logged.items()]
        return [row for row in rows if row is not None]


def _records(text: bytes) -> Iterator[tuple[bytes, int]]:
    """Each whole record, and the position behind it."""
    at = 0
    while at + _PREFIX <= len(text):
        (length,) = struct.unpack_from("<Q", text, at)
        end = at + _PREFIX + length + _SUFFIX
        if end > len(text):
            return
        yield text[at + _PREFIX : end - _SUFFIX], end
        at = end


def _event(record: bytes) -> tuple[int, float, dict[str, float]]:
    """Step, UTC seconds and scalars of one event."""
    step, when, scalars = 0, 0.0, {}
    for number, value in _fields(record):
        if number == _WALL_TIME and isinstance(value, bytes):
            (when,) = struct.unpack("<d", value)
        elif number == _STEP and isinstance(value, int):
            step = value
        elif number == _SUMMARY and isinstance(value, bytes):
            for kind, scalar in _fields(value):
                if kind == _VALUE and isinstance(scalar, bytes):
                    scalars.update(_scalar(scalar))
    return step, when, scalars


def _scalar(message: bytes) -> dict[str, float]:
    """Name and value; empty for a histogram, a text or an image."""
    tag, number = "", None
    for kind, value in _fields(message):
        if kind == _TAG and isinstance(value, bytes):
            tag = value.decode("utf-8", "replace")
        elif kind == _SIMPLE_VALUE and isinstance(value, bytes) and len(value) == 4:
            (number,) = struct.unpack("<f", value)
        elif kind == _TENSOR and isinstance(value, bytes):
            number = _tensor(value)
    return {} if number is None else {tag: number}


def _tensor(message: bytes) -> float | None:
    """The one float of a tensor, as newer writers store a scalar; None: it is no such thing."""
    for kind, value in _fields(message):
        if kind in (_FLOAT_VAL, _CONTENT) and isinstance(value, bytes) and len(value) == 4:
            (number,) = struct.unpack("<f", value)
            return float(number)
    return None


def _fields(message: bytes) -> Iterator[tuple[int, int | bytes]]:
    """Numbers and values of a protobuf message; what is cut short ends it."""
    at = 0
    while at < len(message):
        key, at = _varint(message, at)
        kind = key & 7
        if kind == 0:
            value, at = _varint(message, at)
            yield key >> 3, value
            continue
        if kind == 2:
            length, at = _varint(message, at)
        elif kind in (1, 5):
            length = 8 if kind == 1 else 4
        else:
            return
        yield key >> 3, message[at : at + length]
        at += length


def _varint(message: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while at < len(message):
        byte = message[at]
        value |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            break
    return value, at
