"""`intern chat`: ask the agent something, and read its answer as it is written."""

import re
import sys
from collections.abc import Iterator
from typing import Annotated

import typer
from rich.console import Console

from ..errors import BadInput, InternError
from ..protocol import Conversation, Delta, Message, MessageChanged, Params
from ..protocol.methods import DaemonStatus
from ..protocol.talk import ConversationRef, Say
from .connection import here, reach, workspace
from .feed import Client
from .terminal import answers, print_json, say

PROMPT = "> "

_MARKUP = re.compile(
    r"""\\(?P<kept>[^\w\s])                               # escaped: itself
      | (?P<code>(?P<fence>`+).+?(?P=fence)(?!`))         # a code span stays as it is
      | \[(?P<label>(?:\\.|[^\]\\])*)\]\([^)\s]*\)        # a link: its label
      | \*{1,2}(?=\S)(?P<strong>[^*\n]+?)\*{1,2}          # emphasis: its words
    """,
    re.VERBOSE,
)


def chat(
    context: typer.Context,
    *,
    text: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[TEXT]...",
            help="What to say, such as `why exp 2` or `/next`; without it, lines of stdin.",
        ),
    ] = None,
    conversation: Annotated[
        str | None,
        typer.Option(metavar="ID", help="Go on with this one: a session's id, or chat-1."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Ask why, what next, what a finding means, how it stands. It needs no language model."""
    root = workspace(here(context))
    lines = iter([" ".join(text)]) if text else _lines()
    console = answers()
    told: list[tuple[Message, Message]] = []
    with reach(root) as client:
        for line in lines:
            asked, answer = _ask(client, line, conversation, None if as_json else console)
            conversation = asked.conversation
            told.append((asked, answer))
    if not told:
        raise BadInput("There is nothing to say; give a question, as in `intern chat what next`.")
    if as_json:
        pairs = [{"question": a.wire(), "answer": b.wire()} for a, b in told]
        print_json(pairs[0] if text else pairs)


def _lines() -> Iterator[str]:
    """Questions line by line: typed at a prompt, or piped in."""
    typed = sys.stdin.isatty()
    while True:
        if typed:
            print(PROMPT, end="", file=sys.stderr, flush=True)
        line = sys.stdin.readline()
        if not line:
            return
        if line.strip():
            yield line.strip()


def _ask(
    client: Client, text: str, conversation: str | None, console: Console | None
) -> tuple[Message, Message]:
    """Say something and wait for its answer.

    Args:
        console: gets the answer's lines as they come; None: nothing is shown.

    Returns:
        What was said, and the answer.

    Raises:
        InternError: the answer failed, or somebody stopped it.
    """
    head = client.call("intern/status", Params(), DaemonStatus).head
    told = client.follow(head)
    asked = client.call("intern/chat/say", Say(conversation=conversation, text=text), Message)
    page = _Page(console)
    try:
        for one in told:
            if isinstance(one, Delta):
                page.add(one)
            elif isinstance(one.body, MessageChanged) and one.body.message.answers == asked.id:
                answer = one.body.message
                page.begin(answer)
                if answer.state != "streaming":
                    page.end(answer)
                    break
    except KeyboardInterrupt:
        stop = ConversationRef(conversation=asked.conversation)
        client.call("intern/chat/stop", stop, Conversation)
        raise
    if answer.state != "done":
        raise InternError(answer.reason or "The answer was not finished.")
    return asked, answer


class _Page:
    """Prints an answer line by line while it comes."""

    def __init__(self, console: Console | None) -> None:
        self._console = console
        self._message = ""
        self._text = ""
        self._shown = 0
        """Characters of the text that were printed."""

    def begin(self, message: Message) -> None:
        self._message = message.id

    def add(self, delta: Delta) -> None:
        """A piece; one that does not follow the last is left for the end."""
        size = len(self._text.encode("utf-16-le")) // 2
        if delta.message == self._message and delta.offset == size:
            self._text += delta.text
            self._print(self._text[: self._text.rfind("\n") + 1])

    def end(self, message: Message) -> None:
        self._print(message.text)

    def _print(self, text: str) -> None:
        new, self._shown = text[self._shown :], max(self._shown, len(text))
        if new and self._console is not None:
            for line in new.removesuffix("\n").split("\n"):
                say(self._console, readable(line).rstrip())


def readable(markdown: str) -> str:
    """Markdown as words: links as their labels, no escapes, no emphasis; code spans stay."""

    def word(found: re.Match[str]) -> str:
        if found["label"] is not None:
            return readable(found["label"])
        return str(found["kept"] or found["code"] or found["strong"])

    return _MARKUP.sub(word, markdown)
