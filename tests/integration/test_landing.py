"""Accepted hunks reach the user's branch, and nothing else of the user's changes."""

import subprocess

import pytest
from intern_daemon.errors import DirtyFileInTheWay, GitRefused, LandingConflict, NothingToLand
from intern_daemon.protocol import HunkDecided, SessionChanged
from intern_daemon.repo import land, preview, review, undo, unrecorded
from intern_daemon.server.reviewing import Reviewer
from intern_daemon.workspace import EventStore

from ..user_checkout import TRAIN, UserCheckout

TWO = TRAIN.replace("line 5\n", "line five\n").replace("line 50\n", "line fifty\n")


@pytest.fixture
def checkout(tmp_path):
    return UserCheckout(tmp_path / "my work größe")


def decide(checkout, session, *accepted):
    """Decisions that accept these hunks, by position, and reject the others."""
    hunks = review(checkout.repository, session, {}).hunks
    return {h.id: "accepted" if n in accepted else "rejected" for n, h in enumerate(hunks)}


def decide_all(checkout, session):
    return {h.id: "accepted" for h in review(checkout.repository, session, {}).hunks}


def mine(checkout, *touched):
    """The fingerprint less what a landing of these files may change."""
    seen = checkout.fingerprint()
    for key in ("index", "refs", "reflog", "status"):
        del seen[key]
    for path in touched:
        seen["files"].pop(str(checkout.root / path), None)
    return seen


def test_a_rejected_hunk_is_absent_after_landing(checkout):
    session = checkout.begin()
    checkout.keep(session, 1, {"train.py": TWO})
    checkout.keep(session, 2, {"new/file.py": "x\n"})
    before, head = mine(checkout, "train.py", "new/file.py"), checkout.head()
    landing = land(checkout.repository, session, decide(checkout, session, 1, 2))
    assert checkout.read("train.py") == TRAIN.replace("line 50\n", "line fifty\n")
    assert checkout.read("new/file.py") == "x\n"
    assert landing.done.model_dump() == {
        "branch": "main",
        "before": head,
        "after": checkout.head(),
        "files": ["new/file.py", "train.py"],
    }
    assert checkout.git("log", "-1", "--format=%P") == head
    assert checkout.git("status", "--porcelain", "train.py", "new", "evaluate.py") == ""
    assert mine(checkout, "train.py", "new/file.py") == before


def test_a_landing_carries_the_trailers_of_what_it_holds(checkout):
    session = checkout.begin()
    checkout.keep(session, 1, {"train.py": TWO})
    checkout.keep(session, 2, {"other.py": "x\n"})
    land(checkout.repository, session, decide_all(checkout, session))
    assert checkout.git("log", "-1", "--format=%B").splitlines() == [
        "Improve exact_match with 2 experiments",
        "",
        "- Change 1",
        "- Change 2",
        "",
        "Intern-Session: s1",
        "Intern-Experiment: s1/1",
        "Intern-Experiment: s1/2",
        "Intern-Metric: exact_match +0.1",
        "Intern-Metric: exact_match +0.2",
    ]
    assert checkout.git("log", "-1", "--format=%an, %cn") == "Intern, Test"


def test_a_message_of_the_person_is_used(checkout):
    session = checkout.begin()
    checkout.keep(session, 1, {"train.py": TWO})
    land(
        checkout.repository,
        session,
        decide_all(checkout, session),
        message="Tune it\n\nAs agreed.",
    )
    assert checkout.git("log", "-1", "--format=%s|%b").startswith("Tune it|As agreed.\n\nIntern-")


def test_a_merge_has_the_session_as_second_parent_and_the_accepted_tree(checkout):
    session = checkout.begin()
    tip = checkout.keep(session, 1, {"train.py": TWO})
    head = checkout.head()
    land(checkout.repository, session, decide(checkout, session, 0), style="merge")
    assert checkout.git("log", "-1", "--format=%P").split() == [head, tip]
    assert checkout.read("train.py") == TRAIN.replace("line 5\n", "line five\n")


