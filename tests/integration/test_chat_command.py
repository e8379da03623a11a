"""`intern chat` as a person types it."""

import json
import subprocess
import sys

import pytest

from .lsp_workspace import History, make
from .talking import visiting
from .terminal import Terminal


@pytest.fixture(scope="module")
def terminal(tmp_path_factory):
    root = make(tmp_path_factory.mktemp("chat") / "tiny")
    past = History(root)
    past.experiment(0, score=0.3)
    past.experiment(1, "2e-5", "2e-4", verdict="keep", effect=0.2, score=0.5)
    past.close()
    with visiting(root):
        yield Terminal(root)


def test_an_answer_is_printed_without_markup(terminal):
    done = terminal.intern("chat", "why", "exp", "1?")
    assert done.returncode == 0
    lines = done.stdout.splitlines()
    assert lines[:6] == [
        "exp 1: 2e-5 -> 2e-4.",
        "",
        "No finding names it; the hypothesis alone spoke for it.",
        "",
        "Hypothesis: it helps",
        "",
    ]
    assert lines[-1] == (
        "Verdict: keep, +0.200 (noise floor 0.020, 2 seeds) on `exact_match`. because Runs: run-1."
    )
    assert done.stderr == ""


def test_json_holds_question_and_answer(terminal):
    told = json.loads(terminal.intern("chat", "--json", "/explian").stdout)
    assert told["question"]["text"] == "/explian"
    assert told["answer"]["answers"] == told["question"]["id"]
    assert told["answer"]["text"] == (
        "There is no command `/explian`; did you mean `/explain`? `/help` lists them all."
    )


def test_lines_of_standard_input_are_one_conversation(terminal):
    done = subprocess.run(
        [sys.executable, "-m", "intern_daemon", "chat", "--json", "--conversation", "s1"],
        cwd=terminal.root,
        input="status\n\nwhat does it cost\n",
        capture_output=True,
        text=True,
        check=True,
    )
    pairs = json.loads(done.stdout)
    assert [pair["question"]["text"] for pair in pairs] == ["status", "what does it cost"]
    assert {pair["answer"]["conversation"] for pair in pairs} == {"s1"}


def test_what_can_not_be_said_is_one_sentence(terminal):
    assert terminal.refused("chat", "--conversation", "chat-99", "hello") == (
        "There is no conversation chat-99; leave it out to begin a new one."
    )
    assert terminal.refused("chat") == (
        "There is nothing to say; give a question, as in `intern chat what next`."
    )
