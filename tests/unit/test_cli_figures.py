import pytest
from intern_daemon.cli import figures


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "-"), (0.0, "0.00"), (0.714, "0.71"), (-0.02, "-0.02"), (0.014, "0.014"),
        (0.0004, "4.00e-04"), (12345.0, "1.23e+04"), (float("nan"), "nan"),
    ],
)  # fmt: skip
def test_a_score_has_the_digits_that_it_carries(value, text):
    assert figures.score(value) == text


def test_a_gain_has_its_sign():
    assert [figures.gain(each) for each in (0.31, -0.02, 0.0, None, float("nan"))] == [
        "+0.31", "-0.02", "+0.00", "-", "nan",
    ]  # fmt: skip


def test_a_clock_counts_minutes_then_hours():
    assert [figures.clock(each) for each in (0, 192.9, 3600, 3792)] == [
        "00:00", "03:12", "1:00:00", "1:03:12",
    ]  # fmt: skip


def test_a_span_has_at_most_two_units():
    assert [figures.span(each) for each in (0.25, 18.2, 59.7, 192, 7500)] == [
        "0.2 s", "18 s", "1 min", "3 min 12 s", "2 h 5 min",
    ]  # fmt: skip


def test_a_rung_is_a_simple_fraction():
    assert [figures.rung(each) for each in (None, 1.0, 1 / 3, 1 / 9, 0.4)] == [
        "", "full", "1/3", "1/9", "40%",
    ]  # fmt: skip


def test_bytes_have_a_binary_unit():
    assert [figures.size(each) for each in (0, 1536, 5 * 1024**3)] == ["0 B", "1.5 KiB", "5.0 GiB"]


def test_ages_are_told_in_their_largest_unit():
    assert [figures.age(each) for each in (3, 250, 7300, 9e5)] == ["now", "4 min", "2 h", "10 d"]
