"""A real daemon over a session that ended, and somebody who talks to it."""

import contextlib
import os
import signal
import time
from pathlib import Path

from intern_daemon.protocol import Delta, Event, Message, Params
from intern_daemon.protocol.methods import DaemonStatus, Empty
from intern_daemon.protocol.talk import ReadTranscript, Say, Transcript
from intern_daemon.server.client import Client
from intern_daemon.workspace import Layout


class Visitor:
    """One client that talks."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.client = Client.connect(root)

    def ask(self, method, params, result):
        return self.client.call(method, params, result)

    def say(self, text: str, **more) -> Message:
        return self.ask("intern/chat/say", Say(text=text, **more), Message)

    def answer(self, text: str, **more) -> Message:
        """What the agent says to it, once it has ended."""
        return self.told(text, **more)[0]

    def told(self, text: str, **more) -> tuple[Message, list[Delta]]:
        """The same with the pieces that came before."""
        return self.ended(lambda: self.say(text, **more))

    def ended(self, begin) -> tuple[Message, list[Delta]]:
        """The answer to the message that `begin` gives back, and its pieces."""
        told = self.client.follow(self.status().head)
        said = begin()
        pieces = []
        for one in told:
            if isinstance(one, Delta):
                pieces.append(one)
            elif (message := answering(one, said)) and message.state != "streaming":
                told.close()
                return message, [one for one in pieces if one.message == message.id]
        raise AssertionError("the daemon went away")

    def until(self, wanted) -> Event:
        """The first event of the whole log that `wanted` accepts."""
        for event in self.client.events(0):
            if wanted(event):
                return event
        raise AssertionError("the daemon went away")

    def transcript(self, conversation: str, **more) -> Transcript:
        wish = ReadTranscript(conversation=conversation, **more)
        return self.ask("intern/chat/transcript", wish, Transcript)

    def status(self) -> DaemonStatus:
        return self.ask("intern/status", Params(), DaemonStatus)

    def kill(self) -> None:
        """kill -9 of the daemon, and a new one."""
        pid = self.status().pid
        os.kill(pid, signal.SIGKILL)
        while Path(f"/proc/{pid}").exists():
            time.sleep(0.01)
        self.client.close()
        self.client = Client.connect(self.root)


def answering(event: Event, said: Message) -> Message | None:
    """The message that an event carries, when it answers `said`."""
    message = event.body.message if event.body.kind == "message" else None
    return message if message is not None and message.answers == said.id else None


@contextlib.contextmanager
def visiting(root: Path):
    """A visitor to the workspace's daemon, which is started for it and ended after it."""
    visitor = Visitor(root)
    try:
        yield visitor
    finally:
        visitor.client.call("intern/shutdown", None, Empty)
        visitor.client.close()
        while Layout(root).socket.exists():
            time.sleep(0.01)
