"""Hover on a training setting: its history over experiments and runs, from a real daemon."""

import pytest

from .lsp_workspace import BEGAN, TRAIN, History, at, editor, make
from .small_workspace import git


@pytest.fixture
def root(tmp_path):
    return make(tmp_path / "a workspace ü")


@pytest.fixture
def history(root):
    history = History(root)
    history.experiment(0, score=0.3, seeds=3)
    yield history
    history.close()


async def test_a_setting_shows_what_each_value_gave(root, history):
    history.experiment(1, "2e-5", "2e-4", verdict="keep", effect=0.21, score=0.51)
    history.experiment(2, "0.01", "0.1", verdict="discard", effect=-0.01, score=0.5, parent=1)
    history.experiment(3, "2e-4", "6e-4", verdict="discard", effect=0.004, parent=1)
    history.close()
    async with editor(root) as client:
        client.open("train.py")
        told = await client.hover("train.py", *at("2e-5"))
    assert told == (
        "**learning_rate** = `2e-5` (argparse default)\n"
        "\n"
        "| value | exact_match | from | outcome |\n"
        "| --- | --- | --- | --- |\n"
        "| `2e-5` | 0.3 (3 seeds) | baseline |  |\n"
        "| `2e-4` | 0.51 (2 seeds) | exp 1 | keep, +0.21 |\n"
        "| `6e-4` | not measured in full | exp 3 | discard, +0.004 |"
    )


async def test_keyword_default_and_constant_lead_to_the_same_setting(root, history):
    history.close()
    async with editor(root) as client:
        client.open("train.py")
        for place in ("learning_rate=args", "args.lr,", "type=float"):
            told = await client.hover("train.py", *at(place))
            assert told.startswith("**learning_rate** = `2e-5`"), place
        assert (await client.hover("train.py", *at("WEIGHT_DECAY ="))).startswith(
            "**weight_decay** = `0.01` (constant)"
        )
        assert (await client.hover("train.py", *at("max_grad_norm"))).startswith("**max_grad_norm")
        assert (await client.hover("train.py", *at("warmup_steps"))).startswith("**warmup_steps")
        assert await client.hover("train.py", *at("import json")) is None


async def test_runs_of_ones_own_are_grouped_by_value(root, history):
    for number, score in enumerate((0.4, 0.5)):
        history.run(f"run-m{number}", None, history.base, BEGAN + 9, dev={"exact_match": score})
    history.close()
    async with editor(root) as client:
        client.open("train.py")
        told = await client.hover("train.py", *at("2e-5"))
    assert "| `2e-5` | 0.45 | 2 own runs |  |" in told


async def test_a_setting_in_a_config_file_has_its_history_too(tmp_path):
    root = make(tmp_path / "w")
    script = TRAIN.replace(
        "def trainer():",
        'import yaml\nsettings = yaml.safe_load(open("sft.yaml"))\n\ndef trainer():',
    ).replace("learning_rate=args.lr", 'learning_rate=settings["rate"]')
    (root / "train.py").write_text(script)
    (root / "sft.yaml").write_text("# settings\nrate: 3.0e-5\n")
    git(root, "add", ".")
    git(root, "commit", "--quiet", "--message=YAML")
    history = History(root)
    history.experiment(0, score=0.3)
    history.close()
    async with editor(root) as client:
        client.open("sft.yaml")
        told = await client.hover("sft.yaml", 2, 3)
    assert told.startswith("**learning_rate** = `3.0e-5` (config file)")
    assert "| `3.0e-5` | 0.3 (2 seeds) | baseline |  |" in told


async def test_a_setting_that_was_never_run_says_so(root):
    async with editor(root) as client:
        client.open("train.py")
        assert (await client.hover("train.py", *at("2e-5"))).endswith("No scored run yet.")
