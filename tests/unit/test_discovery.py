"""What is found in a repository without an `intern.toml`, and the one that is proposed."""

import json
import subprocess
from pathlib import Path

import pytest
from intern_daemon.errors import BadInput
from intern_daemon.workspace.config import parse
from intern_daemon.workspace.discovery import discover, to_toml
from intern_daemon.workspace.training_data import data_facts

TRAIN = """\
import argparse
from pathlib import Path

from datasets import load_dataset
from transformers import AutoModelForCausalLM, AutoTokenizer
from trl import SFTConfig, SFTTrainer

DATA = Path("data")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--model", default="base/tiny")
    parser.add_argument("--output-dir", default="outputs/sft")
    args = parser.parse_args()
    files = {"train": str(DATA / "train.jsonl"), "validation": "data/dev.jsonl"}
    data = load_dataset("json", data_files=files)
    trainer = SFTTrainer(
        model=AutoModelForCausalLM.from_pretrained(args.model),
        args=SFTConfig(output_dir=args.output_dir),
        train_dataset=data["train"],
        eval_dataset=data["validation"],
        processing_class=AutoTokenizer.from_pretrained(args.model),
    )
    trainer.train()
    trainer.save_model(args.output_dir)


if __name__ == "__main__":
    main()
"""

EVALUATE = """\
import argparse
import json

parser = argparse.ArgumentParser()
parser.add_argument("--split", choices=["dev", "test"], default="dev")
split = parser.parse_args().split
rows = [json.loads(line) for line in open(f"data/{split}.jsonl")]
print("scoring", len(rows))
print(json.dumps({"n": len(rows), "exact_match": 0.5}))
"""


@pytest.fixture
def repository(tmp_path) -> Path:
    (tmp_path / "data").mkdir()
    for split in ("train", "dev", "test"):
        (tmp_path / f"data/{split}.jsonl").write_text('{"prompt": "a", "completion": "b"}\n')
    (tmp_path / "base/tiny").mkdir(parents=True)
    (tmp_path / "base/tiny/config.json").write_text("{}")
    (tmp_path / "train.py").write_text(TRAIN)
    (tmp_path / "evaluate.py").write_text(EVALUATE)
    (tmp_path / "notes.py").write_text(
        "# SFTTrainer(...) is what train.py calls\nprint('SFTTrainer()')\n"
    )
    (tmp_path / "broken.py").write_text("def (:\n")
    return tmp_path


def git(root: Path, *words: str) -> None:
    subprocess.run(["git", "-C", str(root), *words], check=True, capture_output=True)


def test_everything_is_found_with_its_line(repository):
    found = discover(repository)
    assert [guess.value for guess in found.scripts] == ["train.py"]
    assert found.scripts[0].source == "from SFTTrainer, train.py:18"
    assert found.command == "python train.py"
    assert found.method == "sft"
    assert found.evaluate.value == "python evaluate.py --split dev"
    assert found.test.value == "python evaluate.py --split test"
    assert (found.metric.value, found.direction) == ("exact_match", "max")
    assert [guess.value for guess in found.models] == ["base/tiny"]
    assert found.models[0].source == "from argparse, train.py:13"
    assert [guess.value for guess in found.train_data] == ["data/train.jsonl"]
    assert {guess.value for guess in found.held_out_data} == {"data/dev.jsonl", "data/test.jsonl"}
    assert [(g.value, g.source) for g in found.outputs] == [
        ("outputs/sft", "from argparse, train.py:14")
    ]
    assert found.python is None
    assert found.missing == []


def test_the_proposal_is_a_valid_intern_toml(repository):
    config = parse(to_toml(discover(repository)))
    assert config.train.command == "python train.py"
    assert config.train.outputs == ["outputs/sft"]
    assert config.eval.command == "python evaluate.py --split dev"
    assert config.eval.test == "python evaluate.py --split test"
    assert config.eval.metric == "exact_match"
    assert set(config.locked.paths) == {"evaluate.py", "data/dev.jsonl", "data/test.jsonl"}
    assert config.locked.models == ["base/tiny"]


def test_the_interpreter_of_the_repository_is_proposed(repository):
    (repository / ".venv/bin").mkdir(parents=True)
    (repository / ".venv/bin/python").touch()
    assert parse(to_toml(discover(repository))).train.python == ".venv/bin/python"


def test_ignored_data_are_shared_with_checkouts(repository):
    git(repository, "init", "-q")
    (repository / ".gitignore").write_text("data/\n*.safetensors\n")
    assert [guess.value for guess in discover(repository).share] == ["data"]
    assert parse(to_toml(discover(repository))).train.share == ["data"]


def test_tracked_data_are_not_shared(repository):
    git(repository, "init", "-q")
    assert discover(repository).share == []


def test_ignored_scripts_are_passed_over(repository):
    git(repository, "init", "-q")
    (repository / "old").mkdir()
    (repository / "old/train.py").write_text(TRAIN)
    (repository / ".gitignore").write_text("old/\n")
    assert [guess.value for guess in discover(repository).scripts] == ["train.py"]