def test_a_preview_touches_nothing_and_says_what_landing_does(checkout):
    session = checkout.begin()
    checkout.keep(session, 1, {"train.py": TWO})
    decisions = decide(checkout, session, 0)
    before = checkout.fingerprint()
    seen = preview(checkout.repository, session, decisions)
    assert checkout.fingerprint() == before
    assert (seen.target, seen.files, seen.dirty, seen.conflicts) == ("main", ["train.py"], [], [])
    assert seen.message.startswith("Change 1\n\nIntern-Session: s1\n")
    land(checkout.repository, session, decisions)
    assert checkout.git("rev-parse", "HEAD^{tree}") == checkout.git(
        "rev-parse", f"{seen.commit}^{{tree}}"
    )


def test_work_on_other_files_stays_as_it_is(checkout):
    session = checkout.begin()
    checkout.keep(session, 1, {"train.py": TWO})
    decisions = decide_all(checkout, session)
    checkout.write("other.py", "staged and new\n")
    checkout.git("add", "other.py")
    checkout.enter("staged")
    before = mine(checkout, "train.py")
    land(checkout.repository, session, decisions)
    assert checkout.git("status", "--porcelain").splitlines() == [
        "MM evaluate.py",
        "A  other.py",
        "?? notes.txt",
    ]
    assert checkout.git("show", ":evaluate.py") == "print(2)"
    assert mine(checkout, "train.py") == before


def _edit(checkout):
    checkout.write("train.py", "by the user\n")


def _stage(checkout):
    _edit(checkout)
    checkout.git("add", "train.py")
    checkout.write("train.py", TRAIN)


def _hide(checkout):
    checkout.git("update-index", "--assume-unchanged", "train.py")
    _edit(checkout)


def _skip(checkout):
    checkout.git("update-index", "--skip-worktree", "train.py")
    _edit(checkout)


def _delete(checkout):
    (checkout.root / "train.py").unlink()


@pytest.mark.parametrize("spoil", [_edit, _stage, _hide, _skip, _delete])
def test_a_dirty_file_is_never_touched(checkout, spoil):
    session = checkout.begin()
    checkout.keep(session, 1, {"train.py": TWO})
    decisions = decide_all(checkout, session)
    spoil(checkout)
    before = checkout.fingerprint()
    assert preview(checkout.repository, session, decisions).dirty == ["train.py"]
    with pytest.raises(DirtyFileInTheWay, match=r"train\.py would be changed but holds work"):
        land(checkout.repository, session, decisions)
    assert checkout.fingerprint() == before


@pytest.mark.parametrize("path", ["notes.txt", "noise.log", "notes.txt/below.py", "data"])
def test_an_untracked_or_ignored_file_is_never_overwritten(checkout, path):
    session = checkout.begin()
    checkout.keep(session, 1, {path: "x\n"})
    decisions = decide_all(checkout, session)
    before = checkout.fingerprint()
    with pytest.raises(DirtyFileInTheWay):
        land(checkout.repository, session, decisions)
    assert checkout.fingerprint() == before


def test_a_changed_branch_is_merged_into(checkout):
    session = checkout.begin()
    checkout.keep(session, 1, {"train.py": TWO})
    checkout.write("train.py", TRAIN.replace("line 30\n", "line thirty\n"))
    checkout.commit("By the user", "train.py")
    land(checkout.repository, session, decide(checkout, session, 1))
    assert checkout.read("train.py") == TRAIN.replace("line 30\n", "line thirty\n").replace(
        "line 50\n", "line fifty\n"
    )


def test_a_conflict_is_found_beforehand(checkout):
    session = checkout.begin()
    checkout.keep(session, 1, {"train.py": TWO, "evaluate.py": "print(9)\n"})
    checkout.write("train.py", TRAIN.replace("line 5\n", "line V\n"))
    checkout.commit("By the user", "train.py")
    decisions = decide_all(checkout, session)
    before = checkout.fingerprint()
    seen = preview(checkout.repository, session, decisions)
    assert (seen.commit, seen.conflicts) == (None, ["train.py"])
    with pytest.raises(LandingConflict, match=r"train\.py changed on main in the same place"):
        land(checkout.repository, session, decisions)
    assert checkout.fingerprint() == before


