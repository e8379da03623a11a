"""A small real service to put the server on; `server_example.py serve ...` is a daemon."""

import asyncio
import contextlib
import json
import math
import os
import sys
import time
from pathlib import Path

from intern_daemon.errors import UnknownRun
from intern_daemon.protocol import Note
from intern_daemon.protocol.methods import DaemonStatus, LogChunk, Series, SeriesAnswer
from intern_daemon.server import lifecycle
from intern_daemon.server.endpoint import Endpoint
from intern_daemon.workspace import Deltas, EventStore, Layout


class Example:
    """Has a log and no runs. Launching waits until it is cancelled."""

    def __init__(self, root: Path) -> None:
        self.root = root
        Layout(root).make()
        self.store = EventStore(Layout(root).database)
        self.deltas = Deltas(self.store)
        self.started = time.time()
        self.launching = asyncio.Event()
        self.cancelled = asyncio.Event()
        self.finish = asyncio.Event()
        self.finished = asyncio.Event()

    async def start(self):
        self.store.append(Note(session=None, text=f"started {os.getpid()}"))

    async def close(self):
        self.store.close()

    def busy(self):
        return False

    def handlers(self):
        return {
            "intern/status": self.status,
            "intern/run/log": self.log,
            "intern/run/series": self.series,
            "intern/run/stop": self.stop,
            "intern/run/launch": self.launch,
            "intern/gc": self.collect,
            "intern/land": self.land,
        }

    async def status(self, _):
        return DaemonStatus(
            pid=os.getpid(),
            version="0",
            protocol=0,
            root=str(self.root),
            started=self.started,
            head=self.store.head,
            clients=0,
            runs=[],
            session=None,
            warm=[],
        )

    async def log(self, params):
        return LogChunk(text=f"{params.run} from {params.offset}", next=0, done=True)

    async def series(self, params):
        values = [0.5, math.nan, math.inf]
        steps = [1.0, 2.0, 3.0]
        return SeriesAnswer(
            series=[Series(name="loss", steps=steps, values=values, times=steps)], next=3
        )

    async def stop(self, params):
        raise UnknownRun(f"There is no run {params.run}; list them with `intern runs`.")

    async def launch(self, _):
        self.launching.set()
        try:
            await asyncio.Event().wait()
        finally:
            self.cancelled.set()

    async def collect(self, _):
        raise RuntimeError("password hunter2 was in a local variable")

    async def land(self, _):
        self.launching.set()
        await self.finish.wait()
        self.finished.set()
        return await self.status(_)


class Peer:
    """The client's side of a connection, byte by byte."""

    def __init__(self, reader, writer):
        self.reader, self.writer = reader, writer
        self.id = 0

    @classmethod
    async def reach(cls, address):
        return cls(*await asyncio.open_unix_connection(address))

    def send(self, message):
        body = message if isinstance(message, bytes) else json.dumps(message).encode()
        self.writer.write(b"Content-Length: %d\r\n\r\n%b" % (len(body), body))

    def post(self, method, params=None, **more):
        self.id += 1
        message = {"jsonrpc": "2.0", "id": self.id, "method": method, "params": params, **more}
        self.send(message)
        return message["id"]

    async def receive(self):
        header = await self.reader.readuntil(b"\r\n\r\n")
        length = int(header.split(b"Content-Length: ")[1].split(b"\r\n")[0])
        return json.loads(await self.reader.readexactly(length))

    async def ask(self, method, params=None):
        asked = self.post(method, params)
        while (answer := await self.receive()).get("id") != asked:
            pass
        return answer

    async def initialize(self, **intern):
        options = {"initializationOptions": {"intern": intern}} if intern else {}
        return await self.ask("initialize", {"capabilities": {}, **options})

    def close(self):
        self.writer.close()


@contextlib.asynccontextmanager
async def served(root):
    """The example behind an endpoint, in this event loop."""
    service = Example(root)
    await service.start()
    stopped = asyncio.Event()
    endpoint = Endpoint(service, stopped.set)
    await endpoint.open()
    endpoint.stopped = stopped
    try:
        yield service, endpoint
    finally:
        await endpoint.close()
        await service.close()


if __name__ == "__main__":
    sys.exit(lifecycle.main(sys.argv[2:], factory=Example))
