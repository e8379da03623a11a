"""Snapshot, worktree, exported trees and candidate commits leave the user's checkout alone."""

import shutil
import subprocess
from pathlib import Path

import pytest
from intern_daemon.errors import BadConfig, BranchMoved, CannotEdit, GitRefused, LockedPath
from intern_daemon.repo import (
    advance_branch,
    commit_files,
    commit_tree_with,
    compose,
    ensure_worktree,
    export_tree,
    forget_session,
    open_repository,
    protect,
    read_trailers,
    remove_tree,
    remove_worktree,
    seal_commit,
    take_snapshot,
    unique_branch,
    worktree_edits,
)

from ..user_checkout import STATES, TRAIN, UserCheckout


@pytest.fixture
def checkout(tmp_path):
    return UserCheckout(tmp_path / "my work größe")


@pytest.fixture
def worktree(checkout):
    return ensure_worktree(
        checkout.repository, place(checkout), "intern/test", checkout.head(), ["data"]
    )


def place(checkout) -> Path:
    return checkout.root / ".intern" / "worktrees" / "s1"


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("include_uncommitted", [False, True])
def test_a_whole_session_leaves_the_checkout_byte_identical(
    checkout, state, include_uncommitted, tmp_path
):
    checkout.enter(state)
    before = checkout.fingerprint()
    repository = checkout.repository
    start = take_snapshot(repository, "s1", include_uncommitted=include_uncommitted)
    branch = unique_branch(repository, "Tiny SFT!")
    worktree = ensure_worktree(repository, place(checkout), branch, start.commit, ["data"])
    text = (worktree / "train.py").read_text()
    edited = {"train.py": text.replace("line 30", "line 30 tuned")}
    candidate = commit_tree_with(repository, start.commit, edited, compose("Tune"))
    export_tree(repository, candidate, tmp_path / "tree", ["data"])
    sealed = seal_commit(repository, candidate, {"Intern-Run": ["r1", "r2"]})
    protect(repository, "s1", "1", sealed)
    advance_branch(repository, branch, sealed, expected=start.commit, worktree=worktree)
    assert "line 30 tuned" in (worktree / "train.py").read_text()
    assert worktree_edits(repository, worktree) == []
    assert checkout.fingerprint() == before
    remove_tree(tmp_path / "tree")
    remove_worktree(repository, worktree)
    forget_session(repository, "s1")
    assert checkout.fingerprint() == before
    assert not worktree.exists()
    assert (checkout.root / "data" / "dev.jsonl").exists()


def test_uncommitted_changes_are_left_out_unless_asked_for(checkout):
    checkout.enter("dirty")
    start = take_snapshot(checkout.repository, "s1")
    assert start.commit == checkout.head()
    assert start.left_out == ["train.py", "notes.txt"]


def test_uncommitted_changes_are_the_starting_point_when_asked_for(checkout):
    checkout.enter("staged")
    start = take_snapshot(checkout.repository, "s1", include_uncommitted=True)
    assert start.uncommitted == ["evaluate.py"]
    assert start.left_out == ["notes.txt"]
    assert checkout.git("show", f"{start.commit}:evaluate.py") == "print(3)"
    assert checkout.git("rev-parse", f"{start.commit}^") == checkout.head()
    assert checkout.git("rev-parse", "refs/intern/s1/base") == start.commit


def test_a_second_snapshot_of_a_session_is_the_first(checkout):
    first = take_snapshot(checkout.repository, "s1")
    checkout.enter("dirty")
    assert take_snapshot(checkout.repository, "s1", include_uncommitted=True).commit == first.commit


def test_an_unresolved_merge_can_not_be_a_starting_point(checkout):
    checkout.git("checkout", "-q", "-b", "other")
    checkout.write("train.py", "theirs\n")
    checkout.commit("Theirs", "train.py")
    checkout.git("checkout", "-q", "main")
    checkout.write("train.py", "ours\n")
    checkout.commit("Ours", "train.py")
    subprocess.run(["git", "merge", "-q", "other"], cwd=checkout.root, check=False)
    with pytest.raises(GitRefused, match="unresolved conflicts"):
        take_snapshot(checkout.repository, "s1", include_uncommitted=True)


def test_no_user_identity_is_needed(checkout, monkeypatch, tmp_path):
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", "/dev/null")
    checkout.enter("dirty")
    start = take_snapshot(checkout.repository, "s1", include_uncommitted=True)
    author = checkout.git("log", "-1", "--format=%an <%ae>", start.commit)
    assert author == "Intern <intern@localhost>"


def test_branch_names_are_unique_and_plain(checkout):
    repository = checkout.repository
    assert unique_branch(repository, "Größe & SFT: 2e-4?") == "intern/groe-sft-2e-4"
    assert unique_branch(repository, "数据") == "intern/session"
    checkout.git("branch", "intern/session")
    assert unique_branch(repository, "…") == "intern/session-2"


