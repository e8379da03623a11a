"""Commands that need no daemon, run as a person runs them."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from intern_daemon.cli import exits
from intern_daemon.cli.app import main
from intern_daemon.cli.checkup import imported_by
from intern_daemon.cli.new import scaffold, templates_folder
from intern_daemon.workspace import parse

HEALTHY = [{"step": step, "loss": 2.0 * 0.99**step} for step in range(1, 200)]


@pytest.fixture
def log(tmp_path):
    """A JSONL log whose loss becomes NaN."""
    file = tmp_path / "log.jsonl"
    rows = [*HEALTHY, *({"step": step, "loss": "NaN"} for step in range(200, 220))]
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return file


@pytest.fixture
def repository(tmp_path):
    folder = tmp_path / "repository"
    folder.mkdir()
    subprocess.run(["git", "init", "--quiet", str(folder)], check=True)
    return folder


def test_diagnose_marks_where_it_went_wrong(log, capsys):
    assert main(["diagnose", str(log)]) == exits.OK
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("sft, 219 rows: 1 critical")
    assert lines[1].startswith("loss  █")
    assert lines[1].endswith("×")
    assert lines[2].strip().startswith("^")


def test_diagnose_prints_one_json_document(log, capsys):
    assert main(["diagnose", str(log), "--json"]) == exits.OK
    told = json.loads(capsys.readouterr().out)
    assert set(told) == {"method", "rows", "findings", "checked"}
    assert told["findings"][0]["severity"] == "critical"


def test_diagnose_takes_the_method_as_it_is_told(log, capsys):
    assert main(["diagnose", str(log), "--method", "dpo", "--json"]) == exits.OK
    assert json.loads(capsys.readouterr().out)["method"] == "dpo"
    assert main(["diagnose", "run-1", "--method", "dpo"]) == exits.FAILED
    assert "--method is for files" in capsys.readouterr().err


def test_diagnose_can_fail_on_findings(log):
    assert main(["diagnose", str(log), "--fail-on", "critical"]) == exits.FOUND


def test_a_missing_file_is_one_sentence(tmp_path, capsys):
    assert main(["diagnose", str(tmp_path / "no.jsonl")]) == exits.FAILED
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("intern: ")
    assert err.count("\n") == 1


def test_a_wrong_option_is_a_usage_error(capsys):
    assert main(["runs", "--nope"]) == exits.USAGE
    assert "--nope" in capsys.readouterr().err


def test_outside_a_repository_the_mend_is_said(tmp_path, capsys):
    assert main(["-C", str(tmp_path), "improve"]) == exits.FAILED
    err = capsys.readouterr().err
    assert "is not in a git repository; make one with" in err
    assert "Traceback" not in err


def test_a_traceback_is_shown_when_asked_for(tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("INTERN_DEBUG", "1")
    assert main(["-C", str(tmp_path), "runs"]) == exits.FAILED
    assert "Traceback" in capsys.readouterr().err


def test_improve_without_a_contract_names_init(repository, capsys):
    assert main(["-C", str(repository), "improve"]) == exits.FAILED
    assert "intern init" in capsys.readouterr().err


def test_a_broken_contract_has_line_and_column(repository, capsys):
    (repository / "intern.toml").write_text('[train]\ncommand = "x"\nshape = 1\n')
    assert main(["-C", str(repository), "improve"]) == exits.FAILED
    assert "intern.toml:3:1: [train] shape is not a known key" in capsys.readouterr().err


def test_init_never_overwrites(repository, capsys):
    (repository / "intern.toml").write_text("mine")
    assert main(["-C", str(repository), "init", "--yes"]) == exits.FAILED
    assert "never overwritten" in capsys.readouterr().err
    assert (repository / "intern.toml").read_text() == "mine"


TRAIN = """\
from trl import SFTConfig, SFTTrainer

config = SFTConfig(output_dir="outputs", learning_rate=2e-5)
trainer = SFTTrainer(model="base/tiny", args=config)
trainer.train()
"""

EVALUATE = """\
import argparse
import json

