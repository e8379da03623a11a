"""The conversations of a workspace: one for each session, and those that are about none."""

import time

from ...errors import BadInput
from ...protocol import Conversation, ConversationChanged, Session
from ...workspace import EventStore

CHAT = "chat-"
TITLE = 60
"""Characters of a title that is made of the first message."""


class Conversations:
    """Finds them and keeps what changes about them in the log.

    Args:
        store: the workspace's events.
    """

    def __init__(self, store: EventStore) -> None:
        self._store = store

    def all(self) -> list[Conversation]:
        """Newest first, with those of sessions from older logs."""
        for session in list(self._store.state.sessions.values()):
            self.of_session(session)
        known = self._store.state.conversations.values()
        return sorted(known, key=lambda one: one.updated, reverse=True)

    def find(self, conversation_id: str) -> Conversation:
        """One by its id.

        Raises:
            BadInput: there is none.
        """
        session = self._store.state.sessions.get(conversation_id)
        if session is not None:
            return self.of_session(session)
        found = self._store.state.conversations.get(conversation_id)
        if found is None:
            raise BadInput(
                f"There is no conversation {conversation_id}; leave it out to begin a new one."
            )
        return found

    def of_session(self, session: Session) -> Conversation:
        """A session's own, made when it is missing."""
        found = self._store.state.conversations.get(session.id)
        if found is not None and found.session is not None:
            return found
        return self._put(
            Conversation(
                id=session.id,
                title=f"Improve {session.metric}: {session.slug}",
                session=session.id,
                created=session.created,
                updated=session.created,
            )
        )

    def begin(self, text: str) -> Conversation:
        """A new one, about no session, called after its first message."""
        state = self._store.state
        numbers = [
            int(name.removeprefix(CHAT))
            for name in [*state.conversations, *state.sessions]
            if name.startswith(CHAT) and name.removeprefix(CHAT).isdigit()
        ]
        line = " ".join(text.split())
        now = time.time()
        return self._put(
            Conversation(
                id=f"{CHAT}{max(numbers, default=0) + 1}",
                title=line if len(line) <= TITLE else f"{line[: TITLE - 3].rstrip()}...",
                session=None,
                created=now,
                updated=now,
            )
        )

    def change(self, conversation_id: str, **changed: object) -> Conversation:
        """Give fields new values; nothing is written when they have them already."""
        before = self.find(conversation_id)
        after = before.model_copy(update=changed)
        return before if after == before else self._put(after)

    def said(self, conversation_id: str, **changed: object) -> Conversation:
        """As `change`, when something was said just now."""
        return self.change(conversation_id, updated=time.time(), **changed)

    def _put(self, conversation: Conversation) -> Conversation:
        event = self._store.append(ConversationChanged(conversation=conversation))
        assert isinstance(event.body, ConversationChanged)
        return event.body.conversation
