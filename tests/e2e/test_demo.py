"""`make demo` from the outside: a weak training run becomes measurably better."""

import json

import pytest

from .demo import check_report, check_rows, fingerprint, run_intern

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]


def test_a_weak_training_run_becomes_better_is_reviewed_and_lands(intern, tmp_path):
    root = tmp_path / "demo workspace é"
    run_intern(intern, "new", "sft", str(root), cwd=tmp_path)
    before = fingerprint(root)
    try:
        report = json.loads(run_intern(intern, "improve", "--json", cwd=root))
        check_report(root, report)
        check_rows(root)
        assert fingerprint(root) == before

        review = json.loads(run_intern(intern, "review", "--accept-all", "--json", cwd=root))
        assert review["hunks"]
        assert all(hunk["decision"] == "accepted" for hunk in review["hunks"])
        run_intern(intern, "land", "--yes", cwd=root)
        landed = fingerprint(root)
        assert landed["head"] != before["head"]
        assert landed["status"] == before["status"]
        run_intern(intern, "land", "--undo", "--yes", cwd=root)
        undone = fingerprint(root)
        assert undone["train.py"] == before["train.py"]
    finally:
        run_intern(intern, "stop-daemon", cwd=root)