def test_a_neighbouring_line_lands_without_the_rejected_one(checkout):
    session = checkout.begin()
    one = TRAIN.replace("line 5\n", "line five\n")
    two = one.replace("line 6\n", "line six\nline six and a half\n")
    checkout.keep(session, 1, {"train.py": one})
    checkout.keep(session, 2, {"train.py": two})
    land(checkout.repository, session, decide(checkout, session, 1))
    assert checkout.read("train.py") == TRAIN.replace("line 6\n", "line six\nline six and a half\n")


def test_a_hunk_that_builds_on_a_rejected_one_is_told(checkout):
    session = checkout.begin()
    checkout.keep(session, 1, {"train.py": TRAIN.replace("line 5\n", "line five\n")})
    checkout.keep(session, 2, {"train.py": TRAIN.replace("line 5\n", "line V\n")})
    with pytest.raises(LandingConflict, match=r"hunk of s1/2 builds on a rejected one"):
        land(checkout.repository, session, decide(checkout, session, 1))
    first = land(checkout.repository, session, decide(checkout, session, 0)).event
    assert checkout.read("train.py") == TRAIN.replace("line 5\n", "line five\n")
    land(checkout.repository, session, decide_all(checkout, session), previous=first)
    assert checkout.read("train.py") == TRAIN.replace("line 5\n", "line V\n")


def test_a_landed_hunk_that_is_rejected_later_goes_with_the_next_landing(checkout):
    session = checkout.begin()
    checkout.keep(session, 1, {"train.py": TWO, "new.py": "x\n"})
    first = land(checkout.repository, session, decide_all(checkout, session)).event
    land(checkout.repository, session, decide(checkout, session, 1), previous=first)
    assert checkout.read("train.py") == TRAIN.replace("line 5\n", "line five\n")
    assert not (checkout.root / "new.py").exists()


def test_an_edit_of_a_rejected_new_file_is_told(checkout):
    session = checkout.begin()
    checkout.keep(session, 1, {"new.py": "a\n"})
    checkout.keep(session, 2, {"new.py": "a\nb\n"})
    with pytest.raises(LandingConflict, match="builds on a rejected one"):
        land(checkout.repository, session, decide(checkout, session, 1))


def test_more_hunks_can_land_later(checkout):
    session = checkout.begin()
    checkout.keep(session, 1, {"train.py": TWO})
    land(checkout.repository, session, decide(checkout, session, 0))
    land(checkout.repository, session, decide_all(checkout, session))
    assert checkout.read("train.py") == TWO
    with pytest.raises(NothingToLand, match="has the accepted hunks"):
        land(checkout.repository, session, decide_all(checkout, session))


def test_nothing_accepted_is_nothing_to_land(checkout):
    session = checkout.begin()
    checkout.keep(session, 1, {"train.py": TWO})
    with pytest.raises(NothingToLand, match=r"no hunk of intern/test is accepted"):
        land(checkout.repository, session, {})


def test_every_kind_of_file_lands(checkout):
    checkout.write("weights.bin", b"\0\1")
    checkout.write("old name.py", "a\nb\n")
    checkout.write("crlf.txt", "a\r\nb\r\n")
    checkout.write("last.txt", "a\nb")
    names = ("weights.bin", "old name.py", "crlf.txt", "last.txt")
    session = checkout.begin(checkout.commit("More", *names))
    checkout.keep(
        session,
        1,
        {
            "weights.bin": b"\0\2",
            "old name.py": None,
            "größe/»neu«.py": b"caf\xe9",
            "crlf.txt": "a\r\nB\r\n",
            "last.txt": "a\nb\nc",
            "empty": "",
        },
    )
    land(checkout.repository, session, decide_all(checkout, session))
    assert (checkout.root / "weights.bin").read_bytes() == b"\0\2"
    assert not (checkout.root / "old name.py").exists()
    assert (checkout.root / "größe/»neu«.py").read_bytes() == b"caf\xe9"
    assert checkout.read("crlf.txt") == "a\r\nB\r\n"
    assert checkout.read("last.txt") == "a\nb\nc"
    assert checkout.read("empty") == ""
    assert checkout.git("diff", "HEAD", "intern/test") == ""


