"""A comment that asks for another value: a real experiment, whose verdict comes back."""

import pytest
from intern_daemon.protocol import (
    Change,
    ExperimentChanged,
    MessageChanged,
    Params,
    Place,
    Session,
    SessionChanged,
)
from intern_daemon.protocol.methods import Improve, State, Stopped, StopSession
from intern_daemon.protocol.talk import Threads, ThreadsOf

from .lsp_workspace import History
from .small_workspace import git, make_tunable_workspace
from .talking import visiting
from .test_threads import start

LINE = 6
"""The line of the learning rate in the training script, from 1."""


@pytest.fixture
def root(tmp_path):
    """A finished session that doubled the learning rate."""
    root = make_tunable_workspace(tmp_path / "tiny")
    past = History(root)
    past.experiment(0, score=0.3)
    tip = past.experiment(1, "1e-5", "2e-5", verdict="keep", effect=0.06, score=0.36)
    place = Place(path="train.py", line=LINE)
    change = Change(what="learning_rate 1e-5 -> 2e-5", place=place)
    told = past.store.state.experiments["s1/1"].model_copy(update={"changes": [change]})
    past.store.append(ExperimentChanged(experiment=told))
    git(root, "branch", "intern/s1", tip)
    past.close()
    return root


def test_use_another_value_is_tried_and_its_verdict_comes_back_once(root):
    with visiting(root) as visitor:
        thread, message = start(visitor, LINE, "use 1e-4 instead")
        tried = visitor.until(
            lambda event: isinstance(event.body, SessionChanged) and event.body.session.wishes
        ).body.session
        assert message.text == (
            f"I try `learning_rate` = `1e-4` in `{tried.id}`: one commit, measured like any other "
            "experiment. It is kept only if it clears the noise. Now it is `learning_rate 1e-5 -> "
            "2e-5`. The verdict comes back into this thread."
        )
        (wish,) = tried.wishes
        assert (wish.intervention, wish.value, wish.thread) == (
            "set:learning_rate",
            "1e-4",
            thread.id,
        )
        assert wish.because == "use 1e-4 instead"
        outcome = visitor.until(
            lambda event: (
                isinstance(event.body, MessageChanged)
                and event.body.message.thread == thread.id
                and event.body.message.mentions
            )
        ).body.message
        experiment = next(
            one
            for one in visitor.ask("intern/state", Params(), State).experiments
            if one.session == tried.id and one.number == 1
        )
        assert outcome.author == "agent"
        assert outcome.text.startswith(f"[exp 1](intern:experiment/{experiment.id}) (learning rate")
        assert f"**{experiment.verdict.name}**, +" in outcome.text
        assert f"(intern:commit/{experiment.commit})" in outcome.text
        visitor.kill()
        (told,) = visitor.ask("intern/threads", ThreadsOf(session="s1"), Threads).threads
        assert [one.author for one in told.messages] == ["person", "agent", "agent"]


def test_a_value_that_can_not_be_set_is_refused_in_the_thread(root):
    with visiting(root) as visitor:
        _, message = start(visitor, LINE, "set learning_rte to 1e-4")
        assert message.text.startswith("I can't try `learning_rte` = `1e-4`.")
        assert "`learning_rate`." in message.text
        assert "The verdict comes back" not in message.text


def test_a_refusal_of_the_session_that_runs_is_said_once(root):
    with visiting(root) as visitor:
        session = visitor.ask("intern/improve", Improve(seeds=2), Session)
        thread, message = start(visitor, LINE, "set learning_rte to 1e-4", session="s1")
        assert message.text.startswith("I can't try `learning_rte` = `1e-4`.")
        visitor.ask("intern/session/stop", StopSession(session=session.id), Stopped)
        visitor.kill()
        (told,) = visitor.ask("intern/threads", ThreadsOf(session="s1"), Threads).threads
        assert [one.author for one in told.messages] == ["person", "agent"]
        assert thread.id == told.thread.id


def test_a_session_that_is_stopped_says_in_the_thread_that_nothing_came_of_it(root):
    with visiting(root) as visitor:
        thread, message = start(visitor, LINE, "use 1e-4")
        assert message.text.startswith("I try `learning_rate` = `1e-4` in")
        stopped = visitor.ask("intern/session/stop", StopSession(), Stopped).session
        told = visitor.until(
            lambda event: (
                isinstance(event.body, MessageChanged)
                and event.body.message.thread == thread.id
                and event.body.message.answers is None
                and event.body.message.author == "agent"
            )
        ).body.message
        assert told.text == (
            f"Nothing came of `learning_rate` = `1e-4`: `{stopped.id}` is stopped. `intern improve "
            "--resume` takes it up again."
        )
