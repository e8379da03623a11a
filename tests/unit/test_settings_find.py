"""Where a setting comes from, in scripts of every style."""

from pathlib import Path

import pytest
from intern_daemon.errors import CannotEdit
from intern_daemon.workspace.settings import find_settings

IMPORTS = "from trl import SFTConfig, SFTTrainer\n"


def code(root: Path, script: str, command: str = "python train.py", **files: str):
    (root / "train.py").write_text(script)
    for name, text in files.items():
        (root / name.replace("__", ".")).write_text(text)
    return find_settings(root, command)


def test_a_keyword_is_its_own_place(tmp_path):
    found = code(tmp_path, IMPORTS + "args = SFTConfig(\n    learning_rate=2e-5,\n)\n").get(
        "learning_rate"
    )
    assert (found.value, found.text, found.origin) == (2e-5, "2e-5", "keyword")
    assert (found.place.path, found.place.line, found.place.column) == ("train.py", 3, 19)


def test_an_absent_setting_is_none(tmp_path):
    assert code(tmp_path, IMPORTS + "args = SFTConfig(seed=1)\n").get("learning_rate") is None


def test_a_constant_is_followed_to_its_line(tmp_path):
    found = code(tmp_path, IMPORTS + "LR = 2e-5\nargs = SFTConfig(learning_rate=LR)\n").get(
        "learning_rate"
    )
    assert (found.value, found.place.line, found.origin) == (2e-5, 2, "constant")


def test_a_constant_of_another_module_is_found_there(tmp_path):
    script = IMPORTS + "from settings import LR\nargs = SFTConfig(learning_rate=LR)\n"
    found = code(tmp_path, script, settings__py="LR = 3e-5\n").get("learning_rate")
    assert (found.value, found.place.path) == (3e-5, "settings.py")


def test_an_attribute_of_an_imported_module_is_found_there(tmp_path):
    script = IMPORTS + "import settings\nargs = SFTConfig(learning_rate=settings.LR)\n"
    found = code(tmp_path, script, settings__py="LR = 3e-5\n").get("learning_rate")
    assert (found.value, found.place.path) == (3e-5, "settings.py")


ARGPARSE = (
    "import argparse\n" + IMPORTS + "def main():\n"
    "    parser = argparse.ArgumentParser()\n"
    '    parser.add_argument("--learning-rate", "--lr", type=float, default=2e-5)\n'
    "    args = parser.parse_args()\n"
    "    return SFTConfig(learning_rate=args.learning_rate)\n"
)


def test_an_argparse_default_is_the_place(tmp_path):
    found = code(tmp_path, ARGPARSE).get("learning_rate")
    assert (found.value, found.place.line, found.origin) == (2e-5, 5, "argparse default")


@pytest.mark.parametrize("flag", ["--lr 1e-4", "--learning-rate=1e-4", "--learning-rate 1e-4"])
def test_a_flag_of_the_command_beats_the_default_and_is_read_only(tmp_path, flag):
    found = code(tmp_path, ARGPARSE, f"python train.py {flag}").get("learning_rate")
    assert (found.value, found.origin, found.place.path) == (1e-4, "command line", "intern.toml")
    assert "intern.toml" in found.locked


def test_args_that_a_function_of_the_script_parses_are_followed(tmp_path):
    script = (
        "import argparse\n" + IMPORTS + "def parse():\n"
        "    p = argparse.ArgumentParser()\n"
        '    p.add_argument("--lr", default=2e-5)\n'
        "    return p.parse_args()\n"
        "def train(args):\n"
        "    return SFTConfig(learning_rate=args.lr)\n"
        "train(parse())\n"
    )
    found = code(tmp_path, script).get("learning_rate")
    assert (found.value, found.place.line) == (2e-5, 5)


def test_a_parameter_default_is_followed(tmp_path):
    script = IMPORTS + "def main(lr: float = 2e-5):\n    SFTConfig(learning_rate=lr)\nmain()\n"
    found = code(tmp_path, script).get("learning_rate")
    assert (found.value, found.origin, found.place.line) == (2e-5, "parameter default", 2)


