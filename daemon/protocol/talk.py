"""Requests of the chat, of comment threads and of approvals."""

from typing import Literal

from .approvals import Approval, Permission, Reach
from .base import Params, Wire
from .conversation import (
    Conversation,
    Mention,
    MentionKind,
    Message,
    PlanItem,
    SlashCommand,
    Thread,
)
from .events import Event
from .experiments import Step
from .method import Method


class Conversations(Wire):
    """Newest first."""

    conversations: list[Conversation]


class ConversationRef(Params):
    conversation: str


class Say(Params):
    """Say something to the agent. Its answer follows as events and deltas."""

    conversation: str | None = None
    """None: a new conversation, about no session."""
    text: str
    """Markdown; a first character `/` makes it a slash command."""
    mentions: list[Mention] = []


class ReadTranscript(ConversationRef):
    """One page of a conversation, the newest if `before` is absent."""

    before: int | None = None
    """Position of the oldest entry that the client has."""
    limit: int = 100
    """At most 500."""


class Entry(Wire):
    """One thing in a transcript: a message, step, approval, verdict, note, run's end or landing.

    A thing that changes keeps its position, and the event is its newest.
    """

    position: int
    event: Event


class Transcript(Wire):
    """Entries oldest first. Observations over 4,000 characters are cut in their middle."""

    entries: list[Entry]
    earlier: bool
    """There are entries before these."""
    head: int
    """Newest event that is part of it; what comes later arrives through the subscription."""
    plan: list[PlanItem]


class StepRef(Params):
    session: str
    number: int


class Complete(Params):
    """What could follow an `@` in the composer."""

    kind: MentionKind | None = None
    """None: of all kinds."""
    prefix: str = ""
    limit: int = 20


class Completions(Wire):
    mentions: list[Mention]


class SlashCommands(Wire):
    commands: list[SlashCommand]


class StartThread(Params):
    """Comment on lines of an agent's change."""

    session: str | None = None
    path: str
    line: int
    end_line: int | None = None
    """None: the same line."""
    commit: str
    text: str


class ReplyInThread(Params):
    thread: str
    text: str


class ResolveThread(Params):
    thread: str
    resolved: bool = True


class ThreadTold(Wire):
    thread: Thread
    messages: list[Message]


class Threads(Wire):
    threads: list[ThreadTold]


class ThreadsOf(Params):
    session: str | None = None
    """None: the newest."""


class AnswerApproval(Params):
    approval: str
    answer: Literal["grant", "deny"]
    reach: Reach = "once"
    """How long a grant holds."""
    reason: str | None = None
    """Told to the agent when denied."""


class Approvals(Wire):
    waiting: list[Approval]
    permissions: list[Permission]
    """Those that hold."""


class RevokePermission(Params):
    permission: str


TALK: tuple[Method, ...] = (
    Method("intern/chat/list", Params, Conversations),
    Method("intern/chat/say", Say, Message),
    Method("intern/chat/stop", ConversationRef, Conversation),
    Method("intern/chat/read", ConversationRef, Conversation),
    Method("intern/chat/transcript", ReadTranscript, Transcript),
    Method("intern/chat/step", StepRef, Step),
    Method("intern/chat/complete", Complete, Completions),
    Method("intern/chat/commands", Params, SlashCommands),
    Method("intern/thread/start", StartThread, ThreadTold),
    Method("intern/thread/reply", ReplyInThread, ThreadTold),
    Method("intern/thread/resolve", ResolveThread, ThreadTold),
    Method("intern/threads", ThreadsOf, Threads),
    Method("intern/approvals", Params, Approvals),
    Method("intern/approval/answer", AnswerApproval, Approval),
    Method("intern/permission/revoke", RevokePermission, Approvals),
)
