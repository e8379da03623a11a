"""`.intern/daemon.log`: rotated, private to the user, without secrets."""

import logging
import os
import sys
import threading
import time
from io import TextIOWrapper
from logging.handlers import RotatingFileHandler
from pathlib import Path

from ..workspace.redaction import redact

log = logging.getLogger(__name__)

#: Four files of two megabytes hold some weeks of a busy workspace.
BYTES, KEPT = 2_000_000, 3


def write_log(path: Path, show: bool) -> None:
    """Send all records of this process, and what nobody caught, to `path`.

    Args:
        path: the file; its folder exists.
        show: to standard error as well.
    """
    sinks: list[logging.Handler] = [
        _Private(path, maxBytes=BYTES, backupCount=KEPT, encoding="utf-8")
    ]
    if show:
        sinks.append(logging.StreamHandler())
    for sink in sinks:
        sink.setFormatter(_Line())
    root = logging.getLogger()
    root.handlers[:] = sinks
    root.setLevel(logging.INFO)
    sys.excepthook = lambda kind, error, trace: log.critical("uncaught", exc_info=error)
    threading.excepthook = lambda failure: log.error("a thread died", exc_info=failure.exc_value)


class _Private(RotatingFileHandler):
    """Mode 0600 from the first byte, after each rotation too."""

    def _open(self) -> TextIOWrapper:
        os.close(os.open(self.baseFilename, os.O_CREAT | os.O_WRONLY, 0o600))
        return super()._open()


class _Line(logging.Formatter):
    """`time level logger: sentence`, and a traceback below. Times are UTC.

    The finished line is redacted, so tracebacks and arguments are covered as well.
    """

    def __init__(self) -> None:
        super().__init__(
            "{asctime}.{msecs:03.0f}Z {levelname:<8} {name}: {message}", "%Y-%m-%dT%H:%M:%S", "{"
        )
        self.converter = time.gmtime

    def format(self, record: logging.LogRecord) -> str:
        return redact(super().format(record))
