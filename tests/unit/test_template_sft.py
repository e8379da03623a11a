"""The SFT workspace template is whole, clean where it must be, and reproducible."""

import json
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

TEMPLATE = Path(__file__).parents[2] / "workspace_templates" / "sft"
SPLITS = ("train", "dev", "test")


def rows(split: str) -> list[dict]:
    lines = (TEMPLATE / "data" / f"{split}.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def prompts(split: str) -> set[str]:
    return {row["messages"][0]["content"] for row in rows(split)}


def test_the_splits_have_their_sizes():
    assert {split: len(rows(split)) for split in SPLITS} == {"train": 2480, "dev": 300, "test": 400}


@pytest.mark.parametrize(("one", "other"), [("train", "dev"), ("train", "test"), ("dev", "test")])
def test_two_splits_share_no_prompt(one, other):
    assert not prompts(one) & prompts(other)


@pytest.mark.parametrize("split", ["dev", "test"])
def test_a_held_out_split_asks_nothing_twice(split):
    assert len(prompts(split)) == len(rows(split))


def test_a_third_of_train_is_exact_duplicates():
    train = rows("train")
    distinct = {json.dumps(row) for row in train}
    assert 0.25 < 1 - len(distinct) / len(train) < 0.35


def test_some_train_prompts_have_two_answers():
    distinct = {json.dumps(row) for row in rows("train")}
    assert len(distinct) - len(prompts("train")) == 101


def test_make_data_makes_the_committed_bytes(tmp_path):
    command = [sys.executable, TEMPLATE / "make_data.py", "--out", tmp_path]
    subprocess.run(command, check=True, capture_output=True)
    for split in SPLITS:
        made = (tmp_path / f"{split}.jsonl").read_bytes()
        assert made == (TEMPLATE / "data" / f"{split}.jsonl").read_bytes()


def test_the_base_model_is_smaller_than_a_megabyte():
    assert sum(file.stat().st_size for file in (TEMPLATE / "base" / "tiny").iterdir()) < 1_000_000


def test_the_chat_template_ends_the_assistant_turn_inside_what_is_trained_on():
    template = (TEMPLATE / "base" / "tiny" / "chat_template.jinja").read_text(encoding="utf-8")
    trained_on = template.split("{% generation %}")[1].split("{% endgeneration %}")[0]
    assert trained_on == "{{ message['content'] + '<|im_end|>' }}"


def test_intern_toml_locks_files_that_exist():
    config = tomllib.loads((TEMPLATE / "intern.toml").read_text(encoding="utf-8"))
    assert config["locked"] == {
        "paths": ["evaluate.py", "data/dev.jsonl", "data/test.jsonl"],
        "models": ["base/tiny"],
    }
    assert all((TEMPLATE / path).exists() for paths in config["locked"].values() for path in paths)
    assert config["eval"]["metric"] == "exact_match"
    assert config["budget"] == {"minutes": 8, "runs": 60, "usd": 0.0, "tokens": 2_000_000}


def test_scoring_without_a_model_is_one_sentence_and_exit_2(tmp_path):
    shutil.copy(TEMPLATE / "evaluate.py", tmp_path)
    command = [sys.executable, "evaluate.py", "--split", "dev"]
    run = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert run.returncode == 2
    assert run.stderr == "There is no trained model in outputs/: run `python train.py`.\n"
    assert run.stdout == ""
