"""Chat beside a session that works: one conversation, its steps, and answers at any moment."""

from intern_daemon.protocol import Budget, Conversation, Session, StepAdded
from intern_daemon.protocol.methods import Improve
from intern_daemon.protocol.talk import ConversationRef

from .small_workspace import make_tunable_workspace
from .talking import visiting


def judged(event):
    return event.body.kind == "experiment" and event.body.experiment.verdict is not None


def test_a_session_is_talked_to_from_its_start_to_its_end(tmp_path):
    root = make_tunable_workspace(tmp_path / "tiny")
    with visiting(root) as visitor:
        before = visitor.answer("what next")
        assert "1. **learning rate 1e-5 -> " in before.text
        budget = Budget(minutes=5, runs=30, usd=0, tokens=0)
        session = visitor.ask("intern/improve", Improve(budget=budget, seeds=2), Session)
        told = visitor.answer("how is it going?", conversation=session.id)
        assert f"`{session.id}` on `intern/{session.slug}` is running." in told.text
        visitor.until(lambda event: isinstance(event.body, StepAdded))
        verdict = visitor.until(
            lambda event: judged(event) and event.body.experiment.number > 0
        ).body.experiment.verdict
        why = visitor.answer("why did you do that", conversation=session.id)
        assert "Hypothesis: " in why.text
        last = visitor.until(
            lambda event: event.body.kind == "session" and event.body.session.state == "finished"
        ).body.session
        read = ConversationRef(conversation=session.id)
        assert visitor.ask("intern/chat/read", read, Conversation).session == session.id
        entries = visitor.transcript(session.id, limit=500).entries
        kinds = {entry.event.body.kind for entry in entries}
        assert kinds >= {"session", "step", "experiment", "run", "note", "message"}
        states = [e.event.body.session.state for e in entries if e.event.body.kind == "session"]
        assert states == ["running", "finished"]
        why = visitor.answer("why exp 1", conversation=session.id)
        assert verdict.reason in why.text
        after = visitor.answer("what next", conversation=session.id)
        assert after.text.startswith(f"`{last.id}` is finished: ")


def test_a_session_is_started_steered_and_stopped_by_commands(tmp_path):
    root = make_tunable_workspace(tmp_path / "tiny", pause=0.2)
    with visiting(root) as visitor:
        assert visitor.answer("/stop").text == "Nothing runs that could be stopped."
        assert visitor.answer("/approvals").text == "Nothing waits for your answer."
        started = visitor.answer("/improve")
        session = visitor.until(lambda event: event.body.kind == "session").body.session
        assert started.text == (
            f"`{session.id}` has started on `intern/{session.slug}`, within 5 min and 100 runs. "
            "Your branch stays as it is."
        )
        again = visitor.answer("/improve").text
        assert again.startswith(f"{session.id} is improving this workspace")
        tried = visitor.answer("/try learning_rate 5e-5", conversation=session.id)
        assert tried.text.startswith(f"I try `learning_rate` = `5e-5` in `{session.id}`:")
        asked = visitor.answer("please set num_train_epochs to 3", conversation=session.id)
        assert asked.text.startswith(f"I try `num_train_epochs` = `3` in `{session.id}`:")
        ahead = visitor.answer("/next", conversation=session.id).text
        assert "what you asked for: `learning_rate 5e-5` and `num_train_epochs 3`." in ahead
        refused = visitor.answer("/try learning_rat 1", conversation=session.id).text
        assert refused.startswith("I can't try `learning_rat` = `1`. ")
        assert "`learning_rate`" in refused
        assert visitor.answer("/budget").text.startswith(f"`{session.id}`: Spent: ")
        assert visitor.answer("/stop").text == (
            f"`{session.id}` is stopped. None of its runs goes on. `intern improve --resume` takes "
            "it up again."
        )
        assert not [run for run in visitor.status().runs if not run.done]
