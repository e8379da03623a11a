"""Training and evaluate commands that do not do what they should."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from .small_workspace import commit, git, make_tunable_workspace
from .terminal import Terminal, ending

HANGS = "import time\n\ntime.sleep(1000)\n"


@pytest.fixture
def terminal(tmp_path) -> Iterator[Terminal]:
    terminal = Terminal(make_tunable_workspace(tmp_path / "ws"))
    yield terminal
    terminal.intern("stop-daemon")


def write(root: Path, name: str, text: str) -> None:
    (root / name).write_text(text)
    commit(root)


def replace(root: Path, name: str, old: str, new: str) -> None:
    text = (root / name).read_text()
    assert old in text
    write(root, name, text.replace(old, new))


def test_an_evaluator_without_json_is_told_with_its_last_words(terminal):
    write(terminal.root, "evaluate.py", "print('score: high')\n")
    with terminal.undisturbed():
        told = terminal.refused("improve")
    assert "`python evaluate.py --split dev` on run-000" in told
    assert "printed no JSON object of numbers as its last line" in told
    assert "'score: high'" in told
    assert "run `intern improve` again" in told
    assert terminal.status()["runs"] == []


def test_a_missing_metric_is_named_and_a_resumption_says_the_same(terminal):
    replace(terminal.root, "intern.toml", '"exact_match"', '"accuracy"')
    told = terminal.refused("improve")
    assert "printed exact_match but no `accuracy`; mend [eval] metric in intern.toml" in told
    assert terminal.refused("improve", "--resume") == told


def test_a_training_that_leaves_no_outputs_is_told_where_to_mend_it(terminal):
    write(terminal.root, "train.py", "print('done')\n")
    told = terminal.refused("improve")
    assert "left no `outputs`; mend `outputs` under [train] in intern.toml" in told


def test_a_training_that_hangs_is_ended_by_its_time_limit(terminal):
    (terminal.root / "train.py").write_text(HANGS)
    replace(terminal.root, "intern.toml", "[eval]", "minutes = 0.02\n[eval]")
    with terminal.undisturbed():
        told = terminal.refused("improve")
    assert "its time limit; raise `minutes` in intern.toml or shorten the training" in told
    assert {run["cause"] for run in terminal.runs()} == {"timed_out"}


def test_a_time_cap_before_the_baseline_fails_and_says_how_to_go_on(terminal):
    write(terminal.root, "train.py", HANGS)
    with terminal.undisturbed():
        told = terminal.refused("improve", "--minutes", "0.1")
    assert "The time cap of 0.1 minutes is reached" in told
    assert "before the baseline was measured; give the session more with" in told
    # A run may reach its own time limit in the moment in which the session reaches its cap.
    assert {run["cause"] for run in terminal.runs()} <= {"stopped", "timed_out"}
    assert all(".." not in run["message"] for run in terminal.runs())


def test_a_time_cap_after_the_baseline_ends_in_a_report(terminal):
    done = terminal.intern("improve", "--minutes", "0.15")
    assert done.returncode == 0
    report = terminal.report()
    assert "would pass the cap of 0.15 minutes" in report["stopped_because"] or (
        "time cap of 0.15 minutes is reached" in report["stopped_because"]
    )
    assert report["baseline"]["test"] is not None


def test_a_training_that_is_mended_outside_the_repository_is_resumed(terminal):
    data = terminal.root.with_name("rows.txt")
    script = (terminal.root / "train.py").read_text()
    write(terminal.root, "train.py", f"{script}open({str(data)!r}).read()\n")
    told = terminal.refused("improve", "--runs", "8")
    assert "The training command did not get through" in told
    assert "train.py:12" in told
    data.write_text("rows\n")
    assert terminal.intern("improve", "--resume").returncode == 0
    assert terminal.report()["cost"]["runs"] <= 8


def test_an_evaluator_that_fails_on_one_candidate_costs_only_that_candidate(terminal):
    fussy = "if 0.4 < score < 0.6:\n    raise SystemExit('too good')\nprint("
    replace(terminal.root, "evaluate.py", "print(", fussy)
    done = terminal.intern("improve", "--runs", "9")
    assert done.returncode == 0
    tried = {each["title"]: each for each in terminal.report()["experiments"]}
    lost = tried["learning rate 1e-5 -> 1e-4"]
    assert lost["verdict"] == "discard"
    assert "Exit code 1: too good" in lost["reason"]
    named = lost["reason"].split(" did not get through")[0]
    assert f"on {named} failed" in lost["reason"]


def test_a_locked_file_that_changes_on_disk_ends_the_session_until_it_is_restored(terminal):
    root = terminal.root
    rows = root / "data" / "dev.jsonl"
    rows.parent.mkdir()
    rows.write_text("{}\n")
    (root / ".gitignore").write_text("data\n")
    contract = (root / "intern.toml").read_text().replace("[eval]", 'share = ["data"]\n[eval]')
    write(root, "intern.toml", contract.replace('"evaluate.py"]', '"evaluate.py", "data"]'))
    going = terminal.begin("improve", "--runs", "9", until="exp 1 proposed")
    rows.write_text('{"easier": true}\n')
    code, told = ending(going)
    assert code == 1
    assert "data/dev.jsonl changed although it is locked" in told.splitlines()[-1]
    assert f"restore {rows}" in told.splitlines()[-1]
    rows.write_text("{}\n")
    assert terminal.intern("improve", "--resume").returncode == 0
    assert terminal.report()["integrity"]["intact"] is True


def test_a_commit_of_the_person_on_the_session_branch_stays(terminal):
    root = terminal.root
    going = terminal.begin("improve", "--runs", "24", until="exp 1 proposed")
    branch = terminal.status()["session"]["branch"]
    tip = git(root, "rev-parse", branch)
    mine = git(root, "commit-tree", f"{tip}^{{tree}}", "-p", tip, "-m", "mine")
    git(root, "update-ref", f"refs/heads/{branch}", mine)
    code, told = ending(going)
    assert code == 0
    assert "your edit: mine" in told
    # What was kept stands on it.
    assert mine in git(root, "rev-list", branch).split()
    assert terminal.report()["integrity"]["intact"] is True
