"""What the person is asked to judge."""

import pytest
from intern_daemon.repo import review

from ..user_checkout import TRAIN, UserCheckout


@pytest.fixture
def checkout(tmp_path):
    return UserCheckout(tmp_path / "work")


def hunks_of(checkout, session, decisions=None):
    return review(checkout.repository, session, decisions or {}).hunks


def test_hunks_come_per_experiment_in_order_with_git_s_numbers(checkout):
    session = checkout.begin()
    first = TRAIN.replace("line 5\n", "line five\n").replace("line 50\n", "line 50\nextra\n")
    sha = checkout.keep(session, 1, {"train.py": first})
    checkout.keep(session, 2, {"evaluate.py": "print(2)\n"})
    answer = review(checkout.repository, session, {})
    assert (answer.branch, answer.target) == ("intern/test", "main")
    assert [(h.experiment, h.path, h.header) for h in answer.hunks] == [
        ("s1/1", "train.py", "@@ -2,7 +2,7 @@ line 1"),
        ("s1/1", "train.py", "@@ -48,6 +48,7 @@ line 47"),
        ("s1/2", "evaluate.py", "@@ -1,1 +1,1 @@"),
    ]
    assert answer.hunks[0].commit == sha
    assert answer.hunks[2].lines == ["-print(1)", "+print(2)"]


def test_ids_are_unique_stable_and_carry_the_decision(checkout):
    session = checkout.begin()
    same = "a\n" * 10
    checkout.write("same.py", ("x\n" + same) * 3)
    session = session.model_copy(update={"base_commit": checkout.commit("Same", "same.py")})
    checkout.repository.git.run("update-ref", "refs/heads/intern/test", session.base_commit)
    checkout.keep(session, 1, {"same.py": ("y\n" + same) * 3})
    ids = [hunk.id for hunk in hunks_of(checkout, session)]
    assert len(set(ids)) == 3
    decided = hunks_of(checkout, session, {ids[1]: "rejected"})
    assert [hunk.id for hunk in decided] == ids
    assert [hunk.decision for hunk in decided] == ["open", "rejected", "open"]


def test_every_kind_of_change_is_shown(checkout):
    checkout.write("weights.bin", b"\0\1")
    checkout.write("old name.py", "a\nb\n")
    session = checkout.begin(checkout.commit("More", "weights.bin", "old name.py"))
    checkout.keep(
        session,
        1,
        {
            "weights.bin": b"\0\2",
            "old name.py": None,
            "größe.py": "a\nb",
            "empty": "",
            "crlf.txt": "a\r\nb\r\n",
            "latin.txt": b"caf\xe9\n",
        },
    )
    shown = {hunk.path: (hunk.header, hunk.lines) for hunk in hunks_of(checkout, session)}
    assert shown.pop("weights.bin")[0].startswith("@@ -0,0 +0,0 @@ changed binary file")
    no_newline = "\\ No newline at end of file"
    assert shown == {
        "old name.py": ("@@ -1,2 +0,0 @@ deleted file", ["-a", "-b"]),
        "größe.py": ("@@ -0,0 +1,2 @@ new file", ["+a", "+b", no_newline]),
        "empty": ("@@ -0,0 +0,0 @@ new file", []),
        "crlf.txt": ("@@ -0,0 +1,2 @@ new file", ["+a\r", "+b\r"]),
        "latin.txt": ("@@ -0,0 +1,1 @@ new file", ["+caf\ufffd"]),
    }


def test_a_mode_change_is_a_hunk_of_its_own(checkout):
    session = checkout.begin()
    checkout.enter("clean")
    checkout.git("checkout", "-q", "intern/test")
    (checkout.root / "train.py").chmod(0o755)
    checkout.write("train.py", "new\n" + TRAIN)
    checkout.commit("By the person", "train.py")
    checkout.git("checkout", "-q", "main")
    headers = [hunk.header for hunk in hunks_of(checkout, session)]
    assert headers == ["@@ -0,0 +0,0 @@ mode 100644 -> 100755", "@@ -1,3 +1,4 @@"]
    assert hunks_of(checkout, session)[0].experiment == ""


def test_the_users_diff_settings_change_nothing(checkout):
    session = checkout.begin()
    checkout.keep(session, 1, {"train.py": TRAIN.replace("line 5\n", "\n")})
    before = hunks_of(checkout, session)
    for name, value in {
        "diff.context": "0",
        "diff.noprefix": "true",
        "diff.external": "/nonexistent",
        "diff.suppressBlankEmpty": "true",
        "color.ui": "always",
        "diff.interHunkContext": "50",
        "log.showSignature": "true",
    }.items():
        checkout.git("config", name, value)
    assert hunks_of(checkout, session) == before
