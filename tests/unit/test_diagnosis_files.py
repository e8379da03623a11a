import json
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from intern_daemon.diagnosis import diagnose_file
from intern_daemon.errors import BadInput

HISTORY = [{"step": n * 10, "loss": 1.0, "grad_norm": 1.0} for n in range(1, 5)] + [
    {"step": 50, "loss": float("nan"), "grad_norm": float("nan")}
]


def rules(path: Path) -> list[str]:
    return [finding.rule for finding in diagnose_file(path).findings]


@pytest.fixture
def state(tmp_path):
    path = tmp_path / "trainer_state.json"
    path.write_text(json.dumps({"max_steps": 50, "log_history": HISTORY}))
    return path


def test_a_trainer_state_with_bare_nan_is_diagnosed(state):
    assert "NaN" in state.read_text()
    diagnosis = diagnose_file(state)
    assert (diagnosis.method, diagnosis.rows) == ("sft", 5)
    assert [finding.rule for finding in diagnosis.findings] == ["N1"]


def test_a_state_under_another_name_and_a_folder_are_the_same(state, tmp_path):
    other = tmp_path / "mine.json"
    other.write_bytes(state.read_bytes())
    assert rules(other) == rules(tmp_path) == rules(state) == ["N1"]


@pytest.mark.parametrize("name", ["log.jsonl", "log.txt", "log.json"])
def test_a_file_of_json_lines_is_diagnosed(tmp_path, name):
    path = tmp_path / name
    path.write_text("\n".join(json.dumps(entry) for entry in HISTORY))
    assert rules(path) == ["N1"]


def test_a_printed_log_is_diagnosed(tmp_path):
    path = tmp_path / "train.log"
    path.write_text("loading\n" + "".join(f"{{'loss': '{e['loss']}'}}\n" for e in HISTORY))
    assert rules(path) == ["N1"]


def test_the_recorders_folder_brings_its_configuration(tmp_path):
    lines = [{"step": n, "logs": {"loss": 2.0}, "max_steps": 5} for n in range(5)]
    (tmp_path / "metrics.jsonl").write_text("\n".join(map(json.dumps, lines)))
    (tmp_path / "config.json").write_text(json.dumps({"learning_rate": 3.0, "peft": False}))
    assert rules(tmp_path) == ["S16"]


def test_a_trackio_database_is_diagnosed_by_its_newest_run(tmp_path):
    pytest.importorskip("trackio")
    code = (
        "import trackio\n"
        "for name, loss in (('old', 1.0), ('new', float('nan'))):\n"
        "    trackio.init(project='p', name=name)\n"
        "    trackio.log({'train/loss': loss, 'train/global_step': 10})\n"
        "    trackio.finish()\n"
    )
    subprocess.run(
        [sys.executable, "-c", code],
        env={"TRACKIO_DIR": str(tmp_path), "HOME": str(tmp_path), "PATH": "/usr/bin:/bin"},
        check=True,
        capture_output=True,
        timeout=120,
    )
    assert rules(tmp_path / "p.db") == rules(tmp_path) == ["N1"]
    assert diagnose_file(tmp_path / "p.db").rows == 1


def test_a_checkpoint_from_the_middle_of_a_run_is_no_end(tmp_path):
    history = [{"step": n * 10, "loss": 3.0 - n / 20} for n in range(1, 41)]
    path = tmp_path / "trainer_state.json"
    for total, expected in ((400, ["S13"]), (4000, [])):
        path.write_text(json.dumps({"max_steps": total, "log_history": history}))
        assert rules(path) == expected


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("gone.json", None, "does not exist"),
        ("empty.jsonl", " \n", "is empty"),
        ("cut.json", '{"log_history": [{"step": 1,', "is no JSON (line 1, column"),
        ("trainer_state.json", "[]", "has no log_history"),
        ("other.json", '{"a": 1}', "has no log_history"),
        ("words.jsonl", "hello\nworld\n", "is no JSON (line 1, column 1"),
        ("broken.jsonl", '{"step": 1\n{"loss"\n', "line 1: no JSON object"),
        ("binary.db", "\0\1\2", "is no SQLite database"),
        ("notes.txt", "the loss was fine\n", "holds no metrics"),
    ],
)
def test_a_file_that_can_not_be_used_is_told_in_one_sentence(tmp_path, name, content, words):
    path = tmp_path / name
    if content is not None:
        path.write_text(content)
    with pytest.raises(BadInput) as caught:
        diagnose_file(path)
    assert words in str(caught.value)
    assert str(path) in str(caught.value)
    assert str(caught.value).endswith(".")


def test_a_folder_and_a_database_without_metrics_are_told(tmp_path):
    with pytest.raises(BadInput, match="holds no metrics"):
        diagnose_file(tmp_path)
    database = sqlite3.connect(tmp_path / "other.db")
    database.execute("create table things (id integer)")
    database.commit()
    database.close()
    with pytest.raises(BadInput, match="is no Trackio database"):
        diagnose_file(tmp_path / "other.db")
    database = sqlite3.connect(tmp_path / "other.db")
    database.execute("create table metrics (id integer, run_id text, metrics text)")
    database.close()
    with pytest.raises(BadInput, match="holds no run yet"):
        diagnose_file(tmp_path / "other.db")


def test_a_folder_of_runs_is_told_run_by_run(state, tmp_path, intern):
    for name in ("one", "two"):
        (tmp_path / "sweep" / name / "checkpoint-50").mkdir(parents=True)
        copy = tmp_path / "sweep" / name / "checkpoint-50" / "trainer_state.json"
        copy.write_bytes(state.read_bytes())
    told = subprocess.run(
        [intern, "diagnose", str(tmp_path / "sweep"), "--json"],
        capture_output=True,
        check=True,
    )
    runs = json.loads(told.stdout)["runs"]
    assert [run["path"] for run in runs] == ["one", "two"]
    assert all(run["findings"][0]["rule"] == "N1" for run in runs)
