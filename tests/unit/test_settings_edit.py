"""What an edit of a setting changes: the one place, and nothing else."""

import ast
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from intern_daemon.errors import CannotEdit
from intern_daemon.workspace.settings import FileEdit, find_settings
from intern_daemon.workspace.settings.config_file import ConfigFile

IMPORTS = "from trl import SFTConfig, SFTTrainer\n"


def code(root: Path, script: str, command: str = "python train.py", **files: str):
    (root / "train.py").write_bytes(script.encode())
    for name, text in files.items():
        (root / name.replace("__", ".")).write_bytes(text.encode())
    return find_settings(root, command)


def lines(edit) -> list[str]:
    return [line for line in edit.diff.splitlines()[2:] if not line.startswith("@@")]


@pytest.mark.parametrize(
    ("body", "removed", "added"),
    [
        (
            "SFTConfig(learning_rate=2e-5)",
            "SFTConfig(learning_rate=2e-5)",
            "SFTConfig(learning_rate=2e-4)",
        ),
        (
            "SFTConfig(learning_rate = 0.00002, seed=1)",
            "SFTConfig(learning_rate = 0.00002, seed=1)",
            "SFTConfig(learning_rate = 0.0002, seed=1)",
        ),
        (
            "SFTConfig(\n  learning_rate=2.0e-05,   # low\n)",
            "  learning_rate=2.0e-05,   # low",
            "  learning_rate=2.0e-04,   # low",
        ),
        ("LR = 2E-5  # é\nSFTConfig(learning_rate=LR)", "LR = 2E-5  # é", "LR = 2E-4  # é"),
        (
            "é = 'é'; x = dict(learning_rate=2e-5)\nSFTConfig(**x)",
            "é = 'é'; x = dict(learning_rate=2e-5)",
            "é = 'é'; x = dict(learning_rate=2e-4)",
        ),
        (
            "SFTConfig(learning_rate=2 * 1e-5)",
            "SFTConfig(learning_rate=2 * 1e-5)",
            "SFTConfig(learning_rate=0.0002)",
        ),
    ],
)
def test_only_the_line_of_the_value_differs(tmp_path, body, removed, added):
    edit = code(tmp_path, IMPORTS + body + "\n").set("learning_rate", 2e-4)
    assert lines(edit) == [f"-{removed}", f"+{added}"]
    ast.parse(edit.after)


def test_an_argparse_default_is_changed_and_not_the_keyword(tmp_path):
    script = (
        "import argparse\n" + IMPORTS + "p = argparse.ArgumentParser()\n"
        'p.add_argument("--lr", type=float, default=2e-5, help="rate")\n'
        "args = p.parse_args()\nSFTConfig(learning_rate=args.lr)\n"
    )
    edit = code(tmp_path, script).set("learning_rate", 2e-4)
    assert lines(edit) == [
        '-p.add_argument("--lr", type=float, default=2e-5, help="rate")',
        '+p.add_argument("--lr", type=float, default=2e-4, help="rate")',
    ]
    assert edit.changes[0].what == "learning_rate 2e-5 -> 2e-4"
    assert edit.changes[0].place.line == 4


def test_a_flag_of_the_command_can_not_be_edited(tmp_path):
    script = IMPORTS + "def main(lr=2e-5):\n    SFTConfig(learning_rate=lr)\n"
    with pytest.raises(CannotEdit, match=r"the training command passes `--lr 1e-4`"):
        code(tmp_path, script, "python train.py --lr 1e-4").set("learning_rate", 2e-4)


def test_the_same_value_is_refused(tmp_path):
    with pytest.raises(CannotEdit, match="is 2e-5 already"):
        code(tmp_path, IMPORTS + "SFTConfig(learning_rate=2e-5)\n").set("learning_rate", 2e-5)


