"""What the catalogue proposes for real training scripts of several styles, and the exact edits."""

import ast
import json
from pathlib import Path

import pytest
from intern_daemon.agent.playbook.interventions import Candidate, all_candidates, catalogue

IDS = [
    "learning_rate_up", "learning_rate_down", "warmup", "epochs_up", "epochs_down", "batch_down",
    "batch_up", "clip_gradients", "completion_only_loss", "end_of_sequence", "deduplicate",
    "weight_decay", "best_checkpoint", "lora_targets", "lora_rank", "beta_up", "beta_down",
    "nll_term", "label_smoothing", "more_generations", "temperature_up", "longer_completions",
    "clip_higher", "length_neutral_loss",
]  # fmt: skip

PLAIN = """\
from datasets import load_dataset
from peft import LoraConfig
from trl import SFTConfig, SFTTrainer

data = load_dataset("json", data_files={"train": "data/train.jsonl", "test": "data/dev.jsonl"})
trainer = SFTTrainer(
    model="base/tiny",
    args=SFTConfig(
        output_dir="outputs",
        num_train_epochs=3,
        per_device_train_batch_size=8,
        learning_rate=2e-5,  # the default
        completion_only_loss=False,
    ),
    peft_config=LoraConfig(r=8, target_modules=["q_proj", "v_proj"]),
    train_dataset=data["train"],
    eval_dataset=data["test"],
)
trainer.train()
"""

ARGPARSE = """\
import argparse

from trl import SFTConfig, SFTTrainer

parser = argparse.ArgumentParser()
parser.add_argument("--lr", type=float, default=0.00002)
parser.add_argument("--steps", type=int, default=300)
parser.add_argument("--batch-size", type=int, default=32)
options = parser.parse_args()

config = SFTConfig(
    output_dir="outputs",
    max_steps=options.steps,
    per_device_train_batch_size=options.batch_size,
    learning_rate=options.lr,
)
SFTTrainer(model="base/tiny", args=config, train_dataset=rows()).train()
"""

DATACLASS = """\
from dataclasses import dataclass

from transformers import HfArgumentParser
from trl import SFTConfig, SFTTrainer


@dataclass
class Config(SFTConfig):
    learning_rate: float = 1e-5
    num_train_epochs: float = 2.0


(config,) = HfArgumentParser(Config).parse_args_into_dataclasses()
SFTTrainer(model="base/tiny", args=config, train_dataset=rows()).train()
"""

YAML = """\
import yaml
from trl import DPOConfig, DPOTrainer

with open("config.yaml") as stream:
    config = yaml.safe_load(stream)
DPOTrainer(model="base/tiny", args=DPOConfig(**config["training"]), train_dataset=rows()).train()
"""

CONSTANTS = """\
from trl import GRPOConfig, GRPOTrainer

LR = 1e-6
EPOCHS = 1
args = GRPOConfig(output_dir="outputs", learning_rate=LR, num_train_epochs=EPOCHS)
GRPOTrainer("base/tiny", reward, args, rows()).train()
"""


def candidates(root: Path, script: str, **files: str) -> dict[str, Candidate]:
    (root / "train.py").write_text(script)
    for name, text in files.items():
        (root / name.replace("__", ".")).write_text(text)
    found = all_candidates(root, "python train.py")
    for one in found:
        for edit in one.edits:
            if edit.path.endswith(".py"):
                ast.parse(edit.after)
    return {one.id: one for one in found}


def lines(candidate: Candidate) -> list[str]:
    return [
        line
        for edit in candidate.edits
        for line in edit.diff.splitlines()[2:]
        if not line.startswith("@@")
    ]


@pytest.fixture
def rows(tmp_path):
    (tmp_path / "data").mkdir()
    train = [{"prompt": f"{n}+1", "completion": str(n + 1)} for n in range(50)]
    (tmp_path / "data/train.jsonl").write_text("".join(json.dumps(row) + "\n" for row in train))
    (tmp_path / "data/dev.jsonl").write_text('{"prompt": "9+9", "completion": "18"}\n')
    return tmp_path


def test_the_catalogue_has_every_intervention_once():
    assert sorted(one.id for one in catalogue()) == sorted(IDS)