def test_a_dataclass_field_read_by_a_parser_is_found(tmp_path):
    script = (
        "from dataclasses import dataclass, field\nfrom transformers import HfArgumentParser\n"
        + IMPORTS
        + "@dataclass\nclass Extra:\n    lr: float = field(default=2e-5, metadata={})\n"
        "@dataclass\nclass Config(SFTConfig):\n    weight_decay: float = 0.01\n"
        "extra, config = HfArgumentParser((Extra, Config)).parse_args_into_dataclasses()\n"
        "config.learning_rate = extra.lr\n"
        "trainer = SFTTrainer(args=config)\n"
    )
    found = code(tmp_path, script)
    assert (found.get("weight_decay").value, found.get("weight_decay").place.line) == (0.01, 9)
    assert (found.get("learning_rate").value, found.get("learning_rate").place.line) == (2e-5, 6)
    assert found.config_name == "SFTConfig"


@pytest.mark.parametrize(
    ("name", "loader", "text"),
    [
        ("config__yaml", "yaml.safe_load(open('config.yaml'))", "train:\n  lr: 2.0e-05\n"),
        ("config__json", "json.load(open('config.json'))", '{"train": {"lr": 2.0e-05}}'),
        (
            "config__toml",
            "tomllib.loads(Path('config.toml').read_text())",
            "[train]\nlr = 2.0e-05\n",
        ),
        (
            "config__yaml",
            "OmegaConf.load(Path(__file__).parent / 'config.yaml')",
            "train: {lr: 2.0e-05}\n",
        ),
    ],
)
@pytest.mark.parametrize(
    "use",
    [
        "learning_rate=cfg['train']['lr']",
        "learning_rate=cfg.train.lr",
        "learning_rate=float(cfg['train'].get('lr', 1e-3))",
    ],
)
def test_a_key_of_a_configuration_file_is_followed(tmp_path, name, loader, text, use):
    script = IMPORTS + f"cfg = {loader}\nargs = SFTConfig({use})\n"
    found = code(tmp_path, script, **{name: text}).get("learning_rate")
    assert (found.value, found.text, found.origin) == (2e-5, "2.0e-05", "config file")
    assert found.place.path == name.replace("__", ".")


def test_keywords_unpacked_from_a_configuration_file_are_found(tmp_path):
    script = (
        "import yaml\n" + IMPORTS + "def load(path='config.yaml'):\n"
        "    with open(path) as stream:\n        return yaml.safe_load(stream)\n"
        "args = SFTConfig(output_dir='out', **load()['training'])\n"
    )
    found = code(tmp_path, script, config__yaml="training:\n  learning_rate: 2e-5 # low\n")
    assert found.get("learning_rate").value == 2e-5
    assert found.get("learning_rate").text == "2e-5"


def test_a_dictionary_that_is_unpacked_is_found(tmp_path):
    script = IMPORTS + "base = {'learning_rate': 2e-5}\nargs = SFTConfig(**base)\n"
    found = code(tmp_path, script).get("learning_rate")
    assert (found.value, found.place.line) == (2e-5, 2)


def test_a_trl_parser_reads_the_file_of_the_command(tmp_path):
    script = IMPORTS + (
        "from trl import ScriptArguments, TrlParser\n"
        "kinds = (ScriptArguments, SFTConfig)\n"
        "script_args, training_args = TrlParser(kinds).parse_args_and_config()\n"
        "SFTTrainer(model='m', args=training_args)\n"
    )
    found = code(
        tmp_path, script, "python train.py --config sft.yaml", sft__yaml="learning_rate: 2.0e-5\n"
    )
    assert found.get("learning_rate").place.path == "sft.yaml"


def test_a_computed_value_is_not_known(tmp_path):
    found = code(tmp_path, IMPORTS + "args = SFTConfig(learning_rate=search())\n")
    assert found.get("learning_rate") is None
    assert not found.is_known("learning_rate")


def test_a_name_assigned_twice_is_not_guessed(tmp_path):
    script = IMPORTS + "lr = 1e-5\nif FAST:\n    lr = 1e-4\nargs = SFTConfig(learning_rate=lr)\n"
    found = code(tmp_path, script)
    assert found.get("learning_rate") is None
    with pytest.raises(CannotEdit, match="assigned more than once"):
        found.set("learning_rate", 1e-3)


