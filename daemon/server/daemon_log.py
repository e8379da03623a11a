"""`.intern/daemon.log`: rotated, private to the user, without secrets."""

import logging
import os
import sys
import threading
from io import TextIOWrapper
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Any

import structlog

from .redaction import redact

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
    stamp = structlog.processors.TimeStamper(fmt="iso", utc=True)
    names: list[structlog.typing.Processor] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        stamp,
    ]
    lines = _Redacting(
        foreign_pre_chain=names,
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.format_exc_info,
            _line,
        ],
    )
    for sink in sinks:
        sink.setFormatter(lines)
    structlog.configure(
        processors=[*names, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    root = logging.getLogger()
    root.handlers[:] = sinks
    root.setLevel(logging.INFO)
    sys.excepthook = lambda kind, error, trace: log.critical("uncaught", exc_info=error)
    threading.excepthook = lambda failure: log.error("a thread died", exc_info=failure.exc_value)


def _line(_: Any, __: str, event: structlog.typing.EventDict) -> str:
    """`time level logger: sentence key=value ...`, and a traceback below."""
    trace = event.pop("exception", None)
    head = "{timestamp} {level:<8} {logger}: {event}".format_map(event)
    known = ("timestamp", "level", "logger", "event")
    rest = "".join(f" {key}={value!r}" for key, value in event.items() if key not in known)
    return head + rest + (f"\n{trace}" if trace else "")


class _Private(RotatingFileHandler):
    """Mode 0600 from the first byte, after each rotation too."""

    def _open(self) -> TextIOWrapper:
        os.close(os.open(self.baseFilename, os.O_CREAT | os.O_WRONLY, 0o600))
        return super()._open()


class _Redacting(structlog.stdlib.ProcessorFormatter):
    """Redacts the finished line, so tracebacks and arguments are covered as well."""

    def format(self, record: logging.LogRecord) -> str:
        return redact(super().format(record))
