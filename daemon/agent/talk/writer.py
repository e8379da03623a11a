"""Writes the agent's answers: sentence by sentence to who listens, then whole into the log."""

import asyncio
import logging
import re
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from ...errors import InternError
from ...protocol import Delta, Mention, Message, MessageChanged
from ...workspace import Deltas, EventStore
from ...workspace.redaction import redact
from .commands import Answer
from .conversations import Conversations

log = logging.getLogger(__name__)

PAUSE = 0.015
"""Seconds between two sentences: a screen shows some sixty pictures a second."""

_SENTENCE = re.compile(r"[^\n]*?[.:?]\s+|[^\n]*\n+|[^\n]+$")


@dataclass
class _Writing:
    """A message that is being written."""

    message: Message
    said: str = ""
    task: asyncio.Task[None] | None = None


class Writer:
    """All answers that are being written. Used on the event loop.

    Args:
        store: the workspace's events.
        deltas: where the pieces go.
        conversations: told when an answer begins and ends.
    """

    def __init__(self, store: EventStore, deltas: Deltas, conversations: Conversations) -> None:
        self._store = store
        self._deltas = deltas
        self._conversations = conversations
        self._writing: dict[str, _Writing] = {}

    def mend(self) -> None:
        """At the daemon's start: what the last daemon did not end counts as stopped."""
        for event in self._store.events(self._store.state.transcripts.streaming()):
            if isinstance(event.body, MessageChanged):
                reason = "The daemon ended while this was being said; ask again."
                self._put(event.body.message, state="stopped", reason=reason)
        for one in list(self._store.state.conversations.values()):
            if one.answering:
                self._conversations.change(one.id, answering=False)

    def record(
        self,
        conversation: str,
        author: str,
        text: str,
        *,
        thread: str | None = None,
        answers: str | None = None,
        mentions: list[Mention] | None = None,
        state: str = "done",
    ) -> Message:
        """Store a new message as it stands."""
        number = len(self._store.state.transcripts.record(conversation).messages) + 1
        message = Message.model_validate(
            {
                "id": f"{conversation}/{number}",
                "conversation": conversation,
                "author": author,
                "text": text,
                "mentions": mentions or [],
                "thread": thread,
                "answers": answers,
                "state": state,
                "created": time.time(),
            }
        )
        return self._put(message)

    def answer(self, asked: Message, make: Callable[[], Awaitable[Answer]]) -> Message:
        """Begin the answer to a message; it goes on in the background.

        Args:
            make: finds out what to say.
        """
        begun = self.record(
            asked.conversation,
            "agent",
            "",
            thread=asked.thread,
            answers=asked.id,
            state="streaming",
        )
        self._conversations.said(asked.conversation, answering=True)
        writing = _Writing(begun)
        self._writing[begun.id] = writing
        writing.task = asyncio.get_running_loop().create_task(self._write(writing, make))
        return begun

    def tell(
        self, conversation: str, text: str, *, thread: str, mentions: list[Mention]
    ) -> Message:
        """Say something that nobody asked for at this moment, in one piece."""
        told = self.record(conversation, "agent", text, thread=thread, mentions=mentions)
        self._conversations.said(conversation, unread=True)
        return told

    async def stop(self, conversation: str, reason: str, *, chat_only: bool = False) -> None:
        """End the answers of a conversation that are being written; what was said stays.

        Args:
            chat_only: let those in its comment threads go on.
        """
        mine = [
            writing
            for writing in self._writing.values()
            if writing.message.conversation == conversation
            and not (chat_only and writing.message.thread)
        ]
        await self._stop(mine, reason)

    async def close(self, reason: str) -> None:
        """End them all."""
        await self._stop(list(self._writing.values()), reason)

    async def _stop(self, writings: list[_Writing], reason: str) -> None:
        for writing in writings:
            if writing.task is not None:
                writing.task.cancel()
        await asyncio.gather(*(w.task for w in writings if w.task), return_exceptions=True)
        for writing in writings:
            if writing.message.id in self._writing:
                self._end(writing, state="stopped", reason=reason)

    async def _write(self, writing: _Writing, make: Callable[[], Awaitable[Answer]]) -> None:
        try:
            told = await make()
            text = redact(told if isinstance(told, str) else await asyncio.to_thread(told))
            await self._stream(writing, text)
            self._end(writing, state="done")
        except InternError as error:
            self._end(writing, state="failed", reason=str(error))
        except Exception:  # the boundary of an answer: nobody awaits it
            log.exception("the answer %s failed", writing.message.id)
            reason = "An internal error ended this answer; see .intern/daemon.log."
            self._end(writing, state="failed", reason=reason)

    async def _stream(self, writing: _Writing, text: str) -> None:
        for piece in sentences(text):
            self._deltas.send(
                Delta(
                    conversation=writing.message.conversation,
                    message=writing.message.id,
                    offset=_units(writing.said),
                    text=piece,
                )
            )
            writing.said += piece
            await asyncio.sleep(PAUSE)

    def _end(self, writing: _Writing, *, state: str, reason: str | None = None) -> None:
        self._writing.pop(writing.message.id, None)
        self._put(writing.message, text=writing.said, state=state, reason=reason)
        others = any(
            w.message.conversation == writing.message.conversation for w in self._writing.values()
        )
        self._conversations.said(writing.message.conversation, answering=others, unread=True)

    def _put(self, message: Message, **changed: object) -> Message:
        event = self._store.append(MessageChanged(message=message.model_copy(update=changed)))
        assert isinstance(event.body, MessageChanged)
        return event.body.message


def sentences(text: str) -> list[str]:
    """A text in pieces that add up to it: sentences and lines, with the space behind them."""
    return _SENTENCE.findall(text)


def _units(text: str) -> int:
    """Its length as editors count it, in UTF-16 units."""
    return len(text.encode("utf-16-le")) // 2
