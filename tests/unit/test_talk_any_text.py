"""Whatever is said: it is understood or not, and nothing breaks or turns into markup."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from intern_daemon.agent.talk.answers import ANSWERS
from intern_daemon.agent.talk.links import block, code, file_link, link, plain, prose
from intern_daemon.agent.talk.mentions import fitness
from intern_daemon.agent.talk.question import understand
from intern_daemon.agent.talk.requests import Value, request_in
from intern_daemon.agent.talk.writer import sentences
from intern_daemon.cli.chat import readable

from .talk_history import view

SAID = """why what next exp 1 2 99 run run-0001 compare and vs explain S2 underfitting use set to
= 1e-4 revert this learning_rate the status how long cost ? . tiny-1/3 train.py"""
WORDS = st.lists(st.sampled_from(SAID.split()), max_size=12).map(" ".join)
TEXT = st.text(max_size=200) | WORDS


@pytest.fixture(scope="module")
def seen(tmp_path_factory):
    return view(tmp_path_factory.mktemp("workspace"))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(text=TEXT)
def test_any_text_is_answered_or_not_understood(seen, text):
    question = understand(text, [], seen)
    if question.topic in ANSWERS:
        assert ANSWERS[question.topic](seen, question)


@given(text=TEXT)
def test_any_text_asks_for_a_value_or_for_none(text):
    request = request_in(text)
    assert not isinstance(request, Value) or request.value


@given(text=st.text(max_size=300))
def test_any_text_is_said_in_pieces_without_loss(text):
    assert "".join(sentences(text)) == text


@given(text=st.text(alphabet="a <>`*[]()\\|&\n!_#", max_size=60))
def test_text_from_elsewhere_reads_as_itself_and_opens_nothing(text):
    line = " ".join(text.split())
    assert readable(plain(text)) == line
    unescaped = plain(text).replace("\\\\", "")
    for mark in "<[]`*|&":
        assert unescaped.count(mark) == unescaped.count(f"\\{mark}")
    fence = len(code(text)) - len(code(text).lstrip("`"))
    assert "`" * fence not in code(text)[fence:-fence].strip()
    lines = block(text).split("\n")
    assert lines[0] not in "\n".join(lines[1:-1])


def test_our_own_sentences_keep_their_code_spans_and_nothing_else():
    assert prose("`a*b` is <b>; use `c`") == "`a*b` is \\<b>; use `c`"
    assert prose("one ` alone") == "one \\` alone"


def test_links_percent_encode_what_would_end_them():
    assert file_link("a b/c).py", 3) == "[a b/c).py:3](intern:file/a%20b/c%29.py#L3)"
    assert link("x]y", "run", "r 1") == "[x\\]y](intern:run/r%201)"


@pytest.mark.parametrize(
    ("prefix", "label", "fit"),
    [
        ("", "train.py", 0),
        ("train", "train.py", 0),
        ("train", "src/train.py", 0),
        ("rain", "train.py", 1),
        ("exp3", "exp 3", 0),
        ("trpy", "train.py", 6),
        ("pytr", "train.py", None),
    ],
)
def test_the_start_of_a_name_fits_best_and_letters_in_order_still_fit(prefix, label, fit):
    assert fitness(prefix, label) == fit
