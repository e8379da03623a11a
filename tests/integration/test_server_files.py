"""Files as the editors ask for them: at a commit, between two, and what a metrics file says."""

import json

import pytest
from intern_daemon.errors import BadInput, InternError
from intern_daemon.protocol import Diagnosis
from intern_daemon.protocol.files import ChangedFiles, DiagnoseFile, FileAt, FilesBetween, FileText
from intern_daemon.protocol.methods import Empty
from intern_daemon.server.client import Client

from .small_workspace import git

pytestmark = pytest.mark.slow


@pytest.fixture
def client(tmp_path):
    root = tmp_path / "workspace"
    root.mkdir()
    git(root, "init", "-q")
    for text in ("first\n", "second\n"):
        (root / "a file.py").write_text(text)
        git(root, "add", ".")
        git(root, "commit", "-q", "-m", text.strip())
    with Client.connect(root) as connected:
        yield connected
        connected.call("intern/shutdown", None, Empty)


def test_a_file_is_told_as_a_commit_has_it(client):
    def text(commit, path):
        return client.call("intern/file/at", FileAt(commit=commit, path=path), FileText).text

    assert text("HEAD", "a file.py") == "second\n"
    assert text("HEAD~1", "a file.py") == "first\n"
    assert text("HEAD", "another.py") is None


def test_a_commit_that_looks_like_an_option_is_refused(client):
    with pytest.raises(InternError):
        client.call("intern/file/at", FileAt(commit="--batch", path="a"), FileText)


def test_the_files_between_two_commits_are_named(client):
    wish = FilesBetween(before="HEAD~1", after="HEAD")
    assert client.call("intern/file/between", wish, ChangedFiles).paths == ["a file.py"]


def test_a_metrics_file_of_the_workspace_is_diagnosed_and_no_other(client, tmp_path):
    rows = [{"step": step, "loss": "NaN" if step > 20 else 1.0} for step in range(1, 41)]
    state = {"global_step": 40, "max_steps": 40, "log_history": rows}
    (client.root / "trainer_state.json").write_text(json.dumps(state))
    told = client.call("intern/file/diagnose", DiagnoseFile(path="trainer_state.json"), Diagnosis)
    assert "nonfinite_loss" in {finding.label for finding in told.findings}
    (tmp_path / "trainer_state.json").write_text(json.dumps(state))
    with pytest.raises(BadInput, match="outside this workspace"):
        client.call("intern/file/diagnose", DiagnoseFile(path="../trainer_state.json"), Diagnosis)