def test_a_binary_file_on_a_changed_branch_is_a_conflict(checkout):
    checkout.write("weights.bin", b"\0\1")
    session = checkout.begin(checkout.commit("More", "weights.bin"))
    checkout.keep(session, 1, {"weights.bin": b"\0\2"})
    checkout.write("weights.bin", b"\0\3")
    checkout.commit("By the user", "weights.bin")
    with pytest.raises(LandingConflict, match=r"weights\.bin"):
        land(checkout.repository, session, decide_all(checkout, session))


def test_a_detached_head_is_told(checkout):
    session = checkout.begin()
    checkout.keep(session, 1, {"train.py": TWO})
    decisions = decide_all(checkout, session)
    checkout.enter("detached")
    before = checkout.fingerprint()
    with pytest.raises(GitRefused, match="git switch -c NAME"):
        land(checkout.repository, session, decisions)
    assert checkout.fingerprint() == before


def test_an_unfinished_merge_is_told(checkout):
    session = checkout.begin()
    checkout.keep(session, 1, {"train.py": TWO})
    decisions = decide_all(checkout, session)
    checkout.git("checkout", "-q", "-b", "other")
    checkout.write("evaluate.py", "theirs\n")
    checkout.commit("Theirs", "evaluate.py")
    checkout.git("checkout", "-q", "main")
    checkout.write("evaluate.py", "ours\n")
    checkout.commit("Ours", "evaluate.py")
    subprocess.run(["git", "merge", "other"], cwd=checkout.root, capture_output=True, check=False)
    before = checkout.fingerprint()
    with pytest.raises(GitRefused, match="a merge is unfinished"):
        land(checkout.repository, session, decisions)
    assert checkout.fingerprint() == before


def test_settings_that_would_touch_more_are_off(checkout):
    session = checkout.begin()
    checkout.keep(session, 1, {"train.py": TWO})
    decisions = decide_all(checkout, session)
    for name, value in {
        "merge.autoStash": "true",
        "merge.verifySignatures": "true",
        "merge.ff": "false",
        "commit.gpgSign": "true",
        "gpg.program": "/nonexistent",
        "core.fsmonitor": "/nonexistent",
    }.items():
        checkout.git("config", name, value)
    checkout.hook_ran.unlink(missing_ok=True)
    land(checkout.repository, session, decisions)
    assert checkout.read("train.py") == TWO
    assert checkout.git("stash", "list") == ""
    assert not checkout.hook_ran.exists()


def test_no_user_identity_is_needed(checkout, monkeypatch):
    session = checkout.begin()
    checkout.keep(session, 1, {"train.py": TWO})
    decisions = decide_all(checkout, session)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", "/dev/null")
    landing = land(checkout.repository, session, decisions)
    assert checkout.git("log", "-1", "--format=%an, %cn") == "Intern, Intern"
    undo(checkout.repository, landing.event)
    assert checkout.read("train.py") == TRAIN


@pytest.mark.parametrize("style", ["squash", "merge"])
def test_an_undone_landing_is_a_new_commit_that_keeps_what_came_after(checkout, style):
    session = checkout.begin()
    checkout.keep(session, 1, {"train.py": TWO, "new.py": "x\n"})
    landing = land(checkout.repository, session, decide_all(checkout, session), style=style)
    checkout.write("evaluate.py", "later\n")
    later = checkout.commit("Later", "evaluate.py")
    undone = undo(checkout.repository, landing.event)
    assert undone.event.undone
    assert undone.done.before == later
    assert checkout.git("log", "-1", "--format=%P") == later
    assert checkout.git("log", "-1", "--format=%s") == 'Revert "Change 1"'
    assert checkout.read("train.py") == TRAIN
    assert checkout.read("evaluate.py") == "later\n"
    assert not (checkout.root / "new.py").exists()
    with pytest.raises(NothingToLand, match="undone already"):
        undo(checkout.repository, undone.event)
    land(checkout.repository, session, decide_all(checkout, session), style=style)
    assert checkout.read("train.py") == TWO