def test_a_branch_named_intern_is_told(checkout):
    checkout.git("branch", "intern")
    with pytest.raises(GitRefused, match="git branch -m intern NAME"):
        unique_branch(checkout.repository, "x")


def test_the_worktree_sees_shared_paths_and_git_sees_nothing_of_them(checkout, worktree):
    assert (worktree / "data").is_symlink()
    assert (worktree / "data" / "dev.jsonl").read_text() == '{"a": 1}\n'
    assert worktree_edits(checkout.repository, worktree) == []


def test_a_worktree_is_found_again(checkout, worktree):
    (worktree / "mine.txt").write_text("by the person")
    again = ensure_worktree(
        checkout.repository, place(checkout), "intern/test", checkout.head(), ["data"]
    )
    assert again == worktree
    assert (worktree / "mine.txt").exists()


def test_a_deleted_worktree_is_made_again_and_others_stay_registered(checkout, worktree, tmp_path):
    checkout.git("worktree", "add", "-q", str(tmp_path / "theirs"))
    shutil.rmtree(tmp_path / "theirs")  # on a drive that is not mounted now, say
    shutil.rmtree(worktree)
    ensure_worktree(checkout.repository, place(checkout), "intern/test", checkout.head())
    assert (worktree / "train.py").read_text() == TRAIN
    assert str(tmp_path / "theirs") in checkout.git("worktree", "list")


def test_a_half_made_worktree_is_made_again_and_nothing_is_deleted(checkout, worktree):
    (worktree / ".git").unlink()
    (worktree / "train.py").write_text("edited")
    entry = next((checkout.root / ".git" / "worktrees").iterdir())
    (entry / "locked").write_text("initializing")
    ensure_worktree(checkout.repository, place(checkout), "intern/test", checkout.head())
    assert (worktree / "train.py").read_text() == TRAIN
    assert (worktree.with_name("s1.lost-1") / "train.py").read_text() == "edited"


def test_a_worktree_survives_the_move_of_its_repository(checkout, worktree, tmp_path):
    (worktree / "mine.txt").write_text("by the person")
    moved = tmp_path / "moved"
    checkout.root.rename(moved)
    path = moved / ".intern" / "worktrees" / "s1"
    repository = open_repository(moved)
    ensure_worktree(repository, path, "intern/test", repository.resolve("HEAD"))
    assert (path / "mine.txt").exists()
    assert "mine.txt" in worktree_edits(repository, path)


def test_inside_the_worktree_the_workspace_is_still_the_users(checkout, worktree):
    assert open_repository(worktree).root == checkout.root


def test_a_worktree_with_edits_is_not_removed(checkout, worktree):
    (worktree / "train.py").write_text("by the person")
    with pytest.raises(GitRefused, match=r"uncommitted changes \(train.py\)"):
        remove_worktree(checkout.repository, worktree)
    assert (worktree / "train.py").read_text() == "by the person"


def test_a_crash_between_branch_and_files_is_healed(checkout, worktree):
    repository, base = checkout.repository, checkout.head()
    sha = commit_tree_with(repository, base, {"train.py": "new\n"}, compose("New"))
    repository.git.run("update-ref", "refs/heads/intern/test", sha)
    advance_branch(repository, "intern/test", sha, expected=base, worktree=worktree)
    assert (worktree / "train.py").read_text() == "new\n"
    assert worktree_edits(repository, worktree) == []


def test_a_persons_commit_on_our_branch_is_kept(checkout, worktree):
    repository, base = checkout.repository, checkout.head()
    sha = commit_tree_with(repository, base, {"train.py": "new\n"}, compose("New"))
    theirs = commit_files(
        repository, worktree, branch="intern/test", files={"evaluate.py": "0\n"}, subject="Mine"
    )
    with pytest.raises(GitRefused, match=r"not .* as Intern left it"):
        advance_branch(repository, "intern/test", sha, expected=base, worktree=worktree)
    assert checkout.git("rev-parse", "intern/test") == theirs


def test_a_persons_edit_in_our_worktree_is_kept(checkout, worktree):
    repository, base = checkout.repository, checkout.head()
    sha = commit_tree_with(repository, base, {"train.py": "new\n"}, compose("New"))
    (worktree / "train.py").write_text("by the person")
    with pytest.raises(BranchMoved, match=r"You edited train\.py in .*; your edits stay\."):
        advance_branch(repository, "intern/test", sha, expected=base, worktree=worktree)
    assert (worktree / "train.py").read_text() == "by the person"
    assert checkout.git("rev-parse", "intern/test") == base