def test_without_an_evaluator_the_mend_is_told(repository):
    (repository / "evaluate.py").unlink()
    found = discover(repository)
    assert found.missing[0].startswith("No evaluator was found: write a script")
    with pytest.raises(BadInput, match="No evaluator was found"):
        to_toml(found)


def test_an_evaluator_that_prints_no_json_is_told(repository):
    (repository / "evaluate.py").write_text('print("exact match", 0.5)\n')
    assert discover(repository).missing[0].startswith("evaluate.py prints no JSON object")


def test_without_a_trainer_the_mend_is_told(tmp_path):
    (tmp_path / "main.py").write_text("print('hello')\n")
    found = discover(tmp_path)
    assert found.command is None
    assert "[train] command" in found.missing[0]


def test_a_metric_that_should_fall_is_minimised(repository):
    text = EVALUATE.replace("exact_match", "perplexity")
    (repository / "evaluate.py").write_text(text)
    assert parse(to_toml(discover(repository))).eval.direction == "min"


def test_an_evaluator_that_takes_a_file_has_its_test_beside_it(repository):
    text = (
        "import argparse, json\nparser = argparse.ArgumentParser()\n"
        'parser.add_argument("--data", default="data/dev.jsonl")\n'
        'TEST = "data/test.jsonl"\nscore = dict(accuracy=0.5)\nprint(json.dumps(score))\n'
    )
    (repository / "evaluate.py").write_text(text)
    found = discover(repository)
    assert found.evaluate.value == "python evaluate.py --data data/dev.jsonl"
    assert found.test.value == "python evaluate.py --data data/test.jsonl"
    assert found.metric.value == "accuracy"


def test_the_script_that_imports_the_trainer_is_the_one_to_run(tmp_path):
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib/work.py").write_text(TRAIN.partition("if __name__")[0])
    (tmp_path / "run.py").write_text("from lib.work import main\n\nmain()\n")
    assert [guess.value for guess in discover(tmp_path).scripts] == ["run.py"]


def test_models_and_data_sets_of_the_hub_are_named(tmp_path):
    (tmp_path / "sft.py").write_text(
        "from datasets import load_dataset\nfrom trl import SFTConfig, SFTTrainer\n"
        'SFTTrainer(model="Qwen/Qwen3-0.6B", args=SFTConfig("out"),\n'
        '  train_dataset=load_dataset("trl-lib/Capybara", split="train")).train()\n'
    )
    found = discover(tmp_path)
    assert [guess.value for guess in found.models] == ["Qwen/Qwen3-0.6B"]
    assert [(g.value, g.source) for g in found.datasets] == [
        ("trl-lib/Capybara", "load_dataset in sft.py:4")
    ]


def test_a_path_with_spaces_and_accents_is_quoted_in_the_command(repository):
    (repository / "train.py").rename(repository / "train é 1.py")
    config = parse(to_toml(discover(repository)))
    assert config.train.command == "python 'train é 1.py'"


def test_the_template_of_this_project_is_understood_as_it_is_written():
    root = Path(__file__).parents[2] / "workspace_templates/sft"
    if not (root / "intern.toml").is_file():
        pytest.skip("the template is not here")
    written = parse((root / "intern.toml").read_text())
    found = parse(to_toml(discover(root)))
    assert found.train.command == written.train.command
    assert found.train.outputs == written.train.outputs
    assert found.eval == written.eval
    assert set(found.locked.paths) == set(written.locked.paths)
    assert found.locked.models == written.locked.models


def test_data_facts_count_what_is_wrong(tmp_path):
    rows = [("a", "1"), ("a", "1"), ("a", "2"), ("b", ""), ("c", "3")]
    jsonl = "".join(json.dumps({"prompt": p, "completion": c}) + "\n" for p, c in rows)
    (tmp_path / "a.jsonl").write_text(jsonl)
    (tmp_path / "a.json").write_text(
        json.dumps({"data": [json.loads(x) for x in jsonl.splitlines()]})
    )
    (tmp_path / "a.csv").write_text("prompt,completion\n" + "".join(f"{p},{c}\n" for p, c in rows))
    for name in ("a.jsonl", "a.json", "a.csv"):
        facts = data_facts(tmp_path, [name])
        assert (facts.rows, facts.duplicates, facts.contradictory_prompts, facts.empty_answers) == (
            5,
            1,
            1,
            1,
        )
        assert (facts.shape, facts.conversational) == ("prompt_completion", False)


def test_a_broken_line_of_data_is_named(tmp_path):
    (tmp_path / "a.jsonl").write_text('{"text": "a"}\n{"text": \n')
    with pytest.raises(BadInput, match=r"a\.jsonl:2 is not valid JSON"):
        data_facts(tmp_path, ["a.jsonl"])
