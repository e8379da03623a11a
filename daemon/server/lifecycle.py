"""The daemon's life: one per repository by lock, detached, ended by signal, request or idleness."""

import argparse
import asyncio
import importlib
import logging
import os
import signal
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from .. import __version__
from ..errors import DaemonUnreachable, InternError
from ..workspace import Layout
from .daemon_log import write_log
from .endpoint import Endpoint
from .lock import FileLock
from .served import Served

log = logging.getLogger(__name__)

Factory = Callable[[Path], Served]

IDLE_HOURS = 12.0
#: Seconds that a daemon which is ending gets before its successor gives up.
SUCCESSION = 20.0
#: Seconds between looks at the socket file and at idleness.
LOOK = 2.0


def main(arguments: list[str], factory: Factory | None = None) -> int:
    """`serve --root DIR [--detached] [--idle-hours N]`. Returns the exit status."""
    parser = argparse.ArgumentParser(prog="intern serve")
    parser.add_argument("--root", type=Path, required=True)
    parser.add_argument("--detached", action="store_true")
    parser.add_argument("--idle-hours", type=float, default=IDLE_HOURS)
    given = parser.parse_args(arguments)
    ready = _detach() if given.detached else None
    return serve(given.root, factory=factory, idle_hours=given.idle_hours, ready=ready)


def serve(
    root: Path,
    *,
    factory: Factory | None = None,
    idle_hours: float = IDLE_HOURS,
    ready: Callable[[], None] | None = None,
) -> int:
    """Be the daemon of `root` until somebody stops it.

    Args:
        root: top folder of the repository's working tree.
        factory: makes the service; None: `service.Service`.
        idle_hours: end after so long without a client, a run and a session.
        ready: called once clients can connect; None: somebody watches, so the log is shown too.

    Returns:
        The exit status: 0 when it was asked to end or idle, 1 when it could not start.
    """
    root = root.resolve()
    layout = Layout(root)
    try:
        layout.make()
        write_log(layout.daemon_log, show=ready is None)
    except OSError as error:
        print(f"intern: {error}; make {layout.home} writable or free space.", file=sys.stderr)
        return 1
    try:
        lock = FileLock(str(layout.lock))
        # A daemon that is ending holds the lock until its process is gone.
        if not lock.acquire(wait=SUCCESSION):
            raise DaemonUnreachable(
                f"Another daemon holds {layout.lock} but does not answer; "
                f"end process {_holder(layout.lock)}."
            )
        asyncio.run(_live(root, factory or _service, lock, idle_hours, ready or _nothing))
    except InternError as error:
        log.error("%s", error)
        return 1
    except Exception:  # the boundary of the process: nobody reads a daemon's standard error
        log.exception("the daemon failed")
        return 1
    log.info("ended")
    return 0


async def _live(
    root: Path, factory: Factory, lock: FileLock, idle_hours: float, ready: Callable[[], None]
) -> None:
    stop = asyncio.Event()
    _on_signals(stop.set)
    service = factory(root)
    await service.start()
    try:
        endpoint = Endpoint(service, stop.set)
        await endpoint.open()
        try:
            lock.write(f"{os.getpid()}\n{endpoint.address}\n")
            log.info("version %s, process %d, %s", __version__, os.getpid(), endpoint.address)
            ready()
            await _watch(endpoint, service, lock, idle_hours * 3600, stop)
        finally:
            await endpoint.close()
    finally:
        await service.close()


async def _watch(
    endpoint: Endpoint, service: Served, lock: FileLock, patience: float, stop: asyncio.Event
) -> None:
    """Until `stop`, idleness, or the workspace's removal. Keeps the socket file in its place."""
    used = time.monotonic()
    while not stop.is_set():
        with suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), LOOK)
        if endpoint.connections or service.busy():
            used = time.monotonic()
        elif time.monotonic() - used >= patience:
            log.info("nobody came for %.1f hours", patience / 3600)
            return
        if not lock.stands():
            log.warning("%s was removed; nothing is left to serve", lock.path)
            return
        if not stop.is_set() and await _mended(endpoint):
            lock.write(f"{os.getpid()}\n{endpoint.address}\n")


async def _mended(endpoint: Endpoint) -> bool:
    try:
        return await endpoint.mend()
    except DaemonUnreachable as error:  # tried again at the next look
        log.warning("%s", error)
        return False


def _on_signals(stop: Callable[[], None]) -> None:
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        if sys.platform == "win32":
            signal.signal(number, lambda *_: loop.call_soon_threadsafe(stop))
        else:
            loop.add_signal_handler(number, stop)
    if sys.platform != "win32":
        signal.signal(signal.SIGHUP, signal.SIG_IGN)  # the terminal that started it was closed


def _detach() -> Callable[[], None]:
    """Go on in a child of our own that no starter has to reap.

    The parent lives until the daemon listens or has died, so its exit status tells the starter
    which. Standard streams go to the null device; errors until then go to where the starter sent
    them.

    Returns:
        What the daemon calls when it listens.
    """
    if sys.platform == "win32":
        return _nothing
    answer, told = os.pipe()
    if child := os.fork():
        os.close(told)
        if os.read(answer, 1):
            os._exit(0)
        _, status = os.waitpid(child, 0)
        os._exit(1 if os.waitstatus_to_exitcode(status) else 0)
    os.close(answer)
    os.setsid()

    def ready() -> None:
        os.write(told, b"1")
        os.close(told)
        null = os.open(os.devnull, os.O_RDWR)
        for stream in (0, 1, 2):
            os.dup2(null, stream)
        os.close(null)

    return ready


def _nothing() -> None:
    pass


def _service(root: Path) -> Served:
    service: Served = importlib.import_module(".service", __package__).Service(root)
    return service


def _holder(lock: Path) -> str:
    return lock.read_text(encoding="utf-8").partition("\n")[0] or "unknown"
