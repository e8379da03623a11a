"""`intern.toml`, read with errors that name line and column."""

import pytest
from intern_daemon.errors import BadConfig, NoConfig
from intern_daemon.workspace import load, parse
from intern_daemon.workspace.config import problems

GOOD = """\
[train]
command = "python train.py"
[eval]
command = "python evaluate.py --split dev"
metric = "exact_match"
"""


def test_the_smallest_contract_is_enough():
    config = parse(GOOD)
    assert config.train.outputs == ["outputs"]
    assert config.eval.direction == "max"
    assert config.budget.minutes == 30


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (
            GOOD.replace("metric =", "metrik ="),
            "intern.toml:5:1: [eval] metrik is not a known key; remove it or mend its spelling.",
        ),
        (
            GOOD + 'direction = "up"\n',
            "intern.toml:6:1: [eval] direction: input should be 'max' or 'min', got 'up'.",
        ),
        (
            GOOD + "[budget]\nminutes = 0\n",
            "intern.toml:7:1: [budget] minutes: input should be greater than 0, got 0.",
        ),
        (
            GOOD + "colour = 1\n",
            "intern.toml:6:1: [eval] colour is not a known key; remove it or mend its spelling.",
        ),
        ('[train]\ncommand = "', "intern.toml is not valid TOML: "),
    ],
)
def test_a_broken_contract_is_one_sentence_with_its_place(text, sentence):
    with pytest.raises(BadConfig) as caught:
        parse(text)
    assert str(caught.value).startswith(sentence)
    assert "line" in str(caught.value) or ":" in str(caught.value)


def test_a_missing_contract_names_the_command_that_makes_one(tmp_path):
    with pytest.raises(NoConfig, match="intern init"):
        load(tmp_path / "intern.toml")


def test_all_mistakes_of_a_contract_are_found_with_their_places():
    found = problems('[train]\ncommand = 3\nshares = []\n[eval]\ncommand = "python e.py"\n')
    assert [(one.line, one.column, one.text) for one in found] == [
        (2, 1, "[train] command: input should be a valid string, got 3"),
        (3, 1, "[train] shares is not a known key; remove it or mend its spelling"),
        (4, 2, "[eval] metric is missing; add it"),
    ]


def test_text_that_is_no_toml_is_one_mistake_where_the_reader_stopped():
    (found,) = problems("[train]\ncommand = \n")
    assert (found.line, found.column) == (2, 11)
    assert problems("[train]\nx = [1,\n")[0].line >= 2