def test_plain_keywords_are_edited_in_place(rows):
    found = candidates(rows, PLAIN)
    assert lines(found["learning_rate_up:x10"]) == [
        "-        learning_rate=2e-5,  # the default",
        "+        learning_rate=2e-4,  # the default",
    ]
    assert found["learning_rate_up:x10"].title == "learning rate 2e-5 -> 2e-4"
    assert (
        lines(found["learning_rate_down:d3"])[1] == "+        learning_rate=6.7e-6,  # the default"
    )
    assert lines(found["epochs_up:x2"]) == [
        "-        num_train_epochs=3,",
        "+        num_train_epochs=6,",
    ]
    assert found["epochs_up:x2"].cost == 2.0
    assert lines(found["epochs_down:d3"])[1] == "+        num_train_epochs=1,"
    assert lines(found["batch_down:d4"])[1] == "+        per_device_train_batch_size=2,"
    assert lines(found["batch_up:x2"]) == ["+        gradient_accumulation_steps=2,"]
    assert lines(found["warmup:10%"]) == ["+        warmup_steps=0.1,"]
    assert lines(found["weight_decay:0.1"]) == ["+        weight_decay=0.1,"]
    assert lines(found["clip_gradients:0.3"]) == ["+        max_grad_norm=0.3,"]
    assert lines(found["completion_only_loss:completion"]) == [
        "-        completion_only_loss=False,",
        "+        completion_only_loss=True,",
    ]
    assert lines(found["best_checkpoint:loss"]) == [
        '+        eval_strategy="epoch",',
        '+        save_strategy="epoch",',
        "+        load_best_model_at_end=True,",
    ]
    assert lines(found["lora_targets:all-linear"]) == [
        '-    peft_config=LoraConfig(r=8, target_modules=["q_proj", "v_proj"]),',
        '+    peft_config=LoraConfig(r=8, target_modules="all-linear"),',
    ]
    assert lines(found["lora_rank:x4"])[1] == (
        '+    peft_config=LoraConfig(r=32, target_modules=["q_proj", "v_proj"]),'
    )
    assert "deduplicate:train" not in found
    assert "end_of_sequence:template" not in found


def test_argparse_defaults_are_edited(rows):
    found = candidates(rows, ARGPARSE)
    assert lines(found["learning_rate_up:x10"]) == [
        '-parser.add_argument("--lr", type=float, default=0.00002)',
        '+parser.add_argument("--lr", type=float, default=0.0002)',
    ]
    assert (
        lines(found["epochs_up:x3"])[1] == '+parser.add_argument("--steps", type=int, default=900)'
    )
    assert lines(found["warmup:10%"]) == ["+    warmup_steps=30,"]
    assert found["batch_down:d2"].cost == 0.5
    assert "best_checkpoint:loss" not in found
    assert "lora_rank:x4" not in found


def test_a_flag_of_the_command_takes_its_interventions_away(rows):
    (rows / "train.py").write_text(ARGPARSE)
    found = {one.intervention for one in all_candidates(rows, "python train.py --lr 1e-4")}
    assert not found & {"learning_rate_up", "learning_rate_down"}
    assert "epochs_up" in found


def test_dataclass_fields_are_edited(rows):
    found = candidates(rows, DATACLASS)
    assert lines(found["learning_rate_up:x3"]) == [
        "-    learning_rate: float = 1e-5",
        "+    learning_rate: float = 3e-5",
    ]
    assert lines(found["epochs_up:x2"])[1] == "+    num_train_epochs: float = 4.0"
    assert lines(found["weight_decay:0.1"]) == ["+    weight_decay: float = 0.1"]


def test_a_yaml_file_is_edited_and_the_script_is_not(rows):
    text = (
        "# DPO\ntraining:\n  output_dir: outputs\n  learning_rate: 5.0e-07   # low\n  beta: 0.1\n"
    )
    found = candidates(rows, YAML, config__yaml=text)
    up = found["learning_rate_up:x10"]
    assert [edit.path for edit in up.edits] == ["config.yaml"]
    assert lines(up) == [
        "-  learning_rate: 5.0e-07   # low",
        "+  learning_rate: 5.0e-06   # low",
    ]


@pytest.mark.parametrize(
    ("name", "loader", "text", "after"),
    [
        (
            "c__toml",
            "tomllib.load(open('c.toml', 'rb'))",
            "learning_rate = 5e-7 # low\nbeta = 0.1\n",
            "learning_rate = 5e-6 # low",
        ),
        (
            "c__json",
            "json.load(open('c.json'))",
            '{\n  "learning_rate": 5e-07,\n  "beta": 0.1\n}\n',
            '  "learning_rate": 5e-06,',
        ),
    ],
)
def test_toml_and_json_files_are_edited(rows, name, loader, text, after):
    script = (
        f"from trl import DPOConfig, DPOTrainer\nconfig = {loader}\n"
        "DPOTrainer(args=DPOConfig(**config))\n"
    )
    found = candidates(rows, script, **{name: text})
    assert lines(found["learning_rate_up:x10"])[1] == f"+{after}"