@pytest.mark.parametrize(
    ("call", "after"),
    [
        ("SFTConfig()", "SFTConfig(max_grad_norm=1.0)"),
        ("SFTConfig(a=1)", "SFTConfig(a=1, max_grad_norm=1.0)"),
        ("SFTConfig('out', a=1,)", "SFTConfig('out', a=1, max_grad_norm=1.0,)"),
        (
            "SFTConfig(\n    a=1,\n    b=2,\n)",
            "SFTConfig(\n    a=1,\n    b=2,\n    max_grad_norm=1.0,\n)",
        ),
        (
            "SFTConfig(\n    a=1,\n    b=2\n)",
            "SFTConfig(\n    a=1,\n    b=2,\n    max_grad_norm=1.0\n)",
        ),
        ("SFTConfig(\n    a=1,\n)", "SFTConfig(\n    a=1,\n    max_grad_norm=1.0,\n)"),
        (
            "SFTConfig(a=1,\n          b=2)",
            "SFTConfig(a=1,\n          b=2,\n          max_grad_norm=1.0)",
        ),
        (
            "SFTConfig(\n    a=1,  # one\n    b=2,  # two\n    # end\n)",
            "SFTConfig(\n    a=1,  # one\n    b=2,  # two\n    # end\n    max_grad_norm=1.0,\n)",
        ),
        ("SFTConfig(a=1, **{'b': 2})", "SFTConfig(a=1, **{'b': 2}, max_grad_norm=1.0)"),
    ],
)
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_an_absent_setting_becomes_the_last_keyword(tmp_path, call, after, newline):
    before = f"{IMPORTS}args = {call}\nprint(args)\n".replace("\n", newline)
    edit = code(tmp_path, before).set("max_grad_norm", 1.0)
    assert edit.after == f"{IMPORTS}args = {after}\nprint(args)\n".replace("\n", newline)


def test_an_indented_call_keeps_its_indentation(tmp_path):
    script = IMPORTS + "def main():\n    args = SFTConfig(\n        a=1,\n        b=2,\n    )\n"
    edit = code(tmp_path, script).set("weight_decay", 0.1)
    assert lines(edit) == ["+        weight_decay=0.1,"]


def test_an_absent_setting_is_not_added_behind_unknown_keywords(tmp_path):
    with pytest.raises(CannotEdit, match=r"`\*\*load\(\)`"):
        code(tmp_path, IMPORTS + "SFTConfig(**load())\n").set("weight_decay", 0.1)


@pytest.mark.parametrize(
    ("call", "after"),
    [
        ("SFTConfig(a=1, b=2)", "SFTConfig(b=2)"),
        ("SFTConfig(b=2, a=1)", "SFTConfig(b=2)"),
        ("SFTConfig(a=1)", "SFTConfig()"),
        ("SFTConfig(\n    b=2,\n    a=1,\n)", "SFTConfig(\n    b=2,\n)"),
        ("SFTConfig(\n    a=1,\n    b=2\n)", "SFTConfig(\n    b=2\n)"),
    ],
)
def test_a_removed_keyword_leaves_a_tidy_call(tmp_path, call, after):
    edit = code(tmp_path, f"{IMPORTS}args = {call}\n").remove("a")
    assert edit.after == f"{IMPORTS}args = {after}\n"


@pytest.mark.parametrize(
    ("name", "loader", "text", "added"),
    [
        (
            "c__yaml",
            "yaml.safe_load(open('c.yaml'))",
            "# top\nlearning_rate:   2e-5   # low\ntags:\n- a\n",
            "learning_rate:   2e-4   # low",
        ),
        (
            "c__yaml",
            "yaml.safe_load(open('c.yaml'))",
            "learning_rate: 2.0e-5\nlong: 'x'\n",
            "learning_rate: 2.0e-4",
        ),
        (
            "c__yaml",
            "yaml.safe_load(open('c.yaml'))",
            "{seed: 1, learning_rate: 0.00002}\n",
            "{seed: 1, learning_rate: 0.0002}",
        ),
        (
            "c__toml",
            "tomllib.load(open('c.toml', 'rb'))",
            "# top\nlearning_rate = 2e-5 # low\nlist = [ 1,2 ]\n",
            "learning_rate = 2e-4 # low",
        ),
        (
            "c__json",
            "json.load(open('c.json'))",
            '{\n\t"a": [1,  2],\n\t"learning_rate" :2e-05\n}',
            '\t"learning_rate" :2e-04',
        ),
    ],
)
def test_a_value_of_a_configuration_file_changes_in_its_line(tmp_path, name, loader, text, added):
    script = f"{IMPORTS}SFTConfig(**{loader})\n"
    edit = code(tmp_path, script, **{name: text}).set("learning_rate", 2e-4)
    assert edit.path == name.replace("__", ".")
    found = lines(edit)
    assert len(found) == 2
    assert found[1] == f"+{added}"
    assert code(tmp_path, script, **{name: edit.after}).get("learning_rate").value == 2e-4