@pytest.mark.parametrize(
    ("command", "script"),
    [
        ("python train.py --epochs 3", "train.py"),
        ("accelerate launch --num_processes 2 src/run.py", "src/run.py"),
        ("torchrun --nproc_per_node=2 src/run.py --config a.yaml", "src/run.py"),
        ("python -m src.run", "src/run.py"),
        ("OMP_NUM_THREADS=1 .venv/bin/python -u train.py", "train.py"),
        ("cd . && python train.py", "train.py"),
        ("uv run train.py", "train.py"),
    ],
)
def test_the_script_of_a_command_is_found(tmp_path, command, script):
    (tmp_path / "src").mkdir()
    for path in ("train.py", "src/run.py"):
        (tmp_path / path).write_text(IMPORTS)
    assert find_settings(tmp_path, command).script == script


@pytest.mark.parametrize(
    "command", ["make train", "python missing.py", "python 'train.py", "python ../out.py"]
)
def test_a_command_without_a_script_is_one_sentence(tmp_path, command):
    (tmp_path.parent / "out.py").write_text("")
    with pytest.raises(CannotEdit) as error:
        find_settings(tmp_path, command)
    assert str(error.value).count(". ") == 0


def test_a_script_that_does_not_parse_is_named_with_its_line(tmp_path):
    with pytest.raises(CannotEdit, match=r"train\.py:2 is not valid Python"):
        code(tmp_path, "x = 1\ny = (\n")


@pytest.mark.parametrize(
    ("script", "method"),
    [
        ("from trl import SFTTrainer\nSFTTrainer()", "sft"),
        ("from trl import SFTTrainer as T\nT()", "sft"),
        ("import trl\ntrl.DPOTrainer()", "dpo"),
        ("from trl import GRPOTrainer\nGRPOTrainer()", "grpo"),
        (
            "from peft import LoraConfig\nfrom trl import SFTTrainer\n"
            "SFTTrainer(peft_config=LoraConfig(r=8))",
            "lora",
        ),
        ("from trl import DPOTrainer\nclass Mine(DPOTrainer):\n    pass\nMine()", "dpo"),
        ("print('SFTTrainer()')", "unknown"),
    ],
)
def test_the_method_comes_from_the_trainer_class(tmp_path, script, method):
    assert code(tmp_path, script).method == method


def test_a_trainer_in_an_imported_module_is_found(tmp_path):
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib" / "work.py").write_text(
        IMPORTS + "def go():\n    SFTTrainer(args=SFTConfig(learning_rate=1e-5))\n"
    )
    found = code(tmp_path, "from lib.work import go\ngo()\n")
    assert found.method == "sft"
    assert found.get("learning_rate").place.path == "lib/work.py"


def test_a_key_set_after_the_dictionary_is_made_wins(tmp_path):
    script = (
        IMPORTS
        + "base = dict(learning_rate=1e-5)\nbase['learning_rate'] = 2e-5\nSFTConfig(**base)\n"
    )
    found = code(tmp_path, script).get("learning_rate")
    assert (found.value, found.place.line, found.origin) == (2e-5, 3, "assignment")


def test_a_dictionary_inside_a_dictionary_is_looked_into(tmp_path):
    script = IMPORTS + "low = {'learning_rate': 1e-5}\nSFTConfig(**{'seed': 1, **low})\n"
    assert code(tmp_path, script).get("learning_rate").place.line == 2
    script = IMPORTS + "SFTConfig(**{'seed': 1, **rest()})\n"
    assert not code(tmp_path, script).is_known("learning_rate")


def test_an_updated_dictionary_is_not_guessed(tmp_path):
    script = IMPORTS + "base = {'seed': 1}\nbase.update(load())\nSFTConfig(**base)\n"
    with pytest.raises(CannotEdit, match=r"`base` is updated \(train.py:3\)"):
        code(tmp_path, script).set("learning_rate", 1e-4)


def test_of_two_configurations_the_one_of_the_trainer_counts(tmp_path):
    script = IMPORTS + (
        "warm = SFTConfig(learning_rate=1e-6)\nreal = SFTConfig(learning_rate=2e-5)\n"
        "SFTTrainer('m', real)\n"
    )
    assert code(tmp_path, script).get("learning_rate").value == 2e-5
