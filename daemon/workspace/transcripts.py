"""Where the entries of each conversation stand in the log: numbers only, the bodies stay on disk.

An entry is a message of the chat, a comment thread, a step, an approval, a judged experiment, a
change of a session's state, a run that ended, a note, or a landing. What changes later keeps its
position, so the same log always gives the same positions. A thread is one entry: its messages are
read with it.
"""

from array import array
from dataclasses import dataclass, field

from ..protocol import (
    ApprovalChanged,
    Event,
    ExperimentChanged,
    Landed,
    MessageChanged,
    Note,
    RunChanged,
    SessionChanged,
    StepAdded,
    ThreadChanged,
)


@dataclass
class Record:
    """One conversation."""

    seqs: "array[int]" = field(default_factory=lambda: array("q"))
    """Newest event of each entry, in the order of their positions."""
    head: int = 0
    """Newest event that is part of it."""
    messages: set[str] = field(default_factory=set)
    """Ids of its messages, those of its threads included."""
    steps: "array[int]" = field(default_factory=lambda: array("q"))
    """Event of each step, by its number less one."""
    places: dict[tuple[str, str], int] = field(default_factory=dict)
    """Index in `seqs` of what may change, by kind and id."""
    state: str | None = None
    """Of the session, when it changed last."""

    def put(self, seq: int, kind: str | None = None, id: str = "") -> None:
        """Take an event in: at its old position, or at the end."""
        self.head = seq
        known = None if kind is None else self.places.get((kind, id))
        if known is not None:
            self.seqs[known] = seq
            return
        if kind is not None:
            self.places[kind, id] = len(self.seqs)
        self.seqs.append(seq)


class Transcripts:
    """All conversations, folded from the log."""

    def __init__(self) -> None:
        self._records: dict[str, Record] = {}
        self._threads: dict[str, dict[str, int]] = {}
        self._streaming: dict[str, int] = {}

    def fold(self, event: Event) -> None:
        """Take one event in, in order of `seq`."""
        seq = event.seq
        match event.body:
            case MessageChanged() as told:
                self._fold_message(told, seq)
            case ThreadChanged(thread=thread):
                self._record(thread.session).put(seq, "thread", thread.id)
            case StepAdded(step=step):
                record = self._record(step.session)
                record.steps.append(seq)
                record.put(seq)
            case ApprovalChanged(approval=approval):
                self._record(approval.session).put(seq, "approval", approval.id)
            case ExperimentChanged(experiment=experiment) if experiment.state == "judged":
                self._record(experiment.session).put(seq, "experiment", experiment.id)
            case RunChanged(run=run) if run.session is not None and run.done:
                self._record(run.session).put(seq, "run", run.id)
            case SessionChanged(session=session):
                record = self._record(session.id)
                if record.state != session.state:
                    record.state = session.state
                    record.put(seq)
            case Note(session=str(name)):
                self._record(name).put(seq)
            case Landed(session=name):
                self._record(name).put(seq)
            case _:
                pass

    def record(self, conversation: str) -> Record:
        """Where its entries stand; empty while nothing was said or done."""
        return self._records.get(conversation) or Record()

    def thread(self, thread: str) -> list[int]:
        """The newest event of each message of a thread, in their order."""
        return list(self._threads.get(thread, {}).values())

    def streaming(self) -> list[int]:
        """The events of messages that were begun and did not end."""
        return list(self._streaming.values())

    def _fold_message(self, told: MessageChanged, seq: int) -> None:
        message = told.message
        record = self._record(message.conversation)
        record.messages.add(message.id)
        if message.thread is None:
            record.put(seq, "message", message.id)
        else:
            self._threads.setdefault(message.thread, {})[message.id] = seq
        if message.state == "streaming":
            self._streaming[message.id] = seq
        else:
            self._streaming.pop(message.id, None)

    def _record(self, conversation: str) -> Record:
        return self._records.setdefault(conversation, Record())
