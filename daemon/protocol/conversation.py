"""Conversations with the agent: messages, comment threads, and the transcript that a chat shows."""

from typing import Literal

from .base import Wire

MentionKind = Literal["file", "run", "dataset", "finding", "experiment"]
Author = Literal["person", "agent"]


class Mention(Wire):
    """A thing of the workspace that a message names."""

    kind: MentionKind
    ref: str
    """What finds it again: a path relative to the root, a run, finding or experiment id."""
    label: str
    """How it reads in a list and in the message, without the `@`."""
    detail: str = ""
    """One line to tell it from its neighbours."""
    line: int | None = None
    """From 1; only for files."""


class Message(Wire):
    """One turn of a conversation. Stored whole with every change of its state."""

    id: str
    """`<conversation>/<number>`."""
    conversation: str
    author: Author
    text: str
    """Markdown. While it streams, what was said when the state was last written.

    Links into the workspace: `intern:file/<path>#L<line>`, `intern:run/<id>`,
    `intern:experiment/<id>`, `intern:commit/<sha>`, `intern:finding/<run>/<rule>`; each part is
    percent-encoded, slashes excepted.
    """
    mentions: list[Mention] = []
    thread: str | None = None
    """The comment thread that it stands in; None: the chat itself."""
    answers: str | None = None
    """The message that it answers."""
    state: Literal["streaming", "done", "stopped", "failed"] = "done"
    reason: str | None = None
    """Why it stopped or failed, one sentence."""
    created: float


class Conversation(Wire):
    """What a person and the agent say to each other. Every session has one of the same id."""

    id: str
    """The session's id, or `chat-<number>` when it is about no session."""
    title: str
    session: str | None
    created: float
    updated: float
    answering: bool = False
    """An answer is being written."""
    unread: bool = False


class Thread(Wire):
    """Comments on a line of an agent's change."""

    id: str
    session: str
    """The session whose change it is about; also the conversation that its messages belong to."""
    path: str
    line: int
    """From 1, in the file at `commit`."""
    end_line: int
    commit: str
    """The commit whose text was commented on."""
    experiment: str | None = None
    """The experiment that changed the line last; None: none did."""
    resolved: bool = False
    created: float


class PlanItem(Wire):
    """One thing that the agent means to do."""

    text: str
    state: Literal["open", "doing", "done", "skipped"] = "open"


class SlashCommand(Wire):
    """What a message that begins with `/` can ask for."""

    name: str
    """With its slash, such as `/why`."""
    arguments: str
    """How its arguments are written, such as `[experiment]`; empty: it takes none."""
    summary: str
    """One line."""
