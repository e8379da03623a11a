"""The agent's side of chat and comment threads: takes what is said, answers what was measured."""

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress

from ...errors import BadInput
from ...protocol import (
    Conversation,
    Event,
    ExperimentChanged,
    Mention,
    Message,
    Session,
    SessionChanged,
)
from ...protocol.talk import (
    Complete,
    ReadTranscript,
    ReplyInThread,
    Say,
    StartThread,
    ThreadTold,
    Transcript,
)
from ...repo import Repository
from ...workspace import Deltas, EventStore, Layout
from .answers import ANSWERS, help_text, not_understood
from .commands import COMMANDS, Answer, Ask, Command, models_told, wished
from .conversations import Conversations
from .mentions import complete
from .question import understand
from .requests import Value, request_in
from .threads import Threads
from .transcript import read_transcript
from .view import View
from .writer import Writer

log = logging.getLogger(__name__)

LONGEST = 100_000
"""Bytes of what a person says at once; a log or a file is mentioned, not pasted."""

MOST_MENTIONS = 50


class Talk:
    """Conversations and threads of one workspace. Used on the event loop.

    Args:
        layout: places on disk.
        repository: the user's repository.
        store: the workspace's events.
        deltas: where pieces of answers go.
        ask: asks the daemon for a method of the protocol.
        find: a session by id; None: the newest.
    """

    def __init__(
        self,
        layout: Layout,
        repository: Repository,
        store: EventStore,
        deltas: Deltas,
        *,
        ask: Ask,
        find: Callable[[str | None], Session],
    ) -> None:
        self.conversations = Conversations(store)
        self._layout = layout
        self._store = store
        self._ask = ask
        self._writer = Writer(store, deltas, self.conversations)
        self.threads = Threads(layout, repository, store, self._writer, ask=ask, find=find)
        self._unlisten: Callable[[], None] = lambda: None

    def start(self) -> None:
        """Take up what the last daemon left: unfinished answers, outcomes that nobody told."""
        self._writer.mend()
        self.conversations.all()
        self.threads.tell_outcomes()
        loop = asyncio.get_running_loop()

        def heard(event: Event) -> None:
            if isinstance(event.body, ExperimentChanged | SessionChanged):
                with suppress(RuntimeError):  # the loop is closed: the daemon is ending
                    loop.call_soon_threadsafe(self._follow, event)

        self._unlisten = self._store.listen(heard)

    async def close(self) -> None:
        """The daemon ends."""
        self._unlisten()
        await self._writer.close("The daemon was stopped while this was being said; ask again.")

    async def say(self, wish: Say) -> Message:
        """Take a message in; its answer follows.

        Raises:
            BadInput: it is empty or too long, or there is no such conversation.
        """
        check_text(wish.text)
        if len(wish.mentions) > MOST_MENTIONS:
            raise BadInput(f"A message can mention {MOST_MENTIONS} things; split it in two.")
        if wish.conversation is None:
            conversation = self.conversations.begin(wish.text)
        else:
            conversation = self.conversations.find(wish.conversation)
            await self._writer.stop(conversation.id, "You said something new.", chat_only=True)
        said = self._writer.record(
            conversation.id, "person", wish.text, mentions=list(wish.mentions)
        )
        self._writer.answer(said, lambda: self._answer(said, conversation.session))
        return said

    async def stop(self, conversation_id: str) -> Conversation:
        """End the answer that is being written; what was said of it stays."""
        conversation = self.conversations.find(conversation_id)
        await self._writer.stop(conversation.id, "Stopped by the person.")
        return self.conversations.find(conversation.id)

    def read(self, conversation_id: str) -> Conversation:
        """The person has seen it."""
        return self.conversations.change(conversation_id, unread=False)

    async def transcript(self, wish: ReadTranscript) -> Transcript:
        """One page. Raises BadInput when there is no such conversation."""
        self.conversations.find(wish.conversation)
        return await read_transcript(self._store, wish)

    async def complete(self, wish: Complete) -> list[Mention]:
        """What could follow an `@`."""
        view = View.of(self._layout, self._store.state, None)
        return await asyncio.to_thread(complete, view, wish)

    async def comment(self, wish: StartThread) -> ThreadTold:
        """Begin a thread."""
        check_text(wish.text)
        return await self.threads.start(wish)

    async def reply(self, wish: ReplyInThread) -> ThreadTold:
        """Say more in a thread."""
        check_text(wish.text)
        return await self.threads.reply(wish)

    async def _answer(self, said: Message, session_id: str | None) -> Answer:
        view = View.of(self._layout, self._store.state, session_id)
        if said.text.lstrip().startswith("/"):
            return await Command(self._ask, view, said.text, said.mentions).answer()
        request = request_in(said.text)
        if isinstance(request, Value) and request.setting is not None:
            return await wished(self._ask, request.wish(said.text), view.python)
        question = understand(said.text, said.mentions, view)
        if question.topic == "help":
            return help_text(COMMANDS)
        if question.topic is None:
            return not_understood(await models_told(self._ask))
        topic = question.topic
        return lambda: ANSWERS[topic](view, question)

    def _follow(self, event: Event) -> None:
        """What a change in the log has to do with talk."""
        match event.body:
            case SessionChanged(session=session):
                self.conversations.of_session(session)
                ended = session.state not in ("running", "interrupted")
                if any(wish.thread and (ended or wish.refused) for wish in session.wishes):
                    self.threads.tell_outcomes()
            case ExperimentChanged(experiment=experiment) if experiment.verdict is not None:
                self.threads.tell_outcomes()
            case _:
                pass


def check_text(text: str) -> None:
    """Raises BadInput for what can't be a message."""
    if not text.strip():
        raise BadInput("The message is empty; write what you want to know, or `/help`.")
    size = len(text.encode())
    if size > LONGEST:
        raise BadInput(
            f"The message has {size:,} bytes, more than {LONGEST:,}; put the text into a file of "
            "the repository and mention it with @."
        )
