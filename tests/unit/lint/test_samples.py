"""The first rows of local data."""

import json

import pytest
from intern_daemon.lint import Samples


@pytest.fixture
def write(tmp_path):
    def written(rows, name="rows.jsonl"):
        (tmp_path / name).write_text("\n".join(json.dumps(row) for row in rows))
        return tmp_path, name

    return written


def test_roles_do_not_count_and_of_a_pair_only_the_longer_answer_does(write):
    turns = {"messages": [{"role": "user", "content": "12345"}]}
    pair = {"prompt": "12", "chosen": "1234", "rejected": "1"}
    assert Samples().of(*write([turns])).lengths == (5,)
    assert Samples().of(*write([pair])).lengths == (6,)


def test_only_the_first_rows_of_a_long_file_are_read(write):
    sample = Samples().of(*write([{"text": "abcde" * 10}] * 1000))
    assert (sample.rows, sample.median_tokens, sample.shape) == (200, 10, "text")
    assert sample.share_above(9) == 1.0
    assert sample.share_above(10) == 0.0


def test_a_file_is_read_again_only_when_it_changes(write):
    samples = Samples()
    first = samples.of(*write([{"text": "a"}]))
    place = write([{"text": "a"}])
    samples.of(*place)
    assert samples.of(*place) is samples.of(*place)
    assert samples.of(*write([{"text": "a much longer row"}])) != first


@pytest.mark.parametrize("text", ["", "{half", "[1, 2]", "\n\n"])
def test_what_holds_no_rows_has_no_sample(tmp_path, text):
    (tmp_path / "rows.jsonl").write_text(text)
    assert Samples().of(tmp_path, "rows.jsonl") is None
    assert Samples().of(tmp_path, "absent.jsonl") is None
