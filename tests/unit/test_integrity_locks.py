"""Locked files are hashed, verified, and out of the agent's reach."""

import os

import pytest
from intern_daemon.errors import BadConfig, LockedFileChanged, LockedPath
from intern_daemon.integrity import (
    Guard,
    changed_locked,
    clean_checkout,
    evaluator_scripts,
    hash_locked,
    is_locked,
    locked_patterns,
    verify,
    verify_checkout,
)
from intern_daemon.repo import commit_tree_with, compose, ensure_worktree
from intern_daemon.workspace import parse

from ..user_checkout import UserCheckout

CONTRACT = """
[train]
command = "python train.py"
share = ["data", "models"]
[eval]
command = "python evaluate.py --split dev"
metric = "exact_match"
[locked]
paths = [PATHS]
models = ["models/tiny", "Qwen/Qwen3-0.6B"]
"""


def contract(*paths):
    return CONTRACT.replace("PATHS", ", ".join(f'"{path}"' for path in paths))


@pytest.fixture
def checkout(tmp_path):
    checkout = UserCheckout(tmp_path / "work größe")
    checkout.write("intern.toml", contract("data/*.jsonl"))
    checkout.write("held out/a.txt", "a")
    checkout.write(".gitignore", "data/\nmodels/\n*.log\n")
    checkout.write("models/tiny/weights.bin", b"\0\1")
    checkout.commit("More", "intern.toml", "held out/a.txt", ".gitignore")
    return checkout


def locks_of(checkout, config):
    return hash_locked(checkout.repository, "HEAD", config)


def test_the_evaluator_the_contract_and_the_model_are_locked_without_being_listed(checkout):
    before = checkout.fingerprint()
    hashes = locks_of(checkout, parse(contract()))
    assert sorted(hashes) == ["evaluate.py", "intern.toml", "models/tiny/weights.bin"]
    assert checkout.fingerprint() == before


def test_folders_and_globs_are_locked_file_by_file(checkout):
    hashes = locks_of(checkout, parse(contract("data/*.jsonl", "held out/")))
    assert "data/dev.jsonl" in hashes
    assert "held out/a.txt" in hashes
    assert len(hashes["data/dev.jsonl"]) == 64


def test_a_lock_on_nothing_is_told(checkout):
    with pytest.raises(BadConfig, match=r"\[locked\] names 'data/dve.jsonl', which is in neither"):
        locks_of(checkout, parse(contract("data/dve.jsonl")))


@pytest.mark.parametrize("path", ["../x", "/etc/passwd", "a/../../x"])
def test_a_lock_outside_the_repository_is_told(checkout, path):
    with pytest.raises(BadConfig, match="outside the repository"):
        locks_of(checkout, parse(contract(path)))


@pytest.mark.parametrize("output", ["data", ".", "models/tiny", "evaluate.py"])
def test_an_output_that_covers_a_locked_file_is_told(checkout, output):
    text = contract("data/*.jsonl").replace("[eval]", f'outputs = ["{output}"]\n[eval]')
    with pytest.raises(BadConfig, match=r"\[train\] outputs names .* which holds locked"):
        locks_of(checkout, parse(text))


def test_unchanged_files_verify(checkout):
    config = parse(contract("data/*.jsonl"))
    hashes = locks_of(checkout, config)
    os.utime(checkout.root / "data/dev.jsonl", (1, 1))
    checkout.write("train.py", "edited by the user\n")
    checkout.write("evaluate.py", "edited by the user\n")  # scores come from the base commit
    verify(checkout.repository, checkout.head(), config, hashes)


@pytest.mark.parametrize(
    ("path", "content", "told"),
    [
        (
            "data/dev.jsonl",
            "{}",
            r"dev\.jsonl changed .* restore .*work größe/data/dev\.jsonl",
        ),
        ("data/dev.jsonl", None, r"data/dev\.jsonl is gone"),
        ("data/more.jsonl", "{}", r"data/more\.jsonl was added .* remove"),
        ("models/tiny/weights.bin", "x", r"models/tiny/weights\.bin changed"),
        ("models/tiny/adapter.bin", "x", r"models/tiny/adapter\.bin was added"),
    ],
)
def test_a_change_of_shared_data_is_named_with_its_mend(checkout, path, content, told):
    config = parse(contract("data/*.jsonl"))
    hashes = locks_of(checkout, config)
    if content is None:
        (checkout.root / path).unlink()
    else:
        checkout.write(path, content)
    with pytest.raises(LockedFileChanged, match=told):
        verify(checkout.repository, checkout.head(), config, hashes)


def test_an_edited_evaluation_checkout_is_caught(checkout, tmp_path):
    config = parse(contract())
    place = clean_checkout(checkout.repository, "HEAD", tmp_path / "tree", config.train.share)
    hashes = locks_of(checkout, config)
    verify_checkout(place, config, hashes)
    (place / "evaluate.py").write_text("print(100)")
    with pytest.raises(LockedFileChanged, match=r"restore it with `git checkout evaluate\.py`"):
        verify_checkout(place, config, hashes)


