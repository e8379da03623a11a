"""Chat and comment threads as the protocol asks for them."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from ..agent.talk import COMMANDS, Talk, read_step
from ..errors import BadInput
from ..protocol import Conversation, Message, Params, Step
from ..protocol.talk import (
    Complete,
    Completions,
    ConversationRef,
    Conversations,
    ReadTranscript,
    ReplyInThread,
    ResolveThread,
    Say,
    SlashCommands,
    StartThread,
    StepRef,
    Threads,
    ThreadsOf,
    ThreadTold,
    Transcript,
)
from .served import Handler

if TYPE_CHECKING:
    from .service import Service


class Talking:
    """Answers for one workspace.

    Args:
        service: the workspace; what a message asks to be done goes through its handlers, as if a
            client had asked.
    """

    def __init__(self, service: "Service") -> None:
        self._service = service
        self._store = service.store
        self.talk = Talk(
            service.layout,
            service.repository,
            service.store,
            service.deltas,
            ask=self._ask,
            find=service.improver.find,
        )

    def handlers(self) -> Mapping[str, Handler]:
        """By method name."""
        return {
            "intern/chat/list": self.list,
            "intern/chat/say": self.say,
            "intern/chat/stop": self.stop,
            "intern/chat/read": self.read,
            "intern/chat/transcript": self.transcript,
            "intern/chat/step": self.step,
            "intern/chat/complete": self.complete,
            "intern/chat/commands": self.commands,
            "intern/thread/start": self.start_thread,
            "intern/thread/reply": self.reply,
            "intern/thread/resolve": self.resolve,
            "intern/threads": self.threads,
        }

    async def list(self, _: Params) -> Conversations:
        return Conversations(conversations=self.talk.conversations.all())

    async def say(self, wish: Say) -> Message:
        return await self.talk.say(wish)

    async def stop(self, wish: ConversationRef) -> Conversation:
        return await self.talk.stop(wish.conversation)

    async def read(self, wish: ConversationRef) -> Conversation:
        return self.talk.read(wish.conversation)

    async def transcript(self, wish: ReadTranscript) -> Transcript:
        return await self.talk.transcript(wish)

    async def step(self, wish: StepRef) -> Step:
        return await read_step(self._store, wish)

    async def complete(self, wish: Complete) -> Completions:
        return Completions(mentions=await self.talk.complete(wish))

    async def commands(self, _: Params) -> SlashCommands:
        return SlashCommands(commands=[*COMMANDS])

    async def start_thread(self, wish: StartThread) -> ThreadTold:
        return await self.talk.comment(wish)

    async def reply(self, wish: ReplyInThread) -> ThreadTold:
        return await self.talk.reply(wish)

    async def resolve(self, wish: ResolveThread) -> ThreadTold:
        return self.talk.threads.resolve(wish)

    async def threads(self, wish: ThreadsOf) -> Threads:
        session = self._service.improver.find(wish.session)
        return Threads(threads=self.talk.threads.of(session.id))

    async def _ask(self, method: str, params: Params) -> object:
        handler = self._service.handlers().get(method)
        if handler is None:
            raise BadInput(f"This version of Intern can't do that yet: it has no {method}.")
        return await handler(params)
