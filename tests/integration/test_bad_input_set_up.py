"""A workspace that is not ready: one sentence with the mend, and nothing is touched."""

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from .small_workspace import commit, git, make_tunable_workspace
from .terminal import Terminal


@pytest.fixture
def terminal(tmp_path) -> Iterator[Terminal]:
    terminal = Terminal(make_tunable_workspace(tmp_path / "ws"))
    yield terminal
    terminal.intern("stop-daemon")


def replace(root: Path, name: str, old: str, new: str) -> None:
    text = (root / name).read_text()
    assert old in text
    (root / name).write_text(text.replace(old, new))


def test_a_folder_without_git_is_refused_with_the_mend(tmp_path):
    assert Terminal(tmp_path).refused("improve") == (
        f"{tmp_path} is not in a git repository; make one with "
        '`git init && git add . && git commit -m "Start"`.'
    )


def test_a_bare_repository_is_told_apart_from_none(tmp_path):
    git(tmp_path, "init", "--quiet", "--bare")
    assert Terminal(tmp_path).refused("improve") == (
        f"{tmp_path} is a bare repository, without files to train; clone it and open the clone."
    )


def test_a_repository_without_a_commit_is_refused_and_nothing_is_made_in_it(tmp_path):
    git(tmp_path, "init", "--quiet")
    (tmp_path / "intern.toml").write_text(
        '[train]\ncommand = "true"\n[eval]\ncommand = "true"\nmetric = "m"\n'
    )
    assert Terminal(tmp_path).refused("improve") == (
        f'{tmp_path} has no commit yet; make one with `git add . && git commit -m "Start"`.'
    )
    # `git add .`, as told, must not put a log of ours into the person's first commit.
    assert git(tmp_path, "status", "--porcelain") == "?? intern.toml"


def broken_table(root: Path) -> None:
    replace(root, "intern.toml", "[eval]", "[eval")


def misspelt_key(root: Path) -> None:
    replace(root, "intern.toml", 'command = "python train.py"', 'comand = "python train.py"')


def wrong_type(root: Path) -> None:
    replace(root, "intern.toml", "runs = 100", '  runs = "many"')


def missing_contract(root: Path) -> None:
    (root / "intern.toml").unlink()


def missing_interpreter(root: Path) -> None:
    replace(root, "intern.toml", "[eval]", 'python = "no/such/python"\n[eval]')


def broken_interpreter(root: Path) -> None:
    (root / "python").write_text("#!/bin/sh\nexit 3\n")
    (root / "python").chmod(0o755)
    replace(root, "intern.toml", "[eval]", 'python = "python"\n[eval]')


def uncommitted_evaluator(root: Path) -> None:
    git(root, "rm", "--quiet", "--cached", "evaluate.py")
    git(root, "commit", "--quiet", "--message=Forget")


@pytest.mark.parametrize(
    ("breaks", "what", "mend"),
    [
        (broken_table, "intern.toml is not valid TOML", "line 3, column 6"),
        (misspelt_key, "intern.toml:2:1: [train] comand is not a known key", "mend its spelling"),
        (wrong_type, "intern.toml:11:3: [budget] runs", "got 'many'"),
        (missing_contract, "intern.toml does not exist", "make one with `intern init`"),
        (missing_interpreter, "no/such/python", "name another under [train] python"),
        (broken_interpreter, "does not start (exit code 3)", "name another under [train] python"),
        (uncommitted_evaluator, "runs evaluate.py, which is not committed", "commit it"),
    ],
)
def test_what_is_not_ready_is_refused_in_one_sentence(
    terminal: Terminal, breaks: Callable[[Path], None], what: str, mend: str
):
    breaks(terminal.root)
    with terminal.undisturbed():
        told = terminal.refused("improve")
    assert what in told
    assert mend in told
    assert terminal.intern("status").returncode == 0
    assert git(terminal.root, "branch", "--list", "intern/*") == ""


def shallow(root: Path) -> Path:
    clone = root.with_name("shallow")
    subprocess.run(["git", "clone", "-q", "--depth", "1", root.as_uri(), clone], check=True)
    return clone


def dirty(root: Path) -> Path:
    with (root / "train.py").open("a") as script:
        script.write("# not done yet\n")
    (root / "notes.txt").write_text("mine\n")
    git(root, "add", "notes.txt")
    return root


def detached(root: Path) -> Path:
    git(root, "checkout", "--quiet", "--detach")
    return root


def strange_path(root: Path) -> Path:
    return root.rename(root.with_name("a wörk späce 仕事 'q\""))


def uncommitted_contract(root: Path) -> Path:
    git(root, "rm", "--quiet", "--cached", "intern.toml")
    git(root, "commit", "--quiet", "--message=Forget")
    return root


@pytest.mark.parametrize("make", [shallow, dirty, detached, strange_path, uncommitted_contract])
def test_an_unusual_checkout_is_improved_and_left_as_it_is(tmp_path, make: Callable[[Path], Path]):
    terminal = Terminal(make(make_tunable_workspace(tmp_path / "ws")))
    try:
        with terminal.undisturbed():
            done = terminal.intern("improve", "--runs", "4")
        assert (done.returncode, done.stderr) == (0, "")
        assert terminal.report()["cost"]["runs"] == 2
    finally:
        terminal.intern("stop-daemon")


def test_a_training_that_is_no_python_script_ends_in_a_report_that_says_so(terminal):
    (terminal.root / "train.sh").write_text("python train.py\n")
    replace(terminal.root, "intern.toml", "python train.py", "sh train.sh")
    commit(terminal.root)
    done = terminal.intern("improve")
    assert done.returncode == 0
    assert "starts no Python file of this repository" in done.stdout
    assert terminal.report()["stopped_because"] == "No idea is left that is worth a run."
