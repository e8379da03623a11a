import math

import numpy as np
import pytest
from intern_daemon.errors import BadInput
from intern_daemon.metrics import ColumnStore, Row, smooth
from intern_daemon.protocol.methods import ReadSeries
from intern_daemon.server.series import read_series
from intern_daemon.workspace import Layout

RUN = "run-0001"


@pytest.fixture
def layout(tmp_path):
    return Layout(tmp_path)


def keep(layout, rows):
    ColumnStore(layout.run(RUN) / "series").append(rows, {})


def read(layout, **wish):
    return read_series(layout, ReadSeries(run=RUN, **wish))


def only(layout, **wish):
    (series,) = read(layout, metrics=["loss"], **wish).series
    return series


def wavy(count):
    return [math.sin(number / 50) + 0.3 * (number % 7) for number in range(count)]


def rows_of(values, start=0):
    return [
        Row(number, {"loss": value}, 1000.0 + 2 * number)
        for number, value in enumerate(values, start)
    ]


def test_the_viewport_comes_with_one_point_beyond_each_end(layout):
    keep(layout, rows_of(wavy(100)))
    series = only(layout, low=20, high=29.5)
    assert series.steps == list(range(19, 31))
    assert series.total == 10
    assert only(layout, low=95).steps == list(range(94, 100))
    assert only(layout, low=200).steps == [99]
    assert only(layout, low=40.2, high=40.8).steps == [40, 41]


def test_smoothing_comes_before_the_viewport_and_before_thinning(layout):
    values = wavy(5000)
    keep(layout, rows_of(values))
    whole = smooth(np.array(values), 0.95)
    series = only(layout, smoothing=0.95, low=1000, high=4000, max_points=100)
    assert len(series.steps) <= 100
    assert series.total == 3001
    assert series.smoothed == [whole[int(step)] for step in series.steps]
    assert series.values == [values[int(step)] for step in series.steps]
    assert only(layout).smoothed is None


def test_thinning_keeps_both_the_spike_and_the_turn_of_the_smoothed_curve(layout):
    values = [0.0] * 3000
    values[1234] = 50.0
    keep(layout, rows_of(values))
    series = only(layout, smoothing=0.99, max_points=60)
    assert 50.0 in series.values
    assert max(series.smoothed) == pytest.approx(smooth(np.array(values), 0.99).max())


def test_a_broken_value_survives_any_viewport_that_holds_it(layout):
    values = wavy(10_000)
    values[7777], values[7900] = math.nan, -math.inf
    keep(layout, rows_of(values))
    for wish in ({}, {"low": 7000, "high": 9000}, {"smoothing": 0.9}):
        series = only(layout, max_points=50, **wish)
        told = dict(zip(series.steps, series.values, strict=True))
        assert math.isnan(told[7777])
        assert told[7900] == -math.inf


def test_reading_goes_on_from_a_row_with_the_smoothing_of_the_whole(layout):
    values = wavy(300)
    keep(layout, rows_of(values[:200]))
    first = read(layout, smoothing=0.9)
    keep(layout, rows_of(values[200:], start=200))
    rest = read(layout, smoothing=0.9, since=first.next)
    assert rest.next == 300
    assert rest.series[0].steps == list(range(200, 300))
    together = first.series[0].smoothed + rest.series[0].smoothed
    assert together == pytest.approx(smooth(np.array(values), 0.9).tolist())


def test_the_later_row_of_a_step_counts_but_both_moments_are_told(layout):
    rows = [Row(step, {"loss": float(step)}, 100.0 + step) for step in (1, 2, 3)]
    keep(layout, [*rows, Row(2, {"loss": 20.0}, 110.0), Row(3, {"loss": 30.0}, 111.0)])
    assert only(layout).values == [1.0, 20.0, 30.0]
    assert only(layout, axis="wall").values == [1.0, 2.0, 3.0, 20.0, 30.0]
    assert only(layout, since=3).steps == [2, 3]


def test_relative_time_begins_with_the_runs_first_row_whatever_it_logged(layout):
    keep(layout, [Row(0, {"grad_norm": 1.0}, 100.0), Row(1, {"loss": 2.0}, 104.0)])
    keep(layout, [Row(2, {"loss": 1.0}, 109.0)])
    assert only(layout, axis="relative", low=8.0).steps == [1, 2]
    assert only(layout, axis="relative", low=8.0, since=2).steps == [2]
    assert only(layout, axis="wall", high=103.0).steps == [1]


def test_points_without_a_time_have_no_place_on_an_axis_of_time(layout):
    keep(layout, [Row(1, {"loss": 1.0}, None), Row(2, {"loss": 2.0}, 50.0)])
    assert only(layout, axis="wall").steps == [2]
    assert only(layout).steps == [1, 2]


@pytest.mark.parametrize("name", ["num_tokens", "num_input_tokens_seen"])
def test_tokens_are_those_counted_until_the_row(layout, name):
    keep(
        layout,
        [
            Row(0, {"loss": 9.0}),
            Row(1, {"loss": 2.0, name: 500.0}),
            Row(1, {"eval_loss": 2.5}),
            Row(2, {"loss": 1.0, name: 1000.0}),
        ],
    )
    series = {one.name: one for one in read(layout, axis="tokens").series}
    assert series["loss"].tokens == [500.0, 1000.0]
    assert series["eval_loss"].tokens == [500.0]
    assert only(layout, axis="tokens", low=600.0).steps == [1, 2]


def test_a_run_that_counts_no_tokens_says_so(layout):
    keep(layout, rows_of([1.0, 2.0]))
    series = only(layout, axis="tokens")
    assert (series.tokens, series.steps) == (None, [])


@pytest.mark.parametrize("smoothing", [1.0, -0.1, math.nan])
def test_a_smoothing_that_is_none_is_refused(layout, smoothing):
    keep(layout, rows_of([1.0]))
    with pytest.raises(BadInput, match="from 0 to below 1"):
        only(layout, smoothing=smoothing)


def test_a_metric_that_nobody_logged_is_empty(layout):
    keep(layout, rows_of([1.0]))
    assert read(layout, metrics=["reward"]).series[0].steps == []
