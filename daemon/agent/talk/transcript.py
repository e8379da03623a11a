"""Pages of a conversation, read from the log."""

import asyncio

from ...errors import BadInput
from ...protocol import Event, Step, StepAdded
from ...protocol.talk import Entry, ReadTranscript, StepRef, Transcript
from ...workspace import EventStore

LONGEST = 4000
"""Characters of an observation; a longer one is cut in its middle."""

MOST = 500
"""Entries of a page."""


async def read_transcript(store: EventStore, wish: ReadTranscript) -> Transcript:
    """One page, the newest without `before`."""
    state = store.state
    record = state.transcripts.record(wish.conversation)
    end = len(record.seqs) if wish.before is None else min(wish.before - 1, len(record.seqs))
    end = max(0, end)
    start = max(0, end - min(max(wish.limit, 1), MOST))
    seqs, head = list(record.seqs[start:end]), record.head
    plan = state.plans.get(wish.conversation, [])
    events = await asyncio.to_thread(store.events, seqs)
    entries = [
        Entry(position=start + 1 + at, event=_short(event)) for at, event in enumerate(events)
    ]
    return Transcript(entries=entries, earlier=start > 0, head=head, plan=plan)


async def read_step(store: EventStore, wish: StepRef) -> Step:
    """One step, whole.

    Raises:
        BadInput: the session has no step of this number.
    """
    steps = store.state.transcripts.record(wish.session).steps
    if not 1 <= wish.number <= len(steps):
        raise BadInput(f"{wish.session} has no step {wish.number}; it has {len(steps)}.")
    (event,) = await asyncio.to_thread(store.events, [steps[wish.number - 1]])
    assert isinstance(event.body, StepAdded)
    return event.body.step


def _short(event: Event) -> Event:
    body = event.body
    if not isinstance(body, StepAdded) or len(body.step.observation) <= LONGEST:
        return event
    step = body.step.model_copy(update={"observation": cut(body.step.observation)})
    return event.model_copy(update={"body": body.model_copy(update={"step": step})})


def cut(text: str) -> str:
    """Beginning and end of a long text, with a line between them that says how much is missing."""
    half = LONGEST // 2
    missing = len(text) - 2 * half
    return f"{text[:half]}\n... {missing:,} characters left out ...\n{text[-half:]}"
