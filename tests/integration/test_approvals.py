"""Approvals: with `run = "ask"` nothing trains before the person says so."""

import asyncio
import json

import pytest
from intern_daemon.agent.toolbox import Toolbox
from intern_daemon.errors import BadInput
from intern_daemon.protocol import Params, RunChanged
from intern_daemon.protocol.methods import ResumeSession, StopSession
from intern_daemon.protocol.talk import RevokePermission

from .open_service import opened
from .small_workspace import git, make_tunable_workspace
from .terminal import Terminal, ending, kill

ASK = '\n[policy]\nrun = "ask"\n'


@pytest.fixture
def root(tmp_path):
    root = make_tunable_workspace(tmp_path / "ws")
    with (root / "intern.toml").open("a") as contract:
        contract.write(ASK)
    git(root, "commit", "--quiet", "--all", "--message=Ask before running")
    return root


async def test_nothing_runs_before_the_person_has_seen_the_exact_command(root):
    async with opened(root) as here:
        session = await here.improve()
        question = await here.question()
        assert not here.state.runs
        assert (question.session, question.tool, question.effect) == (
            session.id,
            "measure_baseline",
            "run",
        )
        assert question.effects.command == "python train.py"
        assert (question.effects.place, question.effects.runs) == ("local", 2)
        assert question.effects.usd == 0.0
        assert question.covers == "local runs of `python train.py` for the baseline"
        race = await here.next_question(question)
        assert (race.tool, race.effects.files) == ("try_candidates", ["train.py"])
        assert race.effects.seconds > 0
        assert race.effects.runs >= 2
        assert race.title.startswith("Try learning rate 1e-5 -> ")
        assert race.subject
        assert all(run.experiment.endswith("/0") for run in here.state.runs.values())


async def test_waiting_costs_the_session_no_time(root):
    async with opened(root) as here:
        await here.improve()
        question = await here.question()
        lab = here.service.improver.current._lab
        before = lab.ledger.spent().seconds
        deadline = asyncio.get_running_loop().time() + 0.5
        while asyncio.get_running_loop().time() < deadline:
            await asyncio.sleep(0.05)  # what is measured is that this time does not count
        assert lab.ledger.spent().seconds == before
        await here.answer(question)
        await here.until(lambda body: isinstance(body, RunChanged))
        assert lab.ledger.spent().seconds > before


async def test_a_no_with_its_reason_reaches_the_agent_which_tries_something_else(root):
    async with opened(root) as here:
        await here.improve()
        first = await here.next_question(await here.question())
        second = await here.next_question(first, "deny", reason="I know that rate is too high.")
        assert second.tool == "try_candidates"
        assert not set(second.subject) & set(first.subject)
        refused = await here.until(lambda body: body.kind == "note" and "said no" in body.text)
        assert refused.body.text == (
            f"The person said no to `{first.title.rstrip('.')}`: I know that rate is too high."
        )


async def test_a_no_to_the_baseline_ends_the_session_and_a_resumption_asks_again(root):
    async with opened(root) as here:
        session = await here.improve()
        question = await here.question()
        await here.answer(question, "deny", reason="not now")
        ended = await here.ended()
        assert ended.state == "stopped"
        assert ended.reason.endswith("not now.")
        assert not here.state.runs
        head = here.store.head
        await here.ask("intern/session/resume", ResumeSession(session=session.id))
        again = await here.question(head)
        assert (again.title, again.id) == (question.title, f"{session.id}/ask-2")


async def test_a_permission_for_always_is_listed_covers_that_command_alone_and_can_be_revoked(root):
    async with opened(root) as here:
        await here.improve()
        race = await here.next_question(await here.question(), reach="always")
        held = (await here.ask("intern/approvals", Params())).permissions
        assert [(one.match, one.tool, one.session) for one in held] == [
            ("python train.py", "measure_baseline", None)
        ]
        # Another tool is not covered by it.
        assert race.tool == "try_candidates"
        await here.answer(race, reach="always")
        await here.until(lambda body: body.kind == "experiment" and body.experiment.number == 1)
        await here.ask("intern/session/stop", StopSession())
        # The next session trains with another command.
        contract = (root / "intern.toml").read_text()
        (root / "intern.toml").write_text(contract.replace("train.py", "./train.py"))
        head = here.store.head
        await here.improve()
        asked = await here.question(head)
        assert asked.effects.command == "python ./train.py"
        left = await here.ask("intern/permission/revoke", RevokePermission(permission=held[0].id))
        assert [one.tool for one in left.permissions] == ["try_candidates"]
        assert here.state.permissions[held[0].id].revoked is not None


async def test_a_permission_for_the_session_ends_with_it(root):
    async with opened(root) as here:
        session = await here.improve()
        race = await here.next_question(await here.question(), reach="session")
        # More races follow, and none of them asks.
        report = await here.next_question(race, reach="session")
        assert report.tool == "write_report"
        assert len(here.state.session_experiments(session.id)) > 2
        held = (await here.ask("intern/approvals", Params())).permissions
        assert {one.session for one in held} == {session.id}
        await here.answer(report)
        await here.ended()
        assert (await here.ask("intern/approvals", Params())).permissions == []


