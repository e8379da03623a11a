"""Comment threads on the agent's changes, with the real daemon and real git."""

import pytest
from intern_daemon.errors import BadInput, GitRefused, UnknownSession
from intern_daemon.protocol import Review
from intern_daemon.protocol.methods import SessionRef
from intern_daemon.protocol.talk import (
    ReplyInThread,
    ResolveThread,
    StartThread,
    Threads,
    ThreadsOf,
    ThreadTold,
)

from .lsp_workspace import LEARNING_RATE, History, make
from .small_workspace import git
from .talking import visiting

DECAY = 8
"""The line of the weight decay in the training script, from 1."""


@pytest.fixture
def root(tmp_path):
    """A finished session that raised the learning rate, and then the weight decay on top of it."""
    root = make(tmp_path / "tiny")
    past = History(root)
    past.experiment(0, score=0.3)
    past.experiment(1, "2e-5", "2e-4", verdict="keep", effect=0.2, score=0.5)
    tip = past.experiment(
        2, "WEIGHT_DECAY = 0.01", "WEIGHT_DECAY = 0.1", verdict="keep", effect=0.1, score=0.6,
        parent=1,
    )  # fmt: skip
    git(root, "branch", "intern/s1", tip)
    past.close()
    return root


@pytest.fixture
def visitor(root):
    with visiting(root) as visitor:
        yield visitor


def start(visitor, line, text, commit="intern/s1", **more):
    """A new thread, and the answer to its first message."""
    begun = []

    def begin():
        wish = StartThread(path="train.py", line=line, commit=commit, text=text, **more)
        begun.append(visitor.ask("intern/thread/start", wish, ThreadTold))
        return begun[0].messages[0]

    message, _ = visitor.ended(begin)
    return begun[0].thread, message


def reply(visitor, thread, text):
    def begin():
        wish = ReplyInThread(thread=thread.id, text=text)
        told = visitor.ask("intern/thread/reply", wish, ThreadTold)
        return [one for one in told.messages if one.author == "person"][-1]

    return visitor.ended(begin)[0]


def test_a_comment_is_answered_with_the_experiment_that_made_the_line(visitor):
    thread, message = start(visitor, LEARNING_RATE, "Why this?")
    assert (thread.session, thread.experiment) == ("s1", "s1/1")
    assert thread.commit == git(visitor.root, "rev-parse", "intern/s1")
    assert message.thread == thread.id
    assert "[exp 1](intern:experiment/s1/1)" in message.text
    assert "**keep**, +0.200 (noise floor 0.020, 2 seeds)" in message.text
    other, message = start(visitor, DECAY, "And this?")
    assert other.experiment == "s1/2"
    assert "[exp 2](intern:experiment/s1/2)" in message.text


def test_a_line_that_the_agent_never_touched_is_said_to_be_the_persons(visitor):
    thread, message = start(visitor, 1, "why?")
    assert thread.experiment is None
    base = git(visitor.root, "rev-parse", "main")
    assert message.text.startswith(
        "[train.py:1](intern:file/train.py#L1) is not mine: commit "
        f"[{base[:7]}](intern:commit/{base}) put it there."
    )
    assert "[exp 1](intern:experiment/s1/1)" in message.text


def test_revert_this_rejects_the_hunk_and_no_other(visitor):
    _, message = start(visitor, LEARNING_RATE, "revert this please")
    assert message.text.startswith("I rejected this hunk of [exp 1](intern:experiment/s1/1):")
    review = visitor.ask("intern/review", SessionRef(session="s1"), Review)
    assert [hunk.decision for hunk in review.hunks] == ["rejected", "open"]


def test_nothing_of_the_persons_can_be_rejected(visitor):
    _, message = start(visitor, 1, "revert this")
    assert "nothing to reject" in message.text
    review = visitor.ask("intern/review", SessionRef(session="s1"), Review)
    assert {hunk.decision for hunk in review.hunks} == {"open"}


def test_a_value_without_a_setting_that_can_be_told_is_asked_back(visitor):
    _, message = start(visitor, 1, "use 5 instead")
    assert message.text == "Which setting should be `5`? Name it, as in *set learning_rate to 5*."


def test_a_thread_goes_on_and_is_one_line_of_the_transcript(visitor):
    thread, _ = start(visitor, LEARNING_RATE, "why?")
    answer = reply(visitor, thread, "what would you try next?")
    assert "candidate" in answer.text
    again = reply(visitor, thread, "lovely weather")
    assert again.text.startswith("I did not understand that. In this thread I can")
    (told,) = visitor.ask("intern/threads", ThreadsOf(), Threads).threads
    assert [one.author for one in told.messages] == ["person", "agent"] * 3
    kinds = [entry.event.body.kind for entry in visitor.transcript("s1").entries]
    assert kinds.count("thread") == 1
    assert "message" not in kinds


def test_a_resolved_thread_stays_so_over_a_kill_until_somebody_replies(visitor):
    thread, _ = start(visitor, LEARNING_RATE, "why?")
    wish = ResolveThread(thread=thread.id)
    assert visitor.ask("intern/thread/resolve", wish, ThreadTold).thread.resolved
    visitor.kill()
    (told,) = visitor.ask("intern/threads", ThreadsOf(session="s1"), Threads).threads
    assert told.thread.resolved
    assert len(told.messages) == 2
    reply(visitor, thread, "one more thing: why?")
    (told,) = visitor.ask("intern/threads", ThreadsOf(), Threads).threads
    assert not told.thread.resolved


def test_a_comment_on_what_is_not_there_is_refused_with_a_sentence(visitor):
    def refused(kind, why, **changed):
        wish = {"path": "train.py", "line": 1, "commit": "main", "text": "why?", **changed}
        with pytest.raises(kind, match=why):
            visitor.ask("intern/thread/start", StartThread(**wish), ThreadTold)

    refused(BadInput, "lines in .* so there is no line 999 to 999", line=999)
    refused(BadInput, "no line 5 to 4", line=5, end_line=4)
    refused(BadInput, "nowhere.py is not in", path="nowhere.py")
    refused(GitRefused, "0badc0de is no commit", commit="0badc0de")
    refused(UnknownSession, "There is no session s9", session="s9")
    refused(BadInput, "The message is empty", text=" ")
    with pytest.raises(BadInput, match="There is no thread thread-9"):
        visitor.ask("intern/thread/reply", ReplyInThread(thread="thread-9", text="x"), ThreadTold)
    assert visitor.ask("intern/threads", ThreadsOf(), Threads).threads == []
