"""Findings and errors of the contract as an editor shows them, from a real daemon."""

import asyncio

import pytest
from intern_daemon.protocol import Run
from intern_daemon.protocol.methods import LaunchRun
from intern_daemon.server.client import Client

from ..conftest import REPOSITORY
from .lsp_workspace import BEGAN, LEARNING_RATE, TRAIN, History, editor, make

RULES = REPOSITORY / "docs" / "rules.md"
RATE = "default=2e-5"


@pytest.fixture
def root(tmp_path):
    return make(tmp_path / "a workspace ü")


@pytest.fixture
def history(root):
    history = History(root)
    history.experiment(0, score=0.3, seeds=3)
    yield history
    history.close()


async def test_a_finding_stands_on_the_line_that_is_responsible(root, history):
    history.finding("run-0")
    history.close()
    async with editor(root) as client:
        client.open("train.py")
        (found,) = await client.told("train.py")
    line = [text[:8] for text in RULES.read_text().splitlines()].index("### S16 ") + 1
    assert found == {
        "range": {
            "start": {"line": LEARNING_RATE - 1, "character": 48},
            "end": {"line": LEARNING_RATE - 1, "character": 52},
        },
        "severity": 2,
        "source": "intern",
        "code": "S16",
        "message": "The learning rate of 2e-05 is 9 times too low (learning rate 2e-05, "
        "band low 0.00018; steps 3 to 18)",
        "data": {"run": "run-0", "rule": "S16"},
        "codeDescription": {"href": f"{RULES.as_uri()}#L{line}"},
    }


async def test_a_finding_moves_with_its_line_and_goes_when_the_value_is_edited(root, history):
    history.finding("run-0")
    history.close()
    async with editor(root) as client:
        client.open("train.py", "# ü\n" + TRAIN)
        (found,) = await client.told("train.py")
        assert found["range"]["start"]["line"] == LEARNING_RATE
        line, end = {"line": LEARNING_RATE, "character": 48}, 54
        where = {"start": line, "end": {**line, "character": end}}
        client.change("train.py", "2e-4", where)
        assert await client.told("train.py") == []
        client.change("train.py", TRAIN)
        assert len(await client.told("train.py")) == 1


async def test_files_that_are_not_open_are_told_as_soon_as_one_is(root, history):
    history.finding("run-0")
    history.close()
    async with editor(root) as client:
        client.open("intern.toml")
        assert len(await client.told("train.py")) == 1
        assert client.diagnostics["intern.toml"] == []


async def test_the_incumbents_findings_stand_not_those_of_what_was_discarded(root, history):
    history.finding("run-0")
    history.experiment(1, RATE, "default=1.0", verdict="discard", effect=-0.2)
    history.finding("run-1", rule="S4", severity="critical")
    history.close()
    async with editor(root) as client:
        client.open("train.py")
        assert [one["code"] for one in await client.told("train.py")] == ["S16"]


async def test_a_newer_run_of_ones_own_without_the_finding_withdraws_it(root, history):
    history.finding("run-0")
    history.run("run-mine", None, history.base, created=BEGAN + 100)
    history.close()
    async with editor(root) as client:
        client.open("train.py")
        assert await client.told("train.py") == []


async def test_a_closed_file_keeps_its_finding_and_loses_what_was_only_typed(root, history):
    history.finding("run-0")
    history.close()
    async with editor(root) as client:
        client.open("train.py", TRAIN.replace(RATE, "default=1"))
        client.open("intern.toml", "[train\n")
        await client.told_until("intern.toml", bool)
        client.close("train.py")
        client.close("intern.toml")
        assert len(await client.told_until("train.py", bool)) == 1
        assert client.diagnostics["intern.toml"] == []


async def test_a_finding_under_a_root_cause_names_it(root, history):
    history.finding("run-0", severity="critical")
    history.finding("run-0", rule="S13", line=12, severity="info", because_of="S16")
    history.close()
    async with editor(root) as client:
        client.open("train.py")
        cause, folded = await client.told("train.py")
    assert (cause["severity"], folded["severity"]) == (1, 3)
    (related,) = folded["relatedInformation"]
    assert related["message"].startswith("because of S16: The learning rate")
    assert related["location"]["range"] == cause["range"]


async def test_a_finding_of_no_single_line_stands_at_the_trainer(root, history):
    history.finding("run-0", line=None)
    history.close()
    async with editor(root) as client:
        client.open("train.py")
        (found,) = await client.told("train.py")
    line = TRAIN.splitlines()[found["range"]["start"]["line"]]
    start, end = (found["range"][side]["character"] for side in ("start", "end"))
    assert line[start:end] == "SFTTrainer"


async def test_a_broken_contract_is_marked_while_it_is_typed(root):
    async with editor(root) as client:
        client.open("intern.toml")
        assert await client.told("intern.toml") == []
        client.change("intern.toml", '[train]\ncommand = "python train.py"\nshares = []\n')
        unknown, missing = await client.told("intern.toml")
        assert unknown["range"]["start"] == {"line": 2, "character": 0}
        assert unknown["message"] == (
            "[train] shares is not a known key; remove it or mend its spelling."
        )
        assert missing["message"] == "[eval] is missing; add it."
        client.change("intern.toml", "[train\n")
        (broken,) = await client.told("intern.toml")
        assert broken["range"]["start"]["line"] == 0
        assert broken["severity"] == 1


async def test_broken_python_and_empty_files_are_no_trouble(root, history):
    history.finding("run-0", line=None)
    history.close()
    async with editor(root) as client:
        client.open("train.py", "def (\n")
        assert await client.told("train.py") == []
        assert await client.lenses("train.py") == []
        client.change("train.py", "")
        assert await client.hover("train.py", 1, 1) is None
        client.change("train.py", TRAIN)
        assert len(await client.told("train.py")) == 1


async def test_documents_outside_the_workspace_are_left_alone(root, tmp_path):
    outside = tmp_path / "other.py"
    outside.write_text(TRAIN)
    async with editor(root) as client:
        client.open("../other.py")
        client.open(".intern/worktrees/s1/train.py", TRAIN)
        assert await client.lenses("../other.py") == []
        client.open("train.py")
        await client.told("train.py")
        assert set(client.diagnostics) == {"train.py"}


async def test_a_run_that_explodes_is_on_the_screen_without_being_asked_for(root):
    text = TRAIN.replace(RATE, "default=2.0")
    (root / "train.py").write_text(text)
    async with editor(root) as client:
        client.open("train.py")
        assert await client.told("train.py") == []
        wish = LaunchRun(include_uncommitted=True)
        run = await asyncio.to_thread(_launch, root, wish)
        found = await client.told_until("train.py", bool)
        assert {one["data"]["run"] for one in found} == {run.id}
        assert found[0]["severity"] == 1
        assert "not a number" in found[0]["message"]
        await client.refresh()


def _launch(root, wish):
    with Client.connect(root, start=False) as client:
        return client.call("intern/run/launch", wish, Run)
