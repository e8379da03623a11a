"""Chat with the real daemon: answers, streams, pages, restarts."""

import pytest
from intern_daemon.errors import BadInput
from intern_daemon.protocol import (
    Conversation,
    Delta,
    ExperimentChanged,
    Mention,
    Message,
    MessageChanged,
    Note,
    Params,
    Step,
    StepAdded,
)
from intern_daemon.protocol.talk import (
    Complete,
    Completions,
    ConversationRef,
    Conversations,
    SlashCommands,
    StepRef,
)
from intern_daemon.server.client import Client

from .lsp_workspace import History, make
from .talking import visiting

LONG = "It helps. " * 3000
"""A hypothesis whose answer takes the better part of a minute to be said."""


def past_of(place):
    """A workspace with a finished session: a baseline with a finding, one change kept, one not."""
    root = make(place / "tiny")
    past = History(root)
    past.experiment(0, score=0.3)
    past.experiment(1, "2e-5", "2e-4", verdict="keep", effect=0.2, score=0.5)
    past.experiment(2, "0.01", "0.1", verdict="discard", effect=-0.1, score=0.2)
    wordy = past.store.state.experiments["s1/2"].model_copy(update={"hypothesis": LONG})
    past.store.append(ExperimentChanged(experiment=wordy))
    past.finding("run-0")
    past.close()
    return root


@pytest.fixture
def root(tmp_path):
    return past_of(tmp_path)


@pytest.fixture
def visitor(root):
    with visiting(root) as visitor:
        yield visitor


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    """One daemon for the tests that leave no session and no conversation that others count."""
    with visiting(past_of(tmp_path_factory.mktemp("shared"))) as visitor:
        yield visitor


def listed(visitor):
    return visitor.ask("intern/chat/list", Params(), Conversations).conversations


def test_a_session_of_an_older_log_has_a_conversation_of_its_id(visitor):
    (only,) = listed(visitor)
    assert (only.id, only.session, only.title) == ("s1", "s1", "Improve exact_match: s1")


def test_an_answer_comes_in_pieces_that_add_up_to_its_message(shared):
    message, pieces = shared.told("why was exp 1 kept?", conversation="s1")
    assert message.state == "done"
    assert len(pieces) > 3
    said = ""
    for piece in pieces:
        assert piece.offset == len(said)
        said += piece.text
    assert said == message.text
    assert "[exp 1](intern:experiment/s1/1)" in message.text
    assert "**keep**, +0.200 (noise floor 0.020, 2 seeds)" in message.text


def test_a_message_without_a_conversation_begins_one(visitor):
    first = visitor.answer("status")
    second = visitor.answer("how long does it take, and what would it cost if it went on for ever?")
    assert (first.conversation, second.conversation) == ("chat-1", "chat-2")
    newest = listed(visitor)[0]
    assert newest.id == "chat-2"
    assert newest.title == "how long does it take, and what would it cost if it went..."
    assert newest.unread
    read = visitor.ask("intern/chat/read", ConversationRef(conversation="chat-2"), Conversation)
    assert not read.unread
    assert not listed(visitor)[0].unread


def test_what_next_works_with_a_finished_session_and_names_what_raises_it(shared):
    text = shared.answer("What next?").text
    assert text.startswith("`s1` is finished")
    assert "1. **" in text
    assert "worth " in text
    assert "`/improve` tries them in turn" in text


def test_what_is_not_understood_is_answered_honestly(shared):
    text = shared.answer("Write me a poem about gradients").text
    assert text.startswith("I did not understand that. Without a language model I can answer:")
    assert "/help" in text


def test_an_unknown_command_is_answered_with_the_nearest(shared):
    assert shared.answer("/explian").text == (
        "There is no command `/explian`; did you mean `/explain`? `/help` lists them all."
    )


def test_commands_take_numbers_ids_words_and_mentions(shared):
    for text in ("/why 1", "/why exp 1", "/why @s1/1", "/why 2e-5"):
        assert shared.answer(text, conversation="s1").text.startswith("[exp 1](intern:exp"), text
    mention = Mention(kind="finding", ref="run-0/S16", label="S16 learning rate (run-0)")
    for text, mentions in (("/explain this", [mention]), ("/explain S16", [])):
        told = shared.answer(text, conversation="s1", mentions=mentions).text
        assert told.startswith("[S16 learning rate](intern:finding/run-0/S16), warning"), text
    assert "| [exp 0]" in shared.answer("/compare 0 1", conversation="s1").text
    assert shared.answer("/diagnose 77").text == (
        "There is no run `77` here; `/status` names those in progress."
    )


def test_every_command_that_is_offered_is_answered(visitor):
    commands = visitor.ask("intern/chat/commands", Params(), SlashCommands).commands
    assert [command.name for command in commands][:3] == ["/help", "/why", "/next"]
    for command in commands:
        message = visitor.answer(command.name)
        assert message.state == "done", message
        assert message.text
        assert "There is no command" not in message.text


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "is empty"),
        ("  \n", "is empty"),
        ("x" * 200_000, "has 200,000 bytes, more than 100,000; put the text into a file"),
    ],
)
def test_what_can_be_no_message_is_refused_with_a_sentence(shared, text, why):
    with pytest.raises(BadInput, match=why):
        shared.say(text)
    with pytest.raises(BadInput, match="no conversation nowhere"):
        shared.say("status", conversation="nowhere")
    assert shared.answer("status").state == "done"


