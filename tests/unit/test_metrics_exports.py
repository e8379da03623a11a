"""Tables and TensorBoard's event files, read as diagnosis reads them."""

import json

import pytest
from intern_daemon.diagnosis import diagnose_file
from intern_daemon.metrics import TableSource, TensorBoardSource

LOSSES = [2.0, 1.5, float("nan"), 1.2]


def losses(rows):
    return [(row.step, row["loss"]) for row in rows if "loss" in row and row["loss"] == row["loss"]]


def test_a_csv_of_a_logger_is_read_by_its_header(tmp_path):
    path = tmp_path / "log.csv"
    path.write_text("step,epoch,train/loss,note\n10,0.1,2.0,begin\n20,0.2,nan,\n30,,1.5,\n")
    rows = TableSource(path).poll()
    assert losses(rows) == [(10, 2.0), (30, 1.5)]
    assert [finding.rule for finding in diagnose_file(path).findings] == ["N1"]


def test_what_wandb_exports_is_read_without_its_bounds(tmp_path):
    path = tmp_path / "wandb_export.csv"
    names = ["Step", "happy-river-7 - train/loss", "happy-river-7 - train/loss__MIN"]
    lines = [names, ["1", "2.0", "1.9"], ["2", "1.5", "1.4"]]
    path.write_text("\n".join(",".join(f'"{cell}"' for cell in line) for line in lines))
    rows = TableSource(path).poll()
    assert losses(rows) == [(1, 2.0), (2, 1.5)]
    assert all(set(row.values) == {"loss"} for row in rows)


def test_a_table_that_grew_gives_its_new_lines(tmp_path):
    path = tmp_path / "log.csv"
    path.write_text("step,loss\n1,2.0\n")
    source = TableSource(path)
    assert len(source.poll()) == 1
    path.write_text("step,loss\n1,2.0\n2,1.0\n")
    assert losses(TableSource(path, source.cursor).poll()) == [(2, 1.0)]


def test_wandbs_history_is_a_jsonl_of_its_own_steps(tmp_path):
    path = tmp_path / "history.jsonl"
    entries = [
        {"_step": 3 * n, "_timestamp": 1e9 + n, "train/global_step": n, "train/loss": 2.0 / n}
        for n in range(1, 5)
    ]
    path.write_text("\n".join(map(json.dumps, entries)))
    assert diagnose_file(path).rows == 4


@pytest.fixture
def events(tmp_path):
    """Written by TensorBoard's own writer, where it is installed; else by torch's."""
    writers = pytest.importorskip("tensorboard.summary.writer.event_file_writer")
    from tensorboard.compat.proto.event_pb2 import Event
    from tensorboard.compat.proto.summary_pb2 import Summary

    writer = writers.EventFileWriter(str(tmp_path))
    for step, loss in enumerate(LOSSES, 1):
        value = Summary.Value(tag="train/loss", simple_value=loss)
        event = Event(wall_time=1e9 + step, step=step, summary=Summary(value=[value]))
        writer.add_event(event)
    writer.close()
    (path,) = tmp_path.glob("*tfevents*")
    return path


def test_the_scalars_of_an_event_file_are_rows(events):
    rows = TensorBoardSource(events).poll()
    assert losses(rows) == [(1, 2.0), (2, 1.5), (4, pytest.approx(1.2))]
    assert rows[0].time == 1e9 + 1
    assert [finding.rule for finding in diagnose_file(events).findings] == ["N1"]


def test_a_record_that_is_cut_short_is_read_when_its_rest_has_come(events):
    whole = events.read_bytes()
    events.write_bytes(whole[:-7])
    source = TensorBoardSource(events)
    first = source.poll()
    events.write_bytes(whole)
    assert losses(first + source.poll()) == [(1, 2.0), (2, 1.5), (4, pytest.approx(1.2))]


def test_garbage_in_an_event_file_is_no_row_and_no_error(tmp_path):
    path = tmp_path / "events.out.tfevents.1"
    path.write_bytes(bytes(range(256)) * 40)
    assert TensorBoardSource(path).poll() == []
