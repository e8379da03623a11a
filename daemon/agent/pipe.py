"""What travels between the daemon and a worker: one JSON object a line, over the worker's pipes.

Daemon to worker: `{"begin": {...}}` once, then answers `{"id", "result"}` or `{"id", "error"}`.
Worker to daemon: `{"call": {"id", "tool", "arguments"}}`, `{"step": {...}}` and, last, `{"done":
{"answer"}}` or `{"failed": {"reason"}}`.
"""

import json
import threading
from typing import IO, Any


class DaemonGone(BaseException):
    """The daemon closed the pipe. No agent code may catch it, so it is no `Exception`."""


class ToolRefused(Exception):
    """The daemon answered a tool call with an error; its sentence is the observation."""


class WorkerPipe:
    """The worker's end. Calls come from the agent's thread only.

    Args:
        reader: lines from the daemon.
        writer: lines to the daemon.
    """

    def __init__(self, reader: IO[str], writer: IO[str]) -> None:
        self._reader = reader
        self._writer = writer
        self._calls = 0
        self._lock = threading.Lock()

    def receive(self) -> dict[str, Any]:
        """The next message.

        Raises:
            DaemonGone: the pipe was closed.
        """
        line = self._reader.readline()
        if not line:
            raise DaemonGone
        message: dict[str, Any] = json.loads(line)
        return message

    def send(self, message: dict[str, Any]) -> None:
        """Send one message.

        Raises:
            DaemonGone: nobody reads any more.
        """
        try:
            with self._lock:
                self._writer.write(json.dumps(message) + "\n")
                self._writer.flush()
        except (BrokenPipeError, ValueError) as error:
            raise DaemonGone from error

    def call(self, tool: str, arguments: dict[str, Any]) -> Any:
        """Let the daemon run a tool, and wait for its answer.

        Raises:
            ToolRefused: the daemon said no, with the reason.
            DaemonGone: the daemon died.
        """
        self._calls += 1
        self.send({"call": {"id": self._calls, "tool": tool, "arguments": arguments}})
        answer = self.receive()
        if "error" in answer:
            raise ToolRefused(str(answer["error"]))
        return answer["result"]
