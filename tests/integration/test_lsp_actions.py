"""Quick fixes of a finding, from a real daemon."""

import pytest

from .lsp_workspace import History, editor, make


@pytest.fixture
async def client(tmp_path):
    root = make(tmp_path / "a workspace ü")
    history = History(root)
    history.experiment(0, score=0.3)
    history.finding("run-0")
    history.close()
    async with editor(root) as client:
        client.open("train.py")
        yield client


async def test_a_finding_offers_what_the_playbook_would_try(client):
    found = await client.fixes("train.py", await client.told("train.py"))
    assert [one["title"] for one in found] == [
        "Try: learning rate 2e-5 -> 2e-4 (starts an experiment)",
        "Try: learning rate 2e-5 -> 6e-5 (starts an experiment)",
        "Why: S16 learning rate",
        "Show on curve",
        "Not a problem: S16",
    ]
    assert {one["kind"] for one in found} == {"quickfix"}
    commands = [one["command"] for one in found]
    assert [one["command"] for one in commands] == [
        "intern.tryCandidate",
        "intern.tryCandidate",
        "intern.showFinding",
        "intern.openCurves",
        "intern.suppressFinding",
    ]
    (tried,) = commands[0]["arguments"]
    assert tried.pop("hypothesis").startswith("The steps are too small")
    assert tried.pop("wish") == {
        "intervention": "learning_rate_up:x10",
        "value": None,
        "because": "S16 learning rate: The learning rate of 2e-05 is 9 times too low",
    }
    assert tried == {
        "candidate": "learning_rate_up:x10",
        "intervention": "learning_rate_up",
        "title": "learning rate 2e-5 -> 2e-4",
        "source": "google-research/tuning_playbook",
        "cost": 1.0,
        "run": "run-0",
        "rule": "S16",
    }
    assert commands[2]["arguments"] == [{"run": "run-0", "rule": "S16"}]
    assert commands[3]["arguments"] == [{"runs": ["run-0"], "steps": [3, 18], "rule": "S16"}]
    assert commands[4]["arguments"] == [{"run": "run-0", "rule": "S16"}]


async def test_a_locked_script_is_not_offered_for_change(client):
    contract = client.root / "intern.toml"
    contract.write_text(contract.read_text().replace('["evaluate.py"]', '["train.py"]'))
    found = await client.fixes("train.py", await client.told("train.py"))
    assert [one["title"] for one in found] == [
        "Why: S16 learning rate",
        "Show on curve",
        "Not a problem: S16",
    ]


async def test_other_peoples_diagnostics_and_other_kinds_get_no_fixes(client):
    (ours,) = await client.told("train.py")
    assert await client.fixes("train.py", [{**ours, "source": "ruff"}]) == []
    assert await client.fixes("train.py", [{**ours, "data": {"run": "none"}}]) == []
    assert await client.fixes("train.py", [ours], only=["refactor"]) == []
    assert len(await client.fixes("train.py", [ours], only=["quickfix"])) == 5


async def test_an_editor_without_an_extension_can_run_the_commands(client):
    (found,) = await client.told("train.py")
    why = (await client.fixes("train.py", [found]))[2]["command"]
    await client.execute(why)
    assert client.messages == [
        "S16 learning rate: The learning rate of 2e-05 is 9 times too low.\nA guide says so.\n"
        "Try ten times more."
    ]
    run = {"command": "intern.run", "arguments": [{"script": "train.py"}]}
    await client.execute(run)
    assert client.messages[-1] == "run-0001 has started; its score will stand above the trainer."
    await client.refresh()


async def test_our_own_extensions_keep_the_commands_to_themselves(tmp_path):
    root = make(tmp_path / "w")
    ours = {"initializationOptions": {"intern": {}}}
    async with editor(root, **ours) as client:
        assert client.capabilities["executeCommandProvider"] == {"commands": []}
        assert client.capabilities["codeLensProvider"] == {"resolveProvider": False}
        assert client.capabilities["codeActionProvider"] == {"codeActionKinds": ["quickfix"]}


async def test_a_finding_that_is_no_problem_leaves_the_line(client):
    (found,) = await client.told("train.py")
    [*_, fix] = await client.fixes("train.py", [found])
    await client.execute(fix["command"])
    assert client.messages == ["S16 is no problem of run-0 any more."]
    assert await client.told_until("train.py", lambda found: not found) == []


async def test_an_editor_without_an_extension_can_start_the_experiment_of_a_quick_fix(client):
    (found,) = await client.told("train.py")
    tried = (await client.fixes("train.py", [found]))[0]["command"]
    await client.execute(tried)
    [said] = client.messages
    assert said.endswith(" tries it; its verdict will stand above the trainer.")
    stopped = await client.ask("intern/session/stop", {})
    assert stopped["session"]["wishes"][0]["intervention"] == "learning_rate_up:x10"