def test_an_undo_never_touches_a_dirty_file(checkout):
    session = checkout.begin()
    checkout.keep(session, 1, {"train.py": TWO})
    landing = land(checkout.repository, session, decide_all(checkout, session))
    checkout.write("train.py", "by the user\n")
    before = checkout.fingerprint()
    with pytest.raises(DirtyFileInTheWay):
        undo(checkout.repository, landing.event)
    assert checkout.fingerprint() == before


def test_an_undo_that_later_commits_prevent_is_told(checkout):
    session = checkout.begin()
    checkout.keep(session, 1, {"train.py": TWO})
    landing = land(checkout.repository, session, decide_all(checkout, session))
    checkout.write("train.py", TWO.replace("line five", "line 5.0"))
    checkout.commit("Later", "train.py")
    with pytest.raises(LandingConflict, match=r"train\.py changed after the landing"):
        undo(checkout.repository, landing.event)


def test_a_session_on_uncommitted_work_lands_once_that_is_committed(checkout):
    from intern_daemon.repo import take_snapshot

    dirty = TRAIN.replace("line 60", "line sixty")
    checkout.write("train.py", dirty)
    start = take_snapshot(checkout.repository, "s1", include_uncommitted=True)
    session = checkout.begin(start.commit)
    checkout.keep(session, 1, {"train.py": dirty.replace("line 5\n", "line five\n")})
    with pytest.raises(DirtyFileInTheWay):
        land(checkout.repository, session, decide_all(checkout, session))
    checkout.commit("Mine", "train.py")
    land(checkout.repository, session, decide_all(checkout, session))
    assert checkout.read("train.py") == dirty.replace("line 5\n", "line five\n")


def test_another_git_command_at_work_is_told(checkout):
    session = checkout.begin()
    checkout.keep(session, 1, {"train.py": TWO})
    decisions = decide_all(checkout, session)
    checkout.write(".git/index.lock", "")
    before = checkout.fingerprint()
    with pytest.raises(GitRefused, match=r"another git command holds .*index\.lock; wait until"):
        land(checkout.repository, session, decisions)
    assert checkout.fingerprint() == before


def test_a_landing_that_died_before_its_record_is_found_and_can_be_undone(checkout, tmp_path):
    session = checkout.begin()
    checkout.keep(session, 1, {"train.py": TWO})
    decisions = decide_all(checkout, session)
    store = EventStore(tmp_path / "state.db")
    store.append(SessionChanged(session=session))
    for hunk in decisions:
        store.append(HunkDecided(session=session.id, hunk=hunk, decision="accepted"))
    head = checkout.head()
    # As if killed right here: git has the commit, the log has no event of it.
    landing = land(checkout.repository, session, decisions)
    reviewer = Reviewer(checkout.repository, store, lambda _: session)
    reviewer.recover()
    assert store.state.landings == {session.id: landing.event}
    undone = reviewer.undo(session.id)
    assert checkout.git("rev-parse", "HEAD^{tree}") == checkout.git("rev-parse", f"{head}^{{tree}}")
    # The same for an undoing, which a second start must not undo again.
    assert store.state.landings[session.id].after == undone.after
    found = unrecorded(checkout.repository, session, list(decisions), landing.event)
    assert found == store.state.landings[session.id]
    assert found.undone
    before = store.head
    reviewer.recover()
    assert store.head == before
    store.close()


def test_commits_that_the_person_merged_themselves_are_no_landing(checkout):
    session = checkout.begin()
    checkout.keep(session, 1, {"new.py": "x\n"})
    decisions = decide_all(checkout, session)
    assert unrecorded(checkout.repository, session, list(decisions), None) is None
    checkout.git("merge", "--ff-only", session.branch)
    assert unrecorded(checkout.repository, session, list(decisions), None) is None