def test_a_clean_checkout_has_the_evaluator_of_the_base(checkout, tmp_path):
    base = checkout.head()
    commit_tree_with(checkout.repository, base, {"evaluate.py": "print(100)\n"}, compose("Cheat"))
    checkout.write("evaluate.py", "print(99)\n")
    place = clean_checkout(checkout.repository, base, tmp_path / "tree", ["data"])
    assert (place / "evaluate.py").read_text() == "print(1)\n"
    assert (place / "data" / "dev.jsonl").exists()


def test_a_candidate_that_changes_locked_files_is_caught(checkout):
    config = parse(contract("data/*.jsonl", "held out"))
    patterns = locked_patterns(config, checkout.root)
    files = {
        "train.py": "x\n",
        "evaluate.py": "x\n",
        "held out/new.txt": "x\n",
        "data/train.jsonl": "x\n",
        "Evaluate.PY": "x\n",
    }
    sha = commit_tree_with(checkout.repository, "HEAD", files, compose("Cheat"))
    found = changed_locked(checkout.repository, "HEAD", sha, patterns)
    assert sorted(found) == ["Evaluate.PY", "data/train.jsonl", "evaluate.py", "held out/new.txt"]


@pytest.mark.parametrize(
    ("command", "scripts"),
    [
        ("python evaluate.py --config train.py", ["evaluate.py"]),
        ("PYTHONPATH=. python ./evaluate.py", ["evaluate.py"]),
        ("python -m evaluate --x", ["evaluate.py"]),
        ("cd . && python train.py; python evaluate.py", ["train.py", "evaluate.py"]),
        ("lm_eval --tasks x", []),
        ("python ../evaluate.py", []),
    ],
)
def test_the_script_of_an_eval_command_is_found(checkout, command, scripts):
    assert evaluator_scripts(command, checkout.root) == scripts


@pytest.mark.parametrize(
    ("path", "pattern", "locked"),
    [
        ("data/dev.jsonl", "data", True),
        ("data/dev.jsonl", "./data/", True),
        ("database/x", "data", False),
        ("data/a/dev.jsonl", "data/*.jsonl", False),
        ("data/a/dev.jsonl", "data/**/*.jsonl", True),
        ("data/dev.jsonl", "data/**/*.jsonl", True),
        ("a/b/c.py", "**/c.py", True),
        ("DATA/Dev.jsonl", "data/dev.jsonl", True),
        ("gr\u006f\u0308\u00dfe.py", "gr\u00f6\u00dfe.py", True),
        ("x[1].py", "x[1].py", True),
    ],
)
def test_patterns(path, pattern, locked):
    assert is_locked(path, [pattern]) is locked


@pytest.fixture
def guard(checkout):
    place = checkout.root / ".intern" / "worktrees" / "s1"
    worktree = ensure_worktree(
        checkout.repository, place, "intern/test", checkout.head(), ["data", "models"]
    )
    config = parse(contract("held out", "data/*.jsonl"))
    return Guard(worktree, locked_patterns(config, checkout.root))


@pytest.mark.parametrize("path", ["train.py", "new/file.py", "./train.py", "configs/größe.yaml"])
def test_other_files_may_be_written(guard, path):
    assert guard.check_write(path) == guard.worktree / path
    assert guard.check_write(guard.worktree / path) == guard.worktree / path


@pytest.mark.parametrize(
    "path",
    [
        "evaluate.py",
        "EVALUATE.py",
        "./evaluate.py",
        "intern.toml",
        "held out/a.txt",
        "held out/new/b.txt",
        "Held Out/a.txt",
    ],
)
def test_a_locked_path_may_not_be_written(guard, path):
    with pytest.raises(LockedPath, match="is locked, so that scores stay comparable"):
        guard.check_write(path)
    assert not guard.allows(path)


@pytest.mark.parametrize(
    "path",
    [
        "../s1/train.py",
        "new/../evaluate.py",
        "../../../train.py",
        "/etc/passwd",
        ".git",
        ".git/config",
        ".intern/x",
        "data/dev.jsonl",
        "models/new.bin",
        "door/x",
        "window.py",
        "second-name.py",
        "pipe",
        "train.py/x",
        "",
        ".",
    ],
)
def test_no_way_leads_out_of_the_worktree(guard, path):
    (guard.worktree / "door").symlink_to("/tmp")
    (guard.worktree / "window.py").symlink_to("evaluate.py")
    os.link(guard.worktree / "evaluate.py", guard.worktree / "second-name.py")
    os.mkfifo(guard.worktree / "pipe")
    with pytest.raises(LockedPath):
        guard.check_write(path)


def test_a_loop_of_links_ends(checkout):
    loop = checkout.root / "models" / "tiny" / "loop"
    loop.symlink_to(checkout.root / "models" / "tiny")
    hashes = locks_of(checkout, parse(contract()))
    assert "models/tiny/weights.bin" in hashes
