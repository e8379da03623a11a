"""Code lenses as any LSP client gets them from a real daemon."""

import pytest

from .lsp_workspace import BEGAN, TRAIN, History, at, editor, make
from .small_workspace import git

TRAINER = at("SFTTrainer(")[0]


@pytest.fixture
def root(tmp_path):
    return make(tmp_path / "a workspace ü")


@pytest.fixture
def history(root):
    history = History(root)
    history.experiment(0, score=0.3, seeds=3)
    yield history
    history.close()


async def test_a_new_workspace_offers_to_run_and_to_improve(root):
    async with editor(root) as client:
        client.open("train.py")
        assert await client.lenses("train.py") == [
            (TRAINER, "Run"),
            (TRAINER, "Improve"),
            (TRAINER, "no runs yet"),
        ]
        client.open("evaluate.py")
        assert await client.lenses("evaluate.py") == []


async def test_with_no_contract_a_trainer_still_has_its_lenses(root):
    (root / "intern.toml").unlink()
    async with editor(root) as client:
        client.open("train.py")
        assert [title for _, title in await client.lenses("train.py")][:2] == ["Run", "Improve"]
        client.open("evaluate.py")
        assert await client.lenses("evaluate.py") == []


async def test_a_script_without_a_trainer_has_them_where_it_starts(root):
    text = (
        '"""Doc."""\nimport os\n\n\ndef main():\n    pass\n\n\n'
        'if __name__ == "__main__":\n    main()'
    )
    async with editor(root) as client:
        client.open("train.py", text)
        assert [line for line, _ in await client.lenses("train.py")] == [9, 9, 9]


async def test_the_last_score_and_the_last_verdict_stand_at_the_trainer(root, history):
    history.experiment(1, "2e-5", "2e-4", verdict="keep", effect=0.2, score=0.5)
    history.experiment(2, "0.01", "0.1", verdict="discard", effect=-0.01, score=0.49, parent=1)
    history.close()
    async with editor(root) as client:
        client.open("train.py")
        titles = [title for line, title in await client.lenses("train.py") if line == TRAINER]
    assert titles == ["Run", "Improve", "exact_match 0.5 (exp 1, 2 seeds)", "exp 2: discard, -0.01"]


async def test_a_later_run_of_ones_own_gives_the_last_score(root, history):
    history.run("run-7", None, history.base, created=BEGAN + 9, dev={"exact_match": 0.4444})
    history.close()
    async with editor(root) as client:
        client.open("train.py")
        assert (TRAINER, "exact_match 0.444 (run-7)") in await client.lenses("train.py")


async def test_each_lens_names_a_command_with_one_object(root, history):
    history.experiment(1, "2e-5", "2e-4", verdict="keep", effect=0.2, score=0.5)
    history.close()
    async with editor(root) as client:
        client.open("train.py")
        found = await client.ask(
            "textDocument/codeLens", {"textDocument": {"uri": client.uri("train.py")}}
        )
    assert [(one["command"]["command"], one["command"]["arguments"]) for one in found] == [
        ("intern.run", [{"script": "train.py"}]),
        ("intern.improve", [{"script": "train.py"}]),
        ("intern.openCurves", [{"runs": ["run-1"]}]),
        ("intern.showExperiment", [{"experiment": "s1/1"}]),
    ]


async def test_a_kept_gain_shows_only_where_its_text_stands(root, history):
    commit = history.experiment(1, "2e-5", "2e-4", verdict="keep", effect=0.2, score=0.5)
    history.experiment(
        2, "weight_decay=WEIGHT_DECAY,", "weight_decay=0.1,\n        bf16=True,",
        verdict="keep", effect=0.117, score=0.62, seeds=3, parent=1,
    )  # fmt: skip
    history.experiment(3, "=3", "=4", verdict="discard", effect=-0.1, parent=2)
    history.close()
    tip = history.store.state.experiments["s1/2"].commit
    landed = git(root, "show", f"{tip}:train.py") + "\n"
    rate, decay = at("--lr", landed)[0], at("weight_decay=0.1", landed)[0]
    async with editor(root) as client:
        client.open("train.py")
        assert not await _gains(client)
        client.change("train.py", landed)
        assert await _gains(client) == [
            (rate, "+0.2 exact_match, exp 1, 2 seeds"),
            (decay, "+0.117 exact_match, exp 2, 3 seeds"),
        ]
        client.change("train.py", "# moved\n" + landed)
        assert [line for line, _ in await _gains(client)] == [rate + 1, decay + 1]
        client.change("train.py", landed.replace("        bf16=True,\n", ""))
        assert [line for line, _ in await _gains(client)] == [rate]
    assert commit != tip


async def test_a_gain_of_a_metric_that_should_fall_is_negative(root):
    history = History(root, metric="loss", direction="min")
    history.experiment(0, score=2.0)
    history.experiment(1, "2e-5", "2e-4", verdict="keep", effect=0.25, score=1.75)
    history.close()
    async with editor(root) as client:
        client.open("train.py", TRAIN.replace("2e-5", "2e-4"))
        assert [title for _, title in await _gains(client)] == ["-0.25 loss, exp 1, 2 seeds"]


async def test_what_a_kept_experiment_added_is_marked_at_its_first_line_with_text(root, history):
    history.experiment(
        1, "args = parser", "\n\ndef halve(rate):\n    return rate / 2\n\n\nargs = parser",
        verdict="keep", effect=0.2, score=0.5,
    )  # fmt: skip
    history.close()
    commit = history.store.state.experiments["s1/1"].commit
    landed = git(root, "show", f"{commit}:train.py")
    async with editor(root) as client:
        client.open("train.py", landed)
        assert [line for line, _ in await _gains(client)] == [at("def halve", landed)[0]]


async def test_lenses_are_asked_for_again_when_a_file_changes_on_disk(root):
    async with editor(root) as client:
        client.open("train.py")
        await client.told("train.py")
        (root / "train.py").write_text(TRAIN + "# more\n")
        await client.refresh()


async def test_a_run_is_told_as_it_goes_on_until_its_score(root):
    async with editor(root) as client:
        client.open("train.py")
        await client.told("train.py")
        await client.execute({"command": "intern.run", "arguments": []})
        title = ""
        while not title.startswith("exact_match"):
            await client.refresh()
            ((_, title),) = (await client.lenses("train.py"))[2:]
            assert title.startswith(("run-0001: ", "exact_match "))
    assert title == "exact_match 2e-05 (run-0001)"


async def _gains(client):
    found = await client.lenses("train.py")
    return [(line, title) for line, title in found if "seed" in title and title[0] in "+-"]