async def test_the_first_of_two_answers_counts_and_the_second_is_told_so(root):
    async with opened(root) as here:
        await here.improve()
        question = await here.question()
        answers = await asyncio.gather(
            here.answer(question, "deny"), here.answer(question), return_exceptions=True
        )
        assert answers[0].state == "denied"
        assert isinstance(answers[1], BadInput)
        assert str(answers[1]) == f"{question.id} was denied already; the first answer counts."


async def test_stop_ends_the_waiting_at_once_and_withdraws_the_question(root):
    async with opened(root) as here:
        await here.improve()
        question = await here.question()
        head = here.store.head
        await here.ask("intern/session/stop", StopSession())
        await here.until(lambda body: body.kind == "approval", since=head)
        assert here.state.approvals[question.id].state == "withdrawn"
        with pytest.raises(BadInput, match="is withdrawn: its session ended"):
            await here.answer(question)


async def test_the_worker_has_no_tool_that_grants(root):
    async with opened(root) as here:
        await here.improve()
        question = await here.question()
        toolbox: Toolbox = here.service.improver.current._toolbox
        for name in ("intern/approval/answer", "answer", "permit", "grant", "_permit"):
            with pytest.raises(BadInput, match="There is no tool"):
                await toolbox.call(name, {"approval": question.id, "answer": "grant"})
        assert here.state.approvals[question.id].state == "waiting"


async def test_what_policy_denies_is_neither_asked_nor_done(root):
    contract = (root / "intern.toml").read_text()
    (root / "intern.toml").write_text(contract.replace('"ask"', '"deny"'))
    async with opened(root) as here:
        with pytest.raises(BadInput, match='says run = "deny"'):
            await here.improve()
        assert not here.state.sessions


async def test_a_session_under_ask_comes_to_its_report_when_all_is_allowed(root):
    async with opened(root) as here:
        await here.improve(only_wishes=True, wishes=[])
        report = await here.next_question(await here.question())
        await here.answer(report)
        assert (await here.ended()).state == "finished"
        asked = [one.tool for one in here.state.approvals.values()]
        assert asked == ["measure_baseline", "write_report"]


def both_die(terminal: Terminal, going) -> None:
    """kill -9 of the watching command, which would start another daemon, and of the daemon."""
    going.kill()
    going.communicate()
    kill(terminal.status()["pid"])


@pytest.fixture
def terminal(root):
    terminal = Terminal(root)
    yield terminal
    terminal.intern("stop-daemon")


def test_a_question_survives_the_death_of_the_daemon_and_never_grants_itself(terminal):
    going = terminal.begin("improve", "--seeds", "2", until="waiting for you")
    question = json.loads(terminal.intern("approvals", "--json").stdout)["waiting"][0]
    both_die(terminal, going)
    # Nobody resumed it, and it still waits.
    assert "Nothing waits" not in terminal.intern("approvals").stdout
    assert terminal.runs() == []
    again = terminal.begin("improve", "--resume", until="waiting for you")
    waiting = json.loads(terminal.intern("approvals", "--json").stdout)["waiting"]
    assert [one["id"] for one in waiting] == [question["id"]]
    assert terminal.runs() == []
    allowed = terminal.intern("approve")
    assert allowed.stdout == f"Allowed: {question['title']}\n"
    assert any("started" in line for line in again.stdout)
    terminal.intern("stop")
    ending(again)
    assert terminal.runs() != []


def test_an_answer_that_came_while_no_daemon_ran_the_session_holds_after_the_resumption(terminal):
    going = terminal.begin("improve", "--seeds", "2", until="waiting for you")
    both_die(terminal, going)
    assert terminal.intern("approve").returncode == 0
    assert terminal.runs() == []
    again = terminal.begin("improve", "--resume", until="started")
    terminal.intern("stop")
    ending(again)
    asked = json.loads(terminal.intern("approvals", "--json").stdout)
    assert asked == {"waiting": [], "permissions": []}


def test_the_terminal_shows_the_whole_effect_and_takes_the_answer(terminal):
    assert terminal.intern("approvals").stdout == "Nothing waits for you.\n"
    assert terminal.refused("approve") == (
        "Nothing waits for you; `intern approvals` lists what does."
    )
    going = terminal.begin("improve", "--seeds", "2", until="waiting for you")
    assert terminal.intern("approvals").stdout.splitlines() == [
        "ws-1/ask-1  Train your set-up with 2 seeds and score it on dev.",
        "  command  python train.py  (local)",
        "  cost     2 runs, $0.00",
        "  because  Nothing can be compared before it is known how the score varies by chance.",
        "  longer   local runs of `python train.py` for the baseline",
        "Allow it: intern approve ws-1/ask-1  or not: intern deny ws-1/ask-1",
    ]
    allowed = terminal.intern("approve", "ws-1/ask-1", "--always")
    assert allowed.stdout == (
        "Allowed: Train your set-up with 2 seeds and score it on dev. From now on: local runs of "
        "`python train.py` for the baseline.\n"
    )
    assert any("waiting for you: Try " in line for line in going.stdout)
    listed = terminal.intern("approvals").stdout
    assert (
        "permission-1  allowed always: local runs of `python train.py` for the baseline" in listed
    )
    revoked = terminal.intern("approvals", "--revoke", "permission-1").stdout
    assert "permission-1" not in revoked
    denied = terminal.intern("deny", "--reason", "too hot")
    assert denied.stdout.startswith("Denied: Try learning rate 1e-5 -> ")
    assert any("too hot" in line for line in going.stdout)
    terminal.intern("stop")
    ending(going)