parser = argparse.ArgumentParser()
parser.add_argument("--split", default="dev", choices=["dev", "test"])
split = parser.parse_args().split
rows = [json.loads(line) for line in open(f"data/{split}.jsonl")]
print(json.dumps({"exact_match": 0.5}))
"""


@pytest.fixture
def trainable(repository):
    (repository / "train.py").write_text(TRAIN)
    (repository / "evaluate.py").write_text(EVALUATE)
    (repository / "data").mkdir()
    (repository / "data" / "dev.jsonl").write_text("{}\n")
    (repository / "data" / "test.jsonl").write_text("{}\n")
    return repository


def test_init_writes_what_it_found_and_says_what_is_next(trainable, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "100")
    assert main(["-C", str(trainable), "init", "--yes"]) == exits.OK
    out = " ".join(capsys.readouterr().out.split())
    assert "train.py" in out
    assert "from SFTTrainer, train.py:4" in out
    assert "git add intern.toml" in out
    contract = parse((trainable / "intern.toml").read_text())
    assert (contract.train.command, contract.eval.metric) == ("python train.py", "exact_match")


def test_init_asks_before_it_writes(trainable, capsys):
    assert main(["-C", str(trainable), "init"]) == exits.USAGE
    assert not (trainable / "intern.toml").exists()


def test_init_as_json_writes_nothing(trainable, capsys):
    assert main(["-C", str(trainable), "init", "--json"]) == exits.OK
    told = json.loads(capsys.readouterr().out)
    assert told["written"] is False
    assert told["found"]["training script"][0]["value"] == "train.py"
    assert not (trainable / "intern.toml").exists()


def test_init_without_an_evaluator_says_what_to_write(repository, capsys):
    (repository / "train.py").write_text(TRAIN)
    assert main(["-C", str(repository), "init", "--yes"]) == exits.FAILED
    assert "evaluate.py" in capsys.readouterr().err


def test_new_refuses_a_folder_that_holds_something(repository, capsys):
    (repository / "file").write_text("mine")
    template = next(iter(sorted(templates_folder().glob("*/intern.toml")))).parent.name
    assert main(["new", template, str(repository)]) == exits.FAILED
    assert "not empty" in capsys.readouterr().err


def test_new_knows_its_templates(tmp_path, capsys):
    assert main(["new", "nope", str(tmp_path / "x")]) == exits.FAILED
    assert "There is no template nope; take one of" in capsys.readouterr().err
    assert not (tmp_path / "x").exists()


def test_a_scaffold_is_a_clean_repository_with_one_commit(tmp_path, monkeypatch):
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)  # a machine where nobody set a name
    monkeypatch.delenv("EMAIL", raising=False)
    target = tmp_path / "dir with spaces"
    scaffold("sft", target)
    git = ["git", "-C", str(target)]
    log = subprocess.run(
        [*git, "log", "--format=%an %s"], capture_output=True, text=True, check=True
    )
    assert log.stdout.endswith("Start from Intern's sft template\n")
    status = subprocess.run([*git, "status", "--porcelain"], capture_output=True, check=True)
    assert status.stdout == b""
    parse((target / "intern.toml").read_text())


def test_doctor_outside_a_repository_says_what_works(tmp_path, capsys):
    assert main(["-C", str(tmp_path), "doctor"]) == exits.FAILED
    out = capsys.readouterr().out
    assert "intern diagnose FILE: works" in out
    assert "intern improve: needs repository, intern.toml" in out


def test_doctor_as_json_names_state_and_mend(tmp_path, capsys):
    main(["-C", str(tmp_path), "doctor", "--json"])
    checks = {each["name"]: each for each in json.loads(capsys.readouterr().out)["checks"]}
    assert checks["git"]["state"] == "ok"
    assert checks["repository"]["state"] == "missing"
    assert "git init" in checks["repository"]["mend"]


def test_doctor_needs_what_the_script_imports(tmp_path):
    (tmp_path / "train.py").write_text("import torch.nn\nfrom trl import SFTTrainer\nimport json\n")
    contract = parse(
        '[train]\ncommand = "python train.py --lr 1"\n[eval]\ncommand = "x"\nmetric = "m"\n'
    )
    assert imported_by(tmp_path, contract) == {"torch", "trl"}


def test_doctor_says_where_a_missing_interpreter_was_named(repository, capsys):
    (repository / "intern.toml").write_text(
        '[train]\ncommand = "x"\npython = "no/python"\n[eval]\ncommand = "x"\nmetric = "m"\n'
    )
    assert main(["-C", str(repository), "doctor"]) == exits.FAILED
    out = " ".join(capsys.readouterr().out.split())  # the table folds at the terminal's width
    assert "no/python (`python` under [train] in intern.toml) does not exist" in out


@pytest.mark.parametrize("words", [["--help"], ["diagnose", "LOG", "--json"]])
def test_light_commands_import_nothing_heavy(words, log):
    words = [str(log) if word == "LOG" else word for word in words]
    code = (
        "import sys\nfrom intern_daemon.cli import main\n"
        f"code = main({words!r})\n"
        "heavy = {'pygls', 'smolagents', 'lsprotocol', 'git', 'libcst', 'torch', 'asyncio'}\n"
        "print(code, sorted(heavy & set(sys.modules)), file=sys.stderr)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr == "0 []\n"


def test_help_names_every_command(capsys):
    assert main(["--help"]) == exits.OK
    out = capsys.readouterr().out
    names = (
        "new init improve run runs logs stop diagnose report review land status doctor gc serve "
        "stop-daemon lsp"
    )
    assert [name for name in names.split() if f" {name} " not in out] == []


def test_the_templates_lie_beside_the_package():
    assert templates_folder().name == "workspace_templates"
    assert isinstance(templates_folder(), Path)
