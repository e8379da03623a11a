"""The playbook in the model's seat: a smolagents `Model` that needs no key and no network."""

import json
from collections.abc import Iterator
from typing import Any

from smolagents.models import ChatMessage, ChatMessageStreamDelta, MessageRole, Model, TokenUsage

from .policy import Move, choose

OPEN, CLOSE = "<code>", "</code>"


class PlaybookModel(Model):  # type: ignore[misc]  # smolagents has no types
    """Writes the next code action from the last situation that the tools printed.

    It keeps nothing between turns: all it knows stands in the messages, as for a language model, so
    a worker that starts anew goes on where the last one died.
    """

    def __init__(self) -> None:
        super().__init__(model_id="playbook")

    def generate(self, messages: list[Any], *args: Any, **kwargs: Any) -> ChatMessage:
        """One turn. `messages` is the conversation as smolagents gives it, oldest first."""
        text = _spoken(_next_move(messages))
        return ChatMessage(role=MessageRole.ASSISTANT, content=text, token_usage=TokenUsage(0, 0))

    def generate_stream(
        self, messages: list[Any], *args: Any, **kwargs: Any
    ) -> Iterator[ChatMessageStreamDelta]:
        """The same turn, in one piece."""
        yield ChatMessageStreamDelta(
            content=_spoken(_next_move(messages)), token_usage=TokenUsage(0, 0)
        )


def _next_move(messages: list[Any]) -> Move:
    situation = last_situation(messages)
    if situation is None:
        return Move("I look at where this session stands.", "print(situation())")
    return choose(situation)


def last_situation(messages: list[Any]) -> dict[str, Any] | None:
    """The newest situation printed in an observation; None before the first, or after an error."""
    for message in reversed(messages):
        if message.role == MessageRole.ASSISTANT:
            continue
        for line in reversed(_text(message).splitlines()):
            if not line.startswith("{"):
                continue
            try:
                value = json.loads(line)
            except ValueError:
                continue
            if isinstance(value, dict) and "situation" in value:
                situation: dict[str, Any] = value["situation"]
                return situation
        return None  # the newest observation holds none: a call failed, so look again
    return None


def _text(message: Any) -> str:
    content = message.content
    if isinstance(content, str):
        return content
    return "\n".join(part.get("text", "") for part in content or [] if isinstance(part, dict))


def _spoken(move: Move) -> str:
    return f"Thought: {move.thought}\n{OPEN}\n{move.code}\n{CLOSE}"
