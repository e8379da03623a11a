"""`intern lint` as a person or a script runs it."""

import json
import subprocess
import sys

import pytest
from intern_daemon.cli import exits
from intern_daemon.cli.app import main

TRAIN = """\
from trl import SFTConfig, SFTTrainer

config = SFTConfig(learning_rate=5e-3, fp16=True, bf16=True)
trainer = SFTTrainer("Qwen/Qwen3-4B", args=config, train_dataset=rows)
"""


@pytest.fixture(scope="module")
def python(tmp_path_factory):
    """A virtual environment without any library, which answers at once."""
    folder = tmp_path_factory.mktemp("python") / ".venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True)
    return folder


@pytest.fixture
def workspace(tmp_path, python, monkeypatch):
    """A repository with two scripts."""
    root = tmp_path / "ü workspace"
    (root / "parts").mkdir(parents=True)
    subprocess.run(["git", "init", "--quiet", str(root)], check=True)
    (root / "train.py").write_text(TRAIN)
    (root / "parts" / "other.py").write_text("print('no trainer')\n")
    (root / ".gitignore").write_text("ignored/\n")
    (root / "ignored").mkdir()
    (root / "ignored" / "train.py").write_text(TRAIN)
    (root / ".venv").symlink_to(python)
    monkeypatch.chdir(root)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return root


def test_problems_are_told_with_their_places_and_an_error_gives_its_code(workspace, capsys):
    assert main(["lint"]) == exits.FOUND
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == (
        "train.py:3:34  warning  L101 sft_learning_rate  The learning rate 5e-3 is 100 times above "
        "the usual 1e-5 to 5e-5 of supervised fine-tuning of all weights."
    )
    assert lines[1].startswith("train.py:3:45  error  L501 two_formats  ")
    assert lines[-1] == "2 files: 1 error, 1 warning, 1 information"


def test_which_severity_fails_can_be_chosen(workspace):
    assert main(["lint", "--fail-on", "never"]) == exits.OK
    (workspace / "train.py").write_text(TRAIN.replace("fp16=True, ", ""))
    assert main(["lint"]) == exits.OK
    assert main(["lint", "--fail-on", "warning"]) == exits.FOUND


def test_the_json_document_has_the_places_and_what_can_be_mended(workspace, capsys):
    main(["lint", "train.py", "--json"])
    told = json.loads(capsys.readouterr().out)
    assert set(told) == {"problems", "files", "unread", "libraries"}
    (formats,) = [one for one in told["problems"] if one["rule"] == "L501"]
    assert formats == {
        "rule": "L501",
        "label": "two_formats",
        "severity": "error",
        "message": "fp16 and bf16 are both on; only one can be.",
        "path": "train.py",
        "cell": None,
        "line": 3,
        "column": 45,
        "endLine": 3,
        "endColumn": 49,
        "source": "transformers, `TrainingArguments.__post_init__`: raises a ValueError",
        "fixes": ["Remove fp16"],
    }


def test_only_what_is_asked_for_is_linted(workspace, capsys):
    assert main(["lint", "parts"]) == exits.OK
    assert capsys.readouterr().out == "1 file: no problems\n"


def test_a_file_that_does_not_parse_is_said_and_the_rest_is_linted(workspace, capsys):
    (workspace / "half.py").write_text("from trl import (\n")
    assert main(["lint"]) == exits.FOUND
    told = capsys.readouterr()
    assert "half.py:1 is not valid Python; mend it first." in told.err
    assert told.out.endswith("2 files: 1 error, 1 warning, 1 information\n")


@pytest.mark.parametrize("path", ["absent.py", "notes.txt"])
def test_a_path_that_is_no_code_is_said_in_a_sentence(workspace, capsys, path):
    (workspace / "notes.txt").write_text("a")
    assert main(["lint", path]) == exits.FAILED
    told = capsys.readouterr()
    assert told.out == "" and told.err.count("\n") == 1


def test_the_workspaces_own_command_says_what_a_parser_gets(workspace, capsys):
    (workspace / "train.py").write_text(
        "from trl import SFTConfig, SFTTrainer, TrlParser\n"
        "(config,) = TrlParser((SFTConfig,)).parse_args_and_config()\n"
        "trainer = SFTTrainer('a/b', args=config, train_dataset=rows)\n"
    )
    (workspace / "sft.yaml").write_text("learning_rate: 0.005\n")
    assert main(["lint", "--fail-on", "warning"]) == exits.OK
    (workspace / "intern.toml").write_text(
        '[train]\ncommand = "python train.py --config sft.yaml"\n'
        '[eval]\ncommand = "python evaluate.py"\nmetric = "accuracy"\n'
    )
    capsys.readouterr()
    assert main(["lint", "--fail-on", "warning"]) == exits.FOUND
    assert capsys.readouterr().out.startswith("sft.yaml:1:16  warning  L101")
