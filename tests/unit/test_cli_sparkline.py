from hypothesis import given
from hypothesis import strategies as st
from intern_daemon.cli.sparkline import marked, sparkline
from intern_daemon.cli.terminal import ASCII, UNICODE


def test_a_falling_curve_falls():
    assert sparkline([3.0, 2.0, 1.0, 0.0], 10, UNICODE) == "█▆▃▁"


def test_a_flat_curve_is_drawn_low():
    assert sparkline([1.0, 1.0, 1.0], 10, UNICODE) == "▁▁▁"


def test_a_spike_between_two_columns_stays_visible():
    values = [1.0] * 50
    values[17] = 9.0
    assert sparkline(values, 5, UNICODE) == "▁█▁▁▁"


def test_nan_has_a_sign_of_its_own():
    assert sparkline([1.0, float("nan"), 2.0], 10, UNICODE) == "▁×█"
    assert sparkline([float("nan"), float("inf")], 10, ASCII) == "!!"


def test_no_values_are_no_line():
    assert sparkline([], 10, UNICODE) == ""


def test_the_mark_stands_below_the_steps():
    steps = [float(step) for step in range(0, 100, 10)]
    assert marked(steps, (70, 90), 5) == "   ^^"


@given(
    st.lists(st.floats(), max_size=200),
    st.integers(min_value=1, max_value=60),
)
def test_a_sparkline_never_leaves_its_columns(values, width):
    assert len(sparkline(values, width, UNICODE)) == min(width, len(values))


@given(
    st.lists(st.integers(0, 1000), min_size=1, max_size=200, unique=True).map(sorted),
    st.integers(min_value=1, max_value=60),
    st.data(),
)
def test_a_marked_step_stands_below_its_own_column(steps, width, data):
    index = data.draw(st.integers(0, len(steps) - 1))
    values = [0.0] * len(steps)
    values[index] = 1.0
    line = sparkline(values, width, UNICODE)
    mark = marked([float(step) for step in steps], (steps[index], steps[index]), width)
    if len(line) > 1:
        assert line[len(mark) - 1] == "█"
