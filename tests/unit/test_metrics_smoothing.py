import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from intern_daemon.metrics import smooth


def one_by_one(values, weight):
    average, seen, told = 0.0, 0, []
    for value in values:
        if not math.isfinite(value):
            told.append(value)
            continue
        seen += 1
        average = weight * average + (1 - weight) * value
        told.append(average / (1 - weight**seen))
    return told


def test_off_leaves_the_values_as_they_are():
    values = np.array([3.0, 1.0, math.nan])
    assert smooth(values, 0.0) is values


def test_a_constant_stays_constant_from_the_first_point_on():
    assert smooth(np.full(1000, 4.0), 0.97) == pytest.approx(np.full(1000, 4.0), rel=1e-12)


def test_nan_and_infinities_stay_and_move_nothing():
    told = smooth(np.array([1.0, math.nan, math.inf, 2.0]), 0.5)
    assert math.isnan(told[1])
    assert told[2] == math.inf
    assert told[[0, 3]].tolist() == smooth(np.array([1.0, 2.0]), 0.5).tolist()


@given(
    st.lists(st.floats(-1e6, 1e6) | st.just(math.nan) | st.just(-math.inf), max_size=300),
    st.floats(0.001, 0.999),
)
def test_blocks_give_what_the_sum_gives_point_by_point(values, weight):
    told = smooth(np.array(values, dtype=float), weight)
    assert told.tolist() == pytest.approx(
        one_by_one(values, weight), rel=1e-9, abs=1e-6, nan_ok=True
    )


def test_carries_reach_over_blocks_of_blocks():
    values = np.random.default_rng(1).standard_normal(64 * 64 * 3 + 5)
    assert smooth(values, 0.9999) == pytest.approx(one_by_one(values, 0.9999), rel=1e-9, abs=1e-12)