def test_stop_ends_an_answer_and_keeps_what_was_said(shared):
    told = shared.client.follow(shared.status().head)
    said = shared.say("why exp 2")
    first = next(one for one in told if isinstance(one, Delta))
    ref = ConversationRef(conversation=said.conversation)
    assert not shared.ask("intern/chat/stop", ref, Conversation).answering
    message = shared.transcript(said.conversation).entries[-1].event.body.message
    assert (message.state, message.reason) == ("stopped", "Stopped by the person.")
    assert message.text.startswith(first.text)
    assert len(message.text) < len(LONG)
    told.close()


def test_a_new_message_ends_the_answer_to_the_last(shared):
    first = shared.say("why exp 2", conversation="s1")
    second = shared.answer("status", conversation="s1")
    ends = [
        entry.event.body.message
        for entry in shared.transcript("s1").entries
        if entry.event.body.kind == "message"
    ][-4:]
    assert [message.author for message in ends] == ["person", "agent", "person", "agent"]
    assert ends[1].answers == first.id
    assert ends[1].state == "stopped"
    assert ends[3].id == second.id


def test_a_daemon_killed_while_answering_leaves_a_message_that_says_so(visitor):
    said = visitor.say("why exp 2", conversation="s1")
    visitor.kill()
    message = visitor.transcript("s1").entries[-1].event.body.message
    assert message.answers == said.id
    assert message.state == "stopped"
    assert message.reason == "The daemon ended while this was being said; ask again."
    assert not any(one.answering for one in listed(visitor))


def test_positions_are_the_same_after_a_restart_and_pages_meet(visitor):
    visitor.answer("status", conversation="s1")
    visitor.answer("what next", conversation="s1")
    before = visitor.transcript("s1")
    visitor.kill()
    after = visitor.transcript("s1")
    assert [e.position for e in after.entries] == list(range(1, len(after.entries) + 1))
    assert after.entries == before.entries
    assert not after.earlier
    pages, position = [], None
    while position != 1:
        page = visitor.transcript("s1", before=position, limit=3)
        assert page.earlier == (page.entries[0].position > 1)
        pages[:0] = page.entries
        position = page.entries[0].position
    assert pages == after.entries


def test_a_transcript_holds_what_happened_once_each(visitor):
    visitor.answer("status", conversation="s1")
    kinds = [entry.event.body.kind for entry in visitor.transcript("s1").entries]
    assert kinds.count("session") == 1
    assert kinds.count("experiment") == 3
    assert kinds.count("run") == 3
    assert kinds.count("message") == 2
    assert kinds.index("run") < kinds.index("message")


def test_a_long_observation_is_cut_in_a_page_and_whole_on_its_own(root):
    past = History(root)
    observation = "begin " + "x" * 20_000 + " end"
    for number in (1, 2):
        step = Step(session="s1", number=number, thought="t", code="c", observation=observation)
        past.store.append(StepAdded(step=step))
    past.store.append(Note(session="s1", text="a note"))
    past.store.close()
    with visiting(root) as visitor:
        *_, step, note = visitor.transcript("s1").entries
        told = step.event.body.step.observation
        assert len(told) < 4_100
        assert told.startswith("begin x")
        assert told.endswith("x end")
        assert "... 16,010 characters left out ..." in told
        assert note.event.body.text == "a note"
        whole = visitor.ask("intern/chat/step", StepRef(session="s1", number=2), Step)
        assert whole.observation == observation
        with pytest.raises(BadInput, match="s1 has no step 3; it has 2"):
            visitor.ask("intern/chat/step", StepRef(session="s1", number=3), Step)


def test_a_secret_that_is_said_is_stored_nowhere(shared):
    secret = "hf_" + "a" * 30
    said = shared.say(f"status of {secret}", conversation="s1")
    assert said.text == "status of [redacted]"
    assert secret.encode() not in (shared.root / ".intern/state.db-wal").read_bytes()


def test_training_code_can_put_no_markup_into_an_answer(tmp_path):
    root = make(tmp_path / "tiny")
    past = History(root)
    past.experiment(0, score=0.3)
    past.experiment(1, "2e-5", "2e-4", verdict="keep", effect=0.2, score=0.5)
    bad = past.store.state.experiments["s1/1"].model_copy(
        update={"title": "<img src=x onerror=alert(1)> [here](http://x) `y`"}
    )
    past.store.append(ExperimentChanged(experiment=bad))
    past.close()
    with visiting(root) as visitor:
        text = visitor.answer("why exp 1", conversation="s1").text
    assert "\\<img src=x onerror=alert(1)> \\[here\\](http://x) \\`y\\`" in text


def test_mentions_are_completed_by_kind_and_letters(shared):
    def labels(**wish):
        found = shared.ask("intern/chat/complete", Complete(**wish), Completions).mentions
        return [mention.label for mention in found]

    assert labels(kind="experiment") == ["exp 2", "exp 1", "exp 0"]
    assert labels(kind="file", prefix="trpy") == ["train.py"]
    assert labels(kind="run", prefix="run-1") == ["run-1"]
    assert labels(kind="finding") == ["S16 learning rate (run-0)"]
    assert labels(prefix="evalu") == ["evaluate.py"]
    assert labels(prefix="exp", limit=1) == ["exp 2"]
    assert labels(prefix="nothing like it") == []


def test_two_clients_see_the_same_answer(shared):
    with Client.connect(shared.root) as other:
        events = other.follow(shared.status().head)
        message = shared.answer("status", conversation="s1")
        for event in events:
            body = getattr(event, "body", None)
            if isinstance(body, MessageChanged) and body.message.id == message.id:
                seen: Message = body.message
                if seen.state == "done":
                    break
        assert seen == message
        events.close()
