"""Problems stand where the value does, whichever way it comes to the trainer."""

import pytest
from intern_daemon.lint import lint
from intern_daemon.workspace.settings import TrainingCode, find_settings
from intern_daemon.workspace.settings.command import TrainCommand

TRAINER = """
trainer = SFTTrainer("Qwen/Qwen3-4B", args=config, train_dataset=rows)
trainer.evaluate()
"""
HEAD = "from trl import SFTConfig, SFTTrainer\n"


@pytest.fixture
def problems(tmp_path):
    def found(files, *, command="python train.py", given=False):
        for path, text in files.items():
            (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / path).write_text(text)
        return lint(find_settings(tmp_path, command), given=given)

    return found


def where(found, rule="L101"):
    return [(one.place.path, one.place.line) for one in found if one.rule.id == rule]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("config = SFTConfig(learning_rate=5e-3)\n", 2),
        ("RATE = 5e-3\nconfig = SFTConfig(learning_rate=RATE)\n", 2),
        ("config = SFTConfig()\nconfig.learning_rate = 5e-3\n", 3),
        ("many = {\n    'learning_rate': 5e-3,\n}\nconfig = SFTConfig(**many)\n", 3),
        (
            "from argparse import ArgumentParser\nparser = ArgumentParser()\n"
            "parser.add_argument('--lr', type=float, default=5e-3)\nargs = parser.parse_args()\n"
            "config = SFTConfig(learning_rate=args.lr)\n",
            4,
        ),
        (
            "from dataclasses import dataclass\n\n@dataclass\nclass Mine(SFTConfig):\n"
            "    learning_rate: float = 5e-3\n\nconfig = Mine()\n",
            6,
        ),
    ],
)
def test_a_rate_is_told_at_its_literal(problems, text, line):
    assert where(problems({"train.py": HEAD + text + TRAINER})) == [("train.py", line)]


def test_a_rate_in_a_configuration_file_is_told_in_that_file(problems):
    text = "import json\ngiven = json.load(open('c.json'))\n"
    text += HEAD + "config = SFTConfig(learning_rate=given['rate'])\n" + TRAINER
    files = {"train.py": text, "c.json": '{\n  "rate": 0.005\n}\n'}
    assert where(problems(files)) == [("c.json", 2)]


def test_a_rate_that_can_not_be_followed_is_left_alone(problems):
    text = "import os\nconfig = SFTConfig(learning_rate=float(os.environ['LR']))\n"
    assert where(problems({"train.py": HEAD + text + TRAINER})) == []


PARSED = """
from trl import SFTConfig, SFTTrainer, TrlParser
(config,) = TrlParser((SFTConfig,)).parse_args_and_config()
trainer = SFTTrainer("Qwen/Qwen3-4B", args=config, train_dataset=rows, eval_dataset=held_out)
"""


def test_what_a_parser_may_get_is_not_taken_for_absent(problems):
    assert where(problems({"train.py": PARSED}), "L403") == []


def test_what_the_workspaces_own_command_does_not_pass_is_absent(problems):
    files = {"train.py": PARSED, "sft.yaml": "learning_rate: 0.005\n"}
    found = problems(files, command="python train.py --config sft.yaml", given=True)
    assert where(found, "L403") == [("train.py", 4)]
    assert where(found) == [("sft.yaml", 1)]


def test_a_problem_in_an_imported_module_is_told_there(problems):
    module = HEAD + "def config():\n    return SFTConfig(learning_rate=5e-3)\n"
    text = "from trl import SFTTrainer\nfrom lib import config as make\nconfig = make()\n" + TRAINER
    assert where(problems({"train.py": text, "lib.py": module})) == [("lib.py", 3)]


def test_adapters_in_a_branch_leave_the_band_open(problems):
    text = (
        "from peft import LoraConfig\nadapter = None\nif use:\n    adapter = LoraConfig()\n"
        "config = SFTConfig(learning_rate={rate})\n"
        "trainer = SFTTrainer('Qwen/Qwen3-4B', args=config, train_dataset=r, peft_config=adapter)\n"
    )
    assert where(problems({"train.py": HEAD + text.format(rate="2e-4")})) == []
    assert where(problems({"train.py": HEAD + text.format(rate="5e-3")})) == [("train.py", 6)]


def test_a_small_local_model_may_learn_faster(problems, tmp_path):
    weights = tmp_path / "base" / "model.safetensors"
    text = (HEAD + "config = SFTConfig(learning_rate=5e-3)\n" + TRAINER).replace(
        "Qwen/Qwen3-4B", "base"
    )
    assert where(problems({"train.py": text})) != []
    weights.parent.mkdir()
    weights.write_bytes(b"0" * 1000)
    assert where(problems({"train.py": text})) == []


def test_code_without_a_trainer_has_no_problems(problems):
    secret = "login(token='hf_aBcDeFgHiJkLmNoPqRsTuVwXyZ0123456789')\n"
    assert problems({"train.py": "from transformers import AutoModel\n" + secret}) == []
    found = problems({"train.py": "from transformers import Trainer\n" + secret})
    assert [one.rule.id for one in found] == ["L901"]


def test_text_that_is_only_in_an_editor_is_linted(tmp_path):
    text = HEAD + "config = SFTConfig(learning_rate=5e-3)\n" + TRAINER
    code = TrainingCode(tmp_path, TrainCommand("python new.py", "new.py"), {"new.py": text})
    assert where(lint(code)) == [("new.py", 2)]