@pytest.mark.parametrize(
    ("name", "loader", "text", "added"),
    [
        (
            "c__yaml",
            "yaml.safe_load(open('c.yaml'))['train']",
            "train:\n  tags:\n  - a\n  seed: 1  # s\nother: 2\n",
            ["+  weight_decay: 0.1"],
        ),
        (
            "c__yaml",
            "yaml.safe_load(open('c.yaml'))",
            "seed: 1",
            ["-seed: 1", "+seed: 1", "+weight_decay: 0.1"],
        ),
        (
            "c__yaml",
            "yaml.safe_load(open('c.yaml'))",
            "{seed: 1}\n",
            ["-{seed: 1}", "+{seed: 1, weight_decay: 0.1}"],
        ),
        (
            "c__toml",
            "tomllib.load(open('c.toml', 'rb'))['train']",
            "[train]\nseed = 1\n\n[other]\nx = 2\n",
            ["+weight_decay = 0.1"],
        ),
        (
            "c__json",
            "json.load(open('c.json'))",
            '{\n  "seed": 1\n}\n',
            ['-  "seed": 1', '+  "seed": 1,', '+  "weight_decay": 0.1'],
        ),
        (
            "c__json",
            "json.load(open('c.json'))",
            '{"seed": 1}',
            ['-{"seed": 1}', '+{"seed": 1, "weight_decay": 0.1}'],
        ),
    ],
)
def test_a_key_is_added_to_a_table_of_a_configuration_file(tmp_path, name, loader, text, added):
    script = f"{IMPORTS}from config import C\nSFTConfig(**C)\n"
    module = f"import json, tomllib, yaml\nC = {loader}\n"
    found = code(tmp_path, script, config__py=module, **{name: text})
    assert found.get("seed").value == 1
    file = found.get("seed").place.path
    keys = ["train", "weight_decay"] if "train" in text else ["weight_decay"]
    after = ConfigFile(file, text).set(keys, 0.1)
    assert lines(FileEdit(file, text, after, [])) == added
    assert ConfigFile(file, after).get(keys) == 0.1


def test_a_parser_without_a_call_takes_the_setting_in_its_file(tmp_path):
    script = IMPORTS + (
        "from trl import TrlParser\n"
        "(training_args,) = TrlParser((SFTConfig,)).parse_args_and_config()\n"
        "SFTTrainer(model='m', args=training_args)\n"
    )
    found = code(tmp_path, script, "python train.py --config sft.yaml", sft__yaml="seed: 1\n")
    assert lines(found.set("warmup_steps", 0.1)) == ["+warmup_steps: 0.1"]
    assert lines(found.set("seed", 2)) == ["-seed: 1", "+seed: 2"]


def test_a_dataclass_of_the_repository_takes_the_setting_as_a_field(tmp_path):
    script = IMPORTS + (
        "from dataclasses import dataclass\nfrom transformers import HfArgumentParser\n"
        "@dataclass\nclass Config(SFTConfig):\n    learning_rate: float = 2e-5\n\n\n"
        "config = HfArgumentParser(Config).parse_args_into_dataclasses()[0]\n"
        "SFTTrainer(args=config)\n"
    )
    found = code(tmp_path, script)
    assert lines(found.set("learning_rate", 6e-5)) == [
        "-    learning_rate: float = 2e-5",
        "+    learning_rate: float = 6e-5",
    ]
    assert lines(found.set("weight_decay", 0.1)) == ["+    weight_decay: float = 0.1"]


def test_a_trainer_without_a_configuration_says_what_to_add(tmp_path):
    with pytest.raises(CannotEdit, match=r"give the trainer `args=SFTConfig\(\.\.\.\)`"):
        code(tmp_path, IMPORTS + "SFTTrainer(model='m')\n").set("weight_decay", 0.1)


