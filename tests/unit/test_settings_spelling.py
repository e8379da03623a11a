"""Numbers keep the style of the number they replace, and their exact value."""

import tomllib

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from intern_daemon.workspace.settings import spell, tidy

FLOATS = st.floats(allow_nan=False, allow_infinity=False)
STYLES = st.sampled_from(
    ["", "2e-5", "2.0e-05", "2E-5", "0.00002", "3.0", "3", "1_000", "1e+3", "1.5e3"]
)


@pytest.mark.parametrize(
    ("value", "like", "text"),
    [
        (2e-4, "2e-5", "2e-4"),
        (2e-4, "2.0e-05", "2.0e-04"),
        (2e-4, "2E-05", "2E-04"),
        (2e-4, "0.00002", "0.0002"),
        (2.5e-4, "2e-5", "2.5e-4"),
        (2e-12, "0.00002", "2e-12"),
        (2e-4, "", "2e-4"),
        (0.1, "", "0.1"),
        (9.0, "3.0", "9.0"),
        (9, "3", "9"),
        (2000, "1_000", "2_000"),
        (0.0, "", "0.0"),
        (True, "False", "True"),
        ("all-linear", "'x'", "'all-linear'"),
        ("all-linear", '"x"', '"all-linear"'),
    ],
)
def test_a_number_is_written_as_its_neighbour(value, like, text):
    assert spell(value, like) == text


@given(FLOATS, STYLES)
def test_a_float_reads_back_exactly_in_python(value, like):
    assert float(spell(value, like)) == value


@given(FLOATS, STYLES)
def test_a_float_reads_back_exactly_in_toml(value, like):
    assert tomllib.loads(f"x = {spell(value, like, dialect='toml')}")["x"] == value


@given(FLOATS)
def test_a_new_float_is_a_number_for_pyyaml(value):
    assert yaml.safe_load(spell(value, dialect="yaml")) == value


@given(st.integers(), STYLES)
def test_an_integer_reads_back_exactly(value, like):
    assert int(spell(value, like)) == value


@given(st.floats(min_value=1e-9, max_value=1.0))
def test_a_tidy_number_has_at_most_two_digits(value):
    digits = f"{tidy(value):e}".partition("e")[0].replace(".", "").rstrip("0")
    assert len(digits) <= 2
    assert tidy(value) == pytest.approx(value, rel=0.05)