def test_a_worktree_that_the_person_switched_keeps_its_files(checkout, worktree):
    repository, base = checkout.repository, checkout.head()
    repository.git.run("-C", str(worktree), "checkout", "-q", "--detach")
    sha = commit_tree_with(repository, base, {"train.py": "new\n"}, compose("New"))
    advance_branch(repository, "intern/test", sha, expected=base, worktree=worktree)
    assert (worktree / "train.py").read_text() == TRAIN


def test_an_exported_tree_is_the_commit_and_nothing_else(checkout, tmp_path):
    script = checkout.write("run me.sh", "#!/bin/sh\n")
    script.chmod(0o755)
    (checkout.root / "link").symlink_to("train.py")
    checkout.write("pointer.bin", "version https://git-lfs.github.com/spec/v1\n")
    checkout.write("data/.gitkeep", "")
    checkout.write("data/sub/x.txt", "x")
    checkout.git("add", "-f", "data/.gitkeep")
    sha = checkout.commit("Add", "run me.sh", "link", "pointer.bin")
    dest = export_tree(checkout.repository, sha, tmp_path / "a" / "tree", ["data", "missing"])
    assert sorted(path.name for path in dest.iterdir()) == sorted(
        [".gitignore", "data", "evaluate.py", "link", "pointer.bin", "run me.sh", "train.py"]
    )
    assert (dest / "run me.sh").stat().st_mode & 0o111
    assert (dest / "link").readlink() == Path("train.py")
    assert (dest / "data" / "dev.jsonl").is_symlink()
    assert (dest / "data" / "sub").is_symlink()
    assert not (dest / "data" / ".gitkeep").is_symlink()
    assert [path.name for path in dest.parent.iterdir()] == ["tree"]


def test_removing_an_exported_tree_leaves_shared_data(checkout, tmp_path):
    dest = export_tree(checkout.repository, "HEAD", tmp_path / "tree", ["data"])
    assert remove_tree(dest) > 0
    assert not dest.exists()
    assert checkout.read("data/dev.jsonl") == '{"a": 1}\n'


def test_an_unknown_commit_leaves_no_tree(checkout, tmp_path):
    with pytest.raises(GitRefused, match="is no commit"):
        export_tree(checkout.repository, "f" * 40, tmp_path / "tree")
    assert not (tmp_path / "tree").exists()


@pytest.mark.parametrize("share", ["../other", "/etc", ".git", ".Intern/runs", ".", ""])
def test_a_shared_path_outside_the_repository_is_refused(checkout, tmp_path, share):
    with pytest.raises(BadConfig, match=r"\[train\] share"):
        export_tree(checkout.repository, "HEAD", tmp_path / "tree", [share])


def test_a_shared_path_does_not_go_through_a_tracked_link(checkout, tmp_path):
    outside = tmp_path / "outside"
    outside.mkdir()
    (checkout.root / "door").symlink_to(outside)
    sha = checkout.commit("Add", "door")
    (checkout.root / "door").unlink()
    checkout.write("door/x.txt", "x")
    with pytest.raises(BadConfig, match="door is a tracked file or link"):
        export_tree(checkout.repository, sha, tmp_path / "tree", ["door/x.txt"])
    assert list(outside.iterdir()) == []


def test_a_candidate_changes_only_its_files(checkout):
    repository = checkout.repository
    files = {"train.py": "new\n", "new/größe.py": "x = 1\n", "evaluate.py": None}
    sha = commit_tree_with(repository, "HEAD", files, compose("Three"))
    changed = checkout.git("-c", "core.quotePath=false", "diff", "--name-status", "HEAD", sha)
    assert changed.splitlines() == ["D\tevaluate.py", "A\tnew/größe.py", "M\ttrain.py"]


def test_a_candidate_keeps_the_mode_of_a_file(checkout):
    (checkout.root / "train.py").chmod(0o755)
    checkout.commit("Executable", "train.py")
    sha = commit_tree_with(checkout.repository, "HEAD", {"train.py": "new\n"}, compose("New"))
    assert checkout.git("ls-tree", sha, "train.py").startswith("100755")


def test_a_candidate_that_changes_nothing_is_refused(checkout):
    with pytest.raises(CannotEdit, match=r"new content of train.py is the old one"):
        commit_tree_with(checkout.repository, "HEAD", {"train.py": TRAIN}, compose("Same"))


@pytest.mark.parametrize(
    "path",
    [
        "../outside.py",
        "/etc/passwd",
        "a/../../x",
        ".git/config",
        ".GIT/config",
        "sub/.git/hooks/x",
        ".intern/state.db",
        ".Intern /x",
        "git~1/config",
        "train.py/below",
        "data",
        "",
        "nul\0byte",
        "data/dev.jsonl",
        "door/x",
    ],
)
def test_a_commit_stays_in_its_worktree(checkout, worktree, path):
    (worktree / "door").symlink_to("/tmp")
    with pytest.raises(LockedPath):
        commit_files(
            checkout.repository, worktree, branch="intern/test", files={path: "x"}, subject="No"
        )
    assert checkout.git("rev-parse", "intern/test") == checkout.head()
    assert checkout.read("data/dev.jsonl") == '{"a": 1}\n'