def test_several_settings_of_one_file_become_one_edit(tmp_path):
    found = code(tmp_path, IMPORTS + "args = SFTConfig(\n    save_strategy='no',\n    seed=1,\n)\n")
    (edit,) = found.set_all({"save_strategy": "steps", "seed": 1, "save_steps": 50})
    assert lines(edit) == [
        "-    save_strategy='no',",
        "+    save_strategy='steps',",
        "+    save_steps=50,",
    ]
    assert [change.what for change in edit.changes] == [
        "save_strategy 'no' -> 'steps'",
        "save_steps 50 added",
    ]


def test_lists_and_words_are_edited_too(tmp_path):
    script = (
        IMPORTS
        + "from peft import LoraConfig\nLoraConfig(r=8, target_modules=['q_proj',\n  'v_proj'])\n"
    )
    found = code(tmp_path, script)
    assert found.get("target_modules").value == ["q_proj", "v_proj"]
    assert 'target_modules="all-linear")' in found.set("target_modules", "all-linear").after
    assert "r=32," in found.set("r", 32).after


def test_a_key_at_the_top_of_a_toml_file_stays_above_its_tables():
    text = "# top\nseed = 1\n\n[other]\nx = 2\n"
    after = ConfigFile("c.toml", text).set(["weight_decay"], 0.1)
    assert ConfigFile("c.toml", after).get(["weight_decay"]) == 0.1
    assert lines(FileEdit("c.toml", text, after, [])) == ["+weight_decay = 0.1"]


@pytest.mark.parametrize(
    ("name", "text", "after"),
    [
        ("c.yaml", "a: 1\nb: 2  # two\nc: 3\n", "a: 1\nc: 3\n"),
        ("c.toml", "a = 1\nb = 2\n", "a = 1\n"),
        ("c.json", '{\n  "a": 1,\n  "b": 2\n}\n', '{\n  "a": 1\n}\n'),
        ("c.json", '{\n  "b": 2,\n  "a": 1\n}\n', '{\n  "a": 1\n}\n'),
    ],
)
def test_a_removed_key_takes_its_line_along(name, text, after):
    assert ConfigFile(name, text).remove(["b"]) == after


def test_a_key_that_shares_its_line_is_not_removed():
    with pytest.raises(CannotEdit, match="shares its line"):
        ConfigFile("c.yaml", "{a: 1, b: 2}\n").remove(["b"])


@pytest.mark.parametrize(
    "value", [True, False, None, "steps", "a: b", "no", "", 3, 0.25, ["q_proj", "v"]]
)
@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("c.yaml", "x: 'old'\ny: 1\n"),
        ("c.yaml", "y: 1\n"),
        ("c.json", '{"x": 1, "y": 1}'),
        ("c.toml", 'x = "old"\ny = 1\n'),
    ],
)
def test_values_of_every_kind_are_written_in_every_language(name, text, value):
    if value is None and name == "c.toml":
        pytest.skip("TOML has no null")
    after = ConfigFile(name, text).set(["x"], value)
    assert ConfigFile(name, after).get(["x"]) == value
    assert ConfigFile(name, after).get(["y"]) == 1


@given(
    st.floats(min_value=1e-9, max_value=10),
    st.sampled_from(["2e-5", "2.0E-05", "0.00002", "3", "1_000", "5 * 1e-5"]),
    st.sampled_from(
        ["x = SFTConfig(a=1, learning_rate={}, b=2)", "R = {}\nSFTConfig(learning_rate=R)"]
    ),
)
def test_a_set_value_is_the_one_found_again(value, old, body):
    with tempfile.TemporaryDirectory() as folder:
        found = code(Path(folder), f"{IMPORTS}# é\n{body.format(old)}  # end\n")
        try:
            edit = found.set("learning_rate", value)
        except CannotEdit as error:
            assert "already" in str(error)
            return
        assert found.after(edit).get("learning_rate").value == value
        assert edit.before.count("\n") == edit.after.count("\n")
        assert edit.after.endswith("  # end\n")