def test_constants_are_edited_and_grpo_keeps_its_batch(rows):
    found = candidates(rows, CONSTANTS)
    assert lines(found["learning_rate_up:x10"]) == ["-LR = 1e-6", "+LR = 1e-5"]
    assert lines(found["epochs_up:x2"]) == ["-EPOCHS = 1", "+EPOCHS = 2"]
    assert not {one for one in found if one.startswith(("batch", "epochs_down", "completion"))}


def test_absent_settings_start_from_the_defaults_of_the_library(rows):
    script = (
        "from trl import SFTConfig, SFTTrainer\n"
        'SFTTrainer("base/tiny", SFTConfig("out"), None, rows())\n'
    )
    found = candidates(rows, script)
    assert found["learning_rate_up:x10"].title == "learning rate 2e-5 -> 2e-4"
    assert lines(found["learning_rate_up:x10"])[1].endswith(
        'SFTConfig("out", learning_rate=2e-4), None, rows())'
    )
    assert lines(found["epochs_up:x2"])[1].endswith(
        'SFTConfig("out", num_train_epochs=6), None, rows())'
    )


def test_a_constant_schedule_gets_the_one_that_can_warm_up(rows):
    script = PLAIN.replace(
        "learning_rate=2e-5,", 'lr_scheduler_type="constant", learning_rate=2e-5,'
    )
    assert '"constant_with_warmup"' in lines(candidates(rows, script)["warmup:10%"])[1]


def test_a_run_with_warm_up_gets_none(rows):
    assert "warmup:10%" not in candidates(
        rows, PLAIN.replace("learning_rate=2e-5,", "learning_rate=2e-5, warmup_steps=5,")
    )


def test_clipping_that_is_off_is_turned_on(rows):
    script = PLAIN.replace("learning_rate=2e-5,", "learning_rate=2e-5, max_grad_norm=0.0,")
    assert candidates(rows, script)["clip_gradients:1"].title == "gradient clipping 0.0 -> 1.0"


def test_an_excessive_weight_decay_is_lowered(rows):
    found = candidates(
        rows, PLAIN.replace("learning_rate=2e-5,", "learning_rate=2e-5, weight_decay=10,")
    )
    assert found["weight_decay:0.01"].title == "weight decay 10 -> 0.01"
    assert "weight_decay:0.1" not in found


def test_the_best_checkpoint_is_saved_where_it_is_evaluated(rows):
    script = PLAIN.replace(
        "learning_rate=2e-5,",
        'eval_strategy="steps", eval_steps=25, save_strategy="no", learning_rate=2e-5,',
    )
    (removed, *added) = lines(candidates(rows, script)["best_checkpoint:loss"])
    assert 'save_strategy="no"' in removed
    assert 'save_strategy="steps"' in added[0]
    assert added[1:] == ["+        save_steps=25,", "+        load_best_model_at_end=True,"]


def test_the_default_loss_on_prompt_and_completion_needs_no_change(rows):
    script = PLAIN.replace("        completion_only_loss=False,\n", "")
    assert "completion_only_loss:completion" not in candidates(rows, script)


def test_no_candidate_touches_data_evaluation_or_seeds(rows):
    for one in candidates(
        rows, PLAIN.replace("learning_rate=2e-5,", "learning_rate=2e-5, seed=3,")
    ).values():
        assert {edit.path for edit in one.edits} == {"train.py"}
        assert all(
            "seed=3" in edit.after and 'eval_dataset=data["test"]' in edit.after
            for edit in one.edits
        )


def test_every_candidate_says_what_it_expects_and_where_it_comes_from(rows):
    for one in candidates(rows, PLAIN).values():
        assert one.hypothesis.endswith(".")
        assert one.source
        assert 0 <= one.prior <= 1
        assert one.cost > 0
        assert all(edit.changes for edit in one.edits)
        assert one.id.startswith(f"{one.intervention}:")


def test_a_locked_file_is_never_edited(rows):
    (rows / "intern.toml").write_text(
        '[train]\ncommand = "python train.py"\n[eval]\ncommand = "x"\nmetric = "m"\n'
        '[locked]\npaths = ["config.yaml", "lib"]\n'
    )
    text = "training:\n  output_dir: outputs\n  learning_rate: 5.0e-07\n"
    found = candidates(rows, YAML, config__yaml=text)
    assert found
    assert all(edit.path == "train.py" for one in found.values() for edit in one.edits)
    assert "learning_rate_up:x10" not in found
