"""Experiments that the person asks for: tried before all others, judged like all others."""

import itertools

import pytest
from intern_daemon.errors import BadInput, CannotEdit
from intern_daemon.protocol import Params
from intern_daemon.protocol.methods import Improve

from .open_service import opened
from .small_workspace import git, make_tunable_workspace, make_workspace
from .terminal import Terminal


@pytest.fixture
def root(tmp_path):
    return make_tunable_workspace(tmp_path / "ws")


def judged(number: int):
    def wanted(body) -> bool:
        return (
            body.kind == "experiment"
            and body.experiment.number == number
            and body.experiment.state == "judged"
        )

    return wanted


async def test_a_wish_without_a_session_gets_one_for_it_alone(root):
    async with opened(root) as here:
        session = await here.wish("set:learning_rate", "1e-4")
        assert (session.only_wishes, session.state) == (True, "running")
        ended = await here.ended()
        assert ended.state == "finished"
        [_, tried] = here.state.session_experiments(session.id)
        assert (tried.title, tried.verdict.name) == ("learning rate 1e-5 -> 1e-4", "keep")
        assert tried.intervention == "set:learning_rate=1e-4"
        assert "learning_rate=1e-4" in git(root, "show", f"{tried.commit}:train.py")
        assert ended.wishes[0].experiment == tried.id
        assert ended.reason == "All that was asked for is tried."


async def test_a_wish_in_a_running_session_comes_before_what_the_playbook_meant_to_try(root):
    async with opened(root) as here:
        session = await here.improve()
        await here.until(lambda body: body.kind == "run")
        told = await here.wish("set:weight_decay", "0.01")
        assert told.id == session.id
        await here.until(judged(1))
        [_, first, *_] = here.state.session_experiments(session.id)
        assert first.intervention == "set:weight_decay=0.01"
        # The same noise rules: it changes nothing, so it is not kept.
        assert first.verdict.name != "keep"
        plan = here.state.plans[session.id]
        assert any(item.text.startswith("Try weight decay") for item in plan)
        await here.until(lambda body: body.kind == "experiment" and body.experiment.number == 2)


async def test_an_idea_of_the_playbook_can_be_asked_for_by_name(root):
    async with opened(root) as here:
        session = await here.wish("epochs_up")
        await here.until(judged(1))
        [_, tried] = here.state.session_experiments(session.id)
        assert tried.intervention.startswith("epochs_up:")


@pytest.mark.parametrize(
    ("wish", "value", "sentence"),
    [
        ("set:lerning_rate", "1e-4", "the nearest is `learning_rate`."),
        ("set:learning_rate", "1e-5", "`learning_rate` is 1e-5 already."),
        ("set:learning_rate", None, "needs a value, such as `intern try learning_rate VALUE`."),
        ("learning_rate_upp", None, "the nearest is `learning_rate_up`."),
        ("set:seed", "3", "`seed` is how Intern tells runs apart; try another setting."),
        ("epochs_up", "3", "takes no value; name a setting instead"),
    ],
)
async def test_what_can_not_be_done_is_refused_before_anything_starts(root, wish, value, sentence):
    async with opened(root) as here:
        with pytest.raises((BadInput, CannotEdit)) as refusal:
            await here.wish(wish, value)
        assert sentence in str(refusal.value)
        assert not here.state.sessions


async def test_a_setting_on_the_command_line_is_refused_with_the_reason(root):
    contract = (root / "intern.toml").read_text()
    text = (root / "train.py").read_text()
    text = text.replace("from tiny_trainer", "import argparse\nfrom tiny_trainer").replace(
        "config = SFTConfig(",
        "parser = argparse.ArgumentParser()\n"
        'parser.add_argument("--rate", type=float, default=1e-5)\n'
        "flags = parser.parse_args()\nconfig = SFTConfig(",
    )
    (root / "train.py").write_text(text.replace("learning_rate=1e-5", "learning_rate=flags.rate"))
    (root / "intern.toml").write_text(contract.replace("train.py", "train.py --rate 1e-5"))
    git(root, "commit", "--quiet", "--all", "--message=Give the rate on the command line")
    async with opened(root) as here:
        with pytest.raises(CannotEdit, match="command"):
            await here.wish("set:learning_rate", "1e-4")


