"""Finding a repository, and looking at it without touching it."""

import os
import subprocess

import pytest
from intern_daemon.errors import GitRefused, NoRepository
from intern_daemon.repo import open_repository, read_text, read_texts

from ..user_checkout import STATES, UserCheckout


@pytest.fixture
def checkout(tmp_path):
    return UserCheckout(tmp_path / "work")


def test_a_subfolder_and_a_file_lead_to_the_top(checkout):
    assert open_repository(checkout.root / "data").root == checkout.root
    assert open_repository(checkout.root / "train.py").root == checkout.root


@pytest.mark.parametrize(
    "name", ["with spaces", 'quote\'s "both"', "new\nline", "größe-数据", "-dash", "glob[*]?"]
)
def test_strange_folder_names_are_fine(tmp_path, name):
    checkout = UserCheckout(tmp_path / name)
    repository = checkout.repository
    assert repository.root == checkout.root
    repository.exclude_home()
    checkout.write(".intern/state.db", "x")
    assert repository.state().untracked == ["notes.txt"]


def test_no_repository_is_told_with_its_mend(tmp_path):
    with pytest.raises(NoRepository, match="is not in a git repository; make one with `git init"):
        open_repository(tmp_path)


def test_a_missing_folder_is_told(tmp_path):
    with pytest.raises(NoRepository, match="does not exist"):
        open_repository(tmp_path / "gone")


def test_a_bare_repository_is_told(tmp_path):
    subprocess.run(["git", "init", "-q", "--bare", tmp_path / "bare"], check=True)
    with pytest.raises(NoRepository, match="is a bare repository"):
        open_repository(tmp_path / "bare")


def test_a_repository_without_commit_is_told(tmp_path):
    subprocess.run(["git", "init", "-q", tmp_path / "fresh"], check=True)
    with pytest.raises(NoRepository, match="has no commit yet"):
        open_repository(tmp_path / "fresh")


def test_the_git_folder_itself_is_told(checkout):
    with pytest.raises(NoRepository, match="inside a git folder"):
        open_repository(checkout.root / ".git" / "hooks")


def test_a_missing_git_is_told(checkout, monkeypatch):
    monkeypatch.setenv("PATH", "/nonexistent")
    with pytest.raises(NoRepository, match=r"git is not on the PATH.*install git 2\.25"):
        open_repository(checkout.root)


def test_an_old_git_is_told(checkout, tmp_path, monkeypatch):
    old = tmp_path / "bin" / "git"
    old.parent.mkdir()
    old.write_text("#!/bin/sh\necho git version 2.17.1\n")
    old.chmod(0o755)
    monkeypatch.setenv("PATH", f"{old.parent}:{os.environ['PATH']}")
    with pytest.raises(NoRepository, match=r"git 2\.17 is too old"):
        open_repository(checkout.root)


def test_a_shallow_clone_is_fine(checkout, tmp_path):
    checkout.write("train.py", "second\n")
    checkout.commit("Second", "train.py")
    subprocess.run(
        ["git", "clone", "-q", "--depth=1", f"file://{checkout.root}", tmp_path / "shallow"],
        check=True,
    )
    repository = open_repository(tmp_path / "shallow")
    assert repository.state().head == checkout.head()


def test_a_linked_worktree_excludes_our_folder_through_the_shared_git_folder(checkout, tmp_path):
    checkout.git("worktree", "add", "-q", str(tmp_path / "linked"))
    repository = open_repository(tmp_path / "linked")
    repository.exclude_home()
    (tmp_path / "linked" / ".intern").mkdir()
    (tmp_path / "linked" / ".intern" / "x").write_text("x")
    assert repository.root == tmp_path / "linked"
    assert repository.state().untracked == []
    assert "/.intern/" in checkout.read(".git/info/exclude")


def test_a_submodule_is_a_repository_of_its_own(checkout, tmp_path):
    outer = UserCheckout(tmp_path / "outer")
    outer.git(
        "-c", "protocol.file.allow=always", "submodule", "add", "-q", str(checkout.root), "inner"
    )
    repository = open_repository(outer.root / "inner")
    assert repository.root == outer.root / "inner"
    repository.exclude_home()
    (outer.root / "inner" / ".intern").mkdir()
    (outer.root / "inner" / ".intern" / "x").write_text("x")
    assert repository.state().untracked == []


def test_our_folder_is_excluded_once_and_what_stood_there_stays(checkout):
    checkout.write(".git/info/exclude", "*.tmp")
    checkout.repository.exclude_home()
    checkout.repository.exclude_home()
    assert checkout.read(".git/info/exclude") == "*.tmp\n/.intern/\n"


def test_a_detached_head_has_no_branch(checkout):
    checkout.enter("detached")
    state = checkout.repository.state()
    assert state.branch is None
    assert state.user_ref == checkout.head()


def test_changed_paths_are_listed_as_they_are_named(checkout):
    checkout.write("größe und »mehr«.py", "1\n")
    checkout.commit("Add", "größe und »mehr«.py")
    checkout.write("größe und »mehr«.py", "2\n")
    checkout.git("mv", "evaluate.py", "moved.py")
    state = checkout.repository.state()
    assert state.dirty == ["evaluate.py", "größe und »mehr«.py", "moved.py"]
    assert state.untracked == ["notes.txt"]


@pytest.mark.parametrize("state", STATES)
def test_looking_touches_nothing(checkout, state):
    checkout.enter(state)
    os.utime(checkout.root / "train.py")  # git would refresh the index now
    before = checkout.fingerprint()
    checkout.repository.state()
    checkout.repository.exclude_home()
    assert checkout.fingerprint() == before


def test_an_environment_from_a_hook_leads_nowhere_else(checkout, tmp_path, monkeypatch):
    other = UserCheckout(tmp_path / "other")
    monkeypatch.setenv("GIT_DIR", str(other.root / ".git"))
    monkeypatch.setenv("GIT_INDEX_FILE", str(other.root / ".git" / "index"))
    assert open_repository(checkout.root).common == checkout.root / ".git"


def test_a_revision_that_is_none_is_told(checkout):
    with pytest.raises(GitRefused, match="nothere is no commit of"):
        checkout.repository.resolve("nothere")
    with pytest.raises(GitRefused, match="is no commit"):
        checkout.repository.resolve("--all")


def test_many_files_of_many_commits_read_as_one_by_one(checkout):
    first = checkout.head()
    checkout.write("a name 7", "é\n\nno newline at the end")
    second = checkout.commit("Add", "a name 7")
    wanted = [
        (commit, path)
        for commit in (first, second, "f" * 40)
        for path in ("train.py", "a name 7", "missing 12", "a\nb", ".")
    ]
    found = read_texts(checkout.repository, wanted)
    assert list(found) == wanted
    assert found[second, "a name 7"] == "é\n\nno newline at the end"
    for commit, path in wanted:
        assert found[commit, path] == read_text(checkout.repository, commit, path), path