def test_a_tracked_link_is_not_written_through(checkout):
    (checkout.root / "link").symlink_to("/etc")
    checkout.commit("Link", "link")
    for path in ("link", "link/passwd"):
        with pytest.raises(LockedPath):
            commit_tree_with(checkout.repository, "HEAD", {path: "x"}, compose("No"))


def test_commit_files_brings_branch_and_worktree_forward(checkout, worktree):
    sha = commit_files(
        checkout.repository,
        worktree,
        branch="intern/test",
        files={"train.py": "new\n"},
        subject="New",
        body="Because.",
        trailers={"Intern-Session": "s1"},
    )
    assert checkout.git("rev-parse", "intern/test") == sha
    assert (worktree / "train.py").read_text() == "new\n"
    assert checkout.read("train.py") == TRAIN


HYPOTHESIS = (
    "The learning rate of 2e-5 is ten times below what LoRA wants:\n\nthe loss falls by 0.01 in "
    "300 steps.\n--- see the finding\n# not a comment: größer ist besser"
)


def test_git_reads_folded_trailers_back(checkout):
    repository = checkout.repository
    message = compose("Raise\nthe rate", f"Why:\n{HYPOTHESIS}", {"Intern-Session": "s1"})
    candidate = commit_tree_with(repository, "HEAD", {"train.py": "new\n"}, message)
    trailers = {"Intern-Hypothesis": HYPOTHESIS, "Intern-Run": ["run-1", "run-2"]}
    sealed = seal_commit(repository, candidate, trailers)
    raw = checkout.git("log", "-1", "--format=%B", sealed)
    parsed = subprocess.run(
        ["git", "interpret-trailers", "--parse"],
        input=raw,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    flat = " ".join(HYPOTHESIS.split())
    assert parsed.splitlines() == [
        "Intern-Session: s1",
        f"Intern-Hypothesis: {flat}",
        "Intern-Run: run-1",
        "Intern-Run: run-2",
    ]
    assert read_trailers(repository, sealed) == {
        "Intern-Session": ["s1"],
        "Intern-Hypothesis": [flat],
        "Intern-Run": ["run-1", "run-2"],
    }
    assert checkout.git("log", "-1", "--format=%s", sealed) == "Raise the rate"
    assert max(len(line) for line in raw.splitlines()) <= 100


def test_sealing_again_gives_the_same_commit(checkout):
    repository = checkout.repository
    candidate = commit_tree_with(repository, "HEAD", {"train.py": "new\n"}, compose("New"))
    sealed = seal_commit(repository, candidate, {"Intern-Run": "r"})
    assert seal_commit(repository, candidate, {"Intern-Run": "r"}) == sealed
    assert seal_commit(repository, sealed, {"Intern-Run": "r"}) == sealed
    tree = checkout.git("rev-parse", f"{candidate}^{{tree}}")
    assert checkout.git("log", "-1", "--format=%T %P", sealed) == f"{tree} {checkout.head()}"


def test_a_signing_user_gets_unsigned_agent_commits(checkout):
    checkout.git("config", "commit.gpgSign", "true")
    checkout.git("config", "gpg.program", "/nonexistent")
    sha = commit_tree_with(checkout.repository, "HEAD", {"train.py": "new\n"}, compose("New"))
    assert "gpgsig" not in checkout.git("cat-file", "commit", sha)


@pytest.mark.parametrize("autocrlf", ["true", "input", "false"])
def test_line_ends_stay_as_the_repository_has_them(checkout, autocrlf):
    checkout.write("windows.py", "a\r\nb\r\n")
    checkout.write("unix.py", "a\nb\n")
    checkout.commit("Add", "windows.py", "unix.py")
    checkout.git("config", "core.autocrlf", autocrlf)
    files = {"windows.py": "a\r\nB\r\n", "unix.py": "a\nB\n"}
    sha = commit_tree_with(checkout.repository, "HEAD", files, compose("Edit"))
    assert checkout.git("show", f"{sha}:windows.py") == "a\r\nB\r"
    assert checkout.git("show", f"{sha}:unix.py") == "a\nB"


def test_a_branch_that_is_checked_out_elsewhere_is_told(checkout, tmp_path):
    checkout.git("worktree", "add", "-q", "-b", "intern/test", str(tmp_path / "theirs"))
    with pytest.raises(GitRefused, match=r"'intern/test' is already .* mend that and try again"):
        ensure_worktree(checkout.repository, place(checkout), "intern/test", checkout.head())
