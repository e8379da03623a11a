"""Questions and permissions, on a real event store."""

import asyncio
import time

import pytest
from intern_daemon.agent.approvals import Gate, Question
from intern_daemon.errors import BadInput, NotAllowed
from intern_daemon.protocol import Budget, Effects, Experiment, ExperimentChanged, SessionChanged
from intern_daemon.protocol import Session as WireSession
from intern_daemon.protocol.talk import AnswerApproval
from intern_daemon.workspace import EventStore


@pytest.fixture
def store(tmp_path):
    store = EventStore(tmp_path / "state.db")
    store.append(SessionChanged(session=session("s")))
    yield store
    store.close()


def session(name: str, state="running") -> WireSession:
    return WireSession(
        id=name, slug=name, branch=f"intern/{name}", base_commit="0", user_ref="main",
        state=state, metric="m", direction="max", created=time.time(),
        budget=Budget(minutes=1, runs=1, usd=0, tokens=0),
    )  # fmt: skip


def question(command="python t.py", subject=("a:1",), **changes) -> Question:
    told = {"tool": "try_candidates", "title": "Try a.", "because": "b", "covers": "runs of it"}
    effects = Effects(command=command, runs=3)
    return Question(**{**told, **changes}, effects=effects, subject=list(subject))


async def asked(gate: Gate, put: Question, name="s") -> "asyncio.Task[None]":
    """A call that waits at the gate."""
    task = asyncio.ensure_future(gate.permit(name, "run", put))
    await asyncio.sleep(0)
    return task


def answer(gate: Gate, approval: str, said="grant", reach="once", reason=None):
    return gate.answer(AnswerApproval(approval=approval, answer=said, reach=reach, reason=reason))


async def test_a_call_waits_until_it_is_granted(store):
    gate = Gate(store)
    call = await asked(gate, question())
    assert not call.done()
    [waiting] = gate.listing().waiting
    answer(gate, waiting.id)
    await call
    assert gate.listing().waiting == []


async def test_a_grant_for_once_does_not_cover_the_same_candidate_a_second_time(store):
    gate = Gate(store)
    call = await asked(gate, question())
    answer(gate, "s/ask-1")
    await call
    # Taken up after a death, it is the same deed.
    await gate.permit("s", "run", question())
    tried = Experiment(
        id="s/1", session="s", number=1, parent=None, intervention="a:1", title="a",
        hypothesis="", source="", state="judged", created=time.time() + 1,
    )  # fmt: skip
    store.append(ExperimentChanged(experiment=tried))
    again = await asked(gate, question())
    assert not again.done()
    again.cancel()


async def test_a_changed_command_is_not_covered_by_a_grant_for_always(store):
    gate = Gate(store)
    call = await asked(gate, question())
    answer(gate, "s/ask-1", reach="always")
    await call
    await gate.permit("s", "run", question(subject=("b:2",), title="Try b."))
    other = await asked(gate, question("python t.py --epochs 90"))
    assert not other.done()
    other.cancel()
    revoked = gate.revoke("permission-1")
    assert revoked.permissions == []
    third = await asked(gate, question(subject=("c:3",), title="Try c."))
    assert not third.done()
    third.cancel()


async def test_what_comes_again_for_another_deed_needs_another_answer(store):
    gate = Gate(store)
    mine = question(subject=(), title="Measure what you changed.", repeats=True)
    call = await asked(gate, mine)
    answer(gate, "s/ask-1")
    await call
    again = await asked(gate, mine)
    assert not again.done()
    again.cancel()


async def test_a_race_that_a_death_cut_short_goes_on_under_its_grant(store):
    gate = Gate(store)
    call = await asked(gate, question(subject=("a:1", "b:2"), title="Try a or b."))
    answer(gate, "s/ask-1")
    await call
    await gate.permit("s", "run", question(subject=("b:2",), title="Try b.", resumes=True))
    other = await asked(gate, question(subject=("c:3",), title="Try c.", resumes=True))
    assert not other.done()
    other.cancel()


async def test_a_permission_of_one_session_does_not_hold_in_another(store):
    gate = Gate(store)
    call = await asked(gate, question())
    answer(gate, "s/ask-1", reach="session")
    await call
    store.append(SessionChanged(session=session("t")))
    other = await asked(gate, question(), "t")
    assert not other.done()
    other.cancel()


async def test_a_no_is_an_error_with_the_reason_in_it(store):
    gate = Gate(store)
    call = await asked(gate, question())
    answer(gate, "s/ask-1", "deny", reason="too dear.")
    with pytest.raises(NotAllowed) as refusal:
        await call
    assert str(refusal.value) == "The person said no to `Try a`: too dear."


async def test_a_gate_of_a_later_life_puts_the_same_question_again(store):
    first = await asked(Gate(store), question())
    first.cancel()
    await asyncio.wait({first})
    gate = Gate(store)
    second = await asked(gate, question())
    assert [one.id for one in gate.listing().waiting] == ["s/ask-1"]
    answer(gate, "s/ask-1")
    await second


async def test_questions_of_a_session_that_ended_are_withdrawn(store):
    gate = Gate(store)
    call = await asked(gate, question())
    store.append(SessionChanged(session=session("s", "stopped")))
    with pytest.raises(BadInput, match="is withdrawn"):
        while True:
            await asyncio.sleep(0)
            if store.state.approvals["s/ask-1"].state == "withdrawn":
                answer(gate, "s/ask-1")
    call.cancel()


async def test_an_interrupted_session_keeps_its_question(store):
    gate = Gate(store)
    call = await asked(gate, question())
    call.cancel()
    store.append(SessionChanged(session=session("s", "interrupted")))
    for _ in range(3):
        await asyncio.sleep(0)
    assert [one.id for one in gate.listing().waiting] == ["s/ask-1"]


async def test_unknown_questions_and_permissions_are_told(store):
    gate = Gate(store)
    with pytest.raises(BadInput, match="There is no question x; `intern approvals` lists"):
        answer(gate, "x")
    with pytest.raises(BadInput, match="There is no permission x; `intern approvals` lists"):
        gate.revoke("x")
