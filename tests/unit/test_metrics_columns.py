import json
import math
import os

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from intern_daemon.errors import DiskFull
from intern_daemon.metrics import Column, ColumnStore, Row, downsample

ROWS = [
    Row(10, {"loss": 2.0, "rewards/a b": float("nan")}, 100.0),
    Row(20, {"loss": float("inf")}, None),
    Row(20, {"eval_loss": 1.5}, 101.0),
]


def test_what_was_appended_is_read_back_by_another_reader(tmp_path):
    ColumnStore(tmp_path / "series").append(ROWS, {"offset": 7})
    store = ColumnStore(tmp_path / "series")
    assert (store.rows, store.cursor) == (3, {"offset": 7})
    assert store.names() == ["loss", "rewards/a b", "eval_loss"]
    loss = store.read("loss")
    assert loss.steps.tolist() == [10, 20]
    assert loss.values.tolist() == [2.0, math.inf]
    assert loss.times[0] == 100.0
    assert math.isnan(loss.times[1])
    assert repr(store.history()) == repr(ROWS)


def test_reading_goes_on_from_a_row(tmp_path):
    store = ColumnStore(tmp_path)
    store.append(ROWS, {})
    store.append([Row(30, {"loss": 1.0})], {})
    assert store.read("loss", since=1).steps.tolist() == [20, 30]
    assert store.read("loss", since=store.rows).steps.tolist() == []
    assert store.read("unknown").steps.tolist() == []
    assert store.history(since=3) == [Row(30, {"loss": 1.0})]


@pytest.mark.parametrize("left", [1, 8, 32, 33, 320])
def test_points_that_a_killed_writer_left_are_overwritten(tmp_path, left):
    store = ColumnStore(tmp_path)
    store.append(ROWS, {"offset": 7})
    for path in tmp_path.glob("*.f64"):
        with path.open("ab") as file:
            file.write(b"\xff" * left)
    (tmp_path / "0003.f64").write_bytes(b"\xff" * left)
    store = ColumnStore(tmp_path)
    assert repr(store.history()) == repr(ROWS)
    store.append([Row(30, {"loss": 1.0, "new": 5.0})], {"offset": 8})
    store = ColumnStore(tmp_path)
    assert store.read("loss").values.tolist() == [2.0, math.inf, 1.0]
    assert store.read("new").values.tolist() == [5.0]


def test_a_store_that_lost_points_is_read_anew_from_its_source(tmp_path):
    ColumnStore(tmp_path).append(ROWS, {"offset": 7})
    os.truncate(tmp_path / "0000.f64", 40)
    store = ColumnStore(tmp_path)
    assert (store.rows, store.cursor, store.names()) == (0, None, [])
    store.append(ROWS, {"offset": 7})
    assert repr(ColumnStore(tmp_path).history()) == repr(ROWS)


@pytest.mark.parametrize("index", ["", "{", "[]", '{"points": 3}', "null"])
def test_a_broken_index_is_an_empty_store(tmp_path, index):
    ColumnStore(tmp_path).append(ROWS, {"offset": 7})
    (tmp_path / "index.json").write_text(index)
    assert ColumnStore(tmp_path).cursor is None


def test_a_full_disk_leaves_the_store_as_it_was(tmp_path):
    if not os.path.exists("/dev/full"):  # noqa: PTH110
        pytest.skip("there is no /dev/full")
    store = ColumnStore(tmp_path)
    store.append(ROWS, {"offset": 7})
    (tmp_path / "index.json.new").symlink_to("/dev/full")
    with pytest.raises(DiskFull, match="free some disk space"):
        store.append([Row(30, {"loss": 1.0})], {"offset": 8})
    (tmp_path / "index.json.new").unlink()
    assert (store.rows, store.cursor) == (3, {"offset": 7})
    store.append([Row(30, {"loss": 1.0})], {"offset": 8})
    assert ColumnStore(tmp_path).read("loss").values.tolist() == [2.0, math.inf, 1.0]


def test_the_index_is_json_and_holds_no_row_twice(tmp_path):
    store = ColumnStore(tmp_path)
    for number in range(5):
        store.append([Row(number, {"loss": 1.0})], {"offset": number})
    index = json.loads((tmp_path / "index.json").read_text())
    assert index["rows"] == index["points"]["loss"] == 5
    assert (tmp_path / "0000.f64").stat().st_size == 5 * 32


def column(values: list[float]) -> Column:
    numbers = np.arange(len(values), dtype=float)
    return Column(numbers, numbers * 10, np.array(values, dtype=float), numbers)


def test_a_short_series_is_kept_whole():
    short = column([1.0, 2.0, 3.0])
    assert downsample(short, 100) is short


def test_peaks_ends_and_broken_points_survive_thinning():
    values = [math.sin(n / 50) for n in range(10_000)]
    values[5_000] = 99.0
    values[7_777] = float("nan")
    values[8_888] = float("inf")
    thin = downsample(column(values), 200)
    assert len(thin) <= 200
    assert thin.steps[0] == 0
    assert thin.steps[-1] == 99_990
    assert 99.0 in thin.values.tolist()
    assert {77_770.0, 88_880.0} <= set(thin.steps.tolist())


@given(st.lists(st.floats(width=64), max_size=400), st.integers(min_value=0, max_value=60))
def test_thinning_keeps_the_limit_and_the_order_of_anything(values, limit):
    thin = downsample(column(values), limit)
    assert len(thin) <= max(limit, 8)
    assert np.all(np.diff(thin.steps) > 0)
    if values and not all(map(math.isfinite, values)):
        assert not np.all(np.isfinite(thin.values))