async def test_a_refusal_in_a_running_session_stands_in_the_wish(root):
    async with opened(root) as here:
        await here.improve()
        told = await here.wish("set:nothing_of_the_kind", "1")
        assert "Intern does not know it as a setting" in told.wishes[-1].refused
        again = await here.wish("set:learning_rate", "1e-4")
        assert again.wishes[-1].refused is None


async def test_a_session_whose_only_wish_can_not_be_done_measures_nothing(root):
    # The person's file can be changed so; the commit that the session starts from can not.
    text = (root / "train.py").read_text()
    (root / "train.py").write_text(text.replace("learning_rate=1e-5", "learning_rate=1e-4"))
    async with opened(root) as here:
        session = await here.wish("set:learning_rate", "1e-5")
        ended = await here.ended()
        assert ended.state == "stopped"
        assert ended.reason == (
            "Nothing that was asked for can be done. `learning_rate` is 1e-5 already."
        )
        assert not here.state.session_runs(session.id)


async def test_a_wish_that_the_budget_can_not_pay_is_refused_with_that_reason(tmp_path):
    root = make_tunable_workspace(tmp_path / "ws")
    contract = (root / "intern.toml").read_text().replace("runs = 100", "runs = 4")
    (root / "intern.toml").write_text(contract)
    git(root, "commit", "--quiet", "--all", "--message=Few runs")
    async with opened(root) as here:
        await here.wish("set:learning_rate", "1e-4")
        ended = await here.ended()
        assert ended.state == "finished"
        assert ended.wishes[0].refused is not None
        assert ended.wishes[0].experiment is None


async def test_code_without_settings_says_why_nothing_can_be_set(tmp_path):
    async with opened(make_workspace(tmp_path / "plain")) as here:
        with pytest.raises((BadInput, CannotEdit)) as refusal:
            await here.wish("set:learning_rate", "1e-4")
        assert "train.py" in str(refusal.value)


async def test_the_catalogue_of_models_is_what_a_session_may_have(root):
    async with opened(root) as here:
        models = (await here.ask("intern/models", Params())).models
        assert [(one.id, one.available) for one in models] == [
            ("playbook", True),
            ("language-model", False),
        ]
        with pytest.raises(
            BadInput, match="The model `language-model` can't be used: This version"
        ):
            await here.ask("intern/improve", Improve(model="language-model"))
        with pytest.raises(BadInput, match="There is no model `gpt`"):
            await here.ask("intern/improve", Improve(model="gpt"))
        assert not here.state.sessions


async def test_the_plan_is_told_when_it_changes_and_ends_with_all_of_it_done(root):
    async with opened(root) as here:
        session = await here.wish("set:learning_rate", "1e-4")
        await here.ended()
        plans = [event.body.items for event in here.store.replay(0) if event.body.kind == "plan"]
        assert all(before != after for before, after in itertools.pairwise(plans))
        first, last = plans[0], plans[-1]
        assert [(item.text, item.state) for item in first][:2] == [
            ("Measure the baseline with 3 seeds", "doing"),
            ("See what the findings say", "open"),
        ]
        assert [item.text for item in last if item.text.startswith("Try")] == [
            "Try learning rate 1e-5 -> 1e-4: keep +0.200"
        ]
        assert {item.state for item in last} == {"done"}
        assert last[-1].text == "Write the report"
        assert here.state.plans[session.id] == last


@pytest.fixture
def terminal(root):
    terminal = Terminal(root)
    yield terminal
    terminal.intern("stop-daemon")


def test_the_terminal_asks_for_one_value_or_says_why_not(terminal):
    assert terminal.refused("try", "learning_rate", "1e-5") == "`learning_rate` is 1e-5 already."
    told = terminal.intern("try", "learning_rate", "1e-4")
    assert told.stdout.splitlines() == [
        "ws-1 tries learning_rate = 1e-4.",
        "Watch it: intern improve --resume",
    ]
    assert terminal.refused("try", "weight_decy", "0.1").endswith("the nearest is `weight_decay`.")
    assert terminal.intern("improve", "--resume").returncode == 0
    assert [one["title"] for one in terminal.report()["experiments"]] == [
        "baseline",
        "learning rate 1e-5 -> 1e-4",
    ]


def test_improve_only_tries_what_it_is_given_and_nothing_else(terminal):
    done = terminal.intern("improve", "--seeds", "2", "--only", "learning_rate=1e-4")
    assert done.returncode == 0, done.stderr
    titles = [one["title"] for one in terminal.report()["experiments"]]
    assert titles == ["baseline", "learning rate 1e-5 -> 1e-4"]
