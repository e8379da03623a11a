import json
import math
import subprocess
import sys
from pathlib import Path

import pytest
from intern_daemon.metrics import JsonlSource, PrintedSource, Row, TrackioSource, TrainerStateSource

RECORDED = '{"step": %d, "time": %d.5, "logs": {"loss": %f, "epoch": 0.1}, "max_steps": 60}\n'


def test_the_recorders_lines_become_rows_with_time_and_length(tmp_path):
    path = tmp_path / "metrics.jsonl"
    path.write_text(RECORDED % (10, 100, 2.0) + RECORDED % (20, 101, 1.0))
    source = JsonlSource(path)
    assert source.poll() == [
        Row(10, {"loss": 2.0, "epoch": 0.1}, 100.5),
        Row(20, {"loss": 1.0, "epoch": 0.1}, 101.5),
    ]
    assert source.total_steps == 60


def test_a_half_written_line_waits_for_its_end(tmp_path):
    path = tmp_path / "metrics.jsonl"
    source = JsonlSource(path)
    assert source.poll() == []
    line = RECORDED % (10, 100, 2.0)
    path.write_text(line[:30])
    assert source.poll() == []
    with path.open("a") as file:
        file.write(line[30:] + line[:5])
    assert [row.step for row in source.poll()] == [10]
    assert source.poll() == []


def test_a_last_line_without_an_end_counts_when_nobody_writes_any_more(tmp_path):
    path = tmp_path / "log.jsonl"
    path.write_text('{"step": 1, "loss": 2}\n{"step": 2, "loss": 1}')
    source = JsonlSource(path)
    assert [row.step for row in source.poll()] == [1]
    assert [row.step for row in source.poll(final=True)] == [2]
    assert source.poll(final=True) == []


def test_a_source_goes_on_from_a_stored_cursor(tmp_path):
    path = tmp_path / "log.jsonl"
    path.write_text('{"loss": 3}\n{"loss": 2}\n')
    first = JsonlSource(path)
    assert [row.step for row in first.poll()] == [1, 2]
    stored = json.loads(json.dumps(first.cursor))
    with path.open("a") as file:
        file.write('{"loss": 1}\n')
    assert JsonlSource(path, stored).poll() == [Row(3, {"loss": 1.0})]


@pytest.mark.parametrize("key", ["step", "global_step", "_step", "train/global_step"])
def test_foreign_objects_name_their_step_in_several_ways(tmp_path, key):
    path = tmp_path / "log.jsonl"
    path.write_text(json.dumps({key: 7, "train/loss": float("nan")}) + "\n")
    (row,) = JsonlSource(path).poll()
    assert row.step == 7
    assert math.isnan(row["loss"])


def test_broken_lines_in_the_middle_are_left_out(tmp_path):
    path = tmp_path / "log.jsonl"
    path.write_text('{"step": 1, "loss": 3}\n{"step": 2, "lo\n[1]\n{"step": 3, "loss": 1}\n')
    source = JsonlSource(path)
    assert [row.step for row in source.poll()] == [1, 3]
    assert source.unreadable == 2


def test_a_file_written_anew_repeats_no_step(tmp_path):
    path = tmp_path / "log.jsonl"
    path.write_text("".join(f'{{"step": {n}, "loss": 1}}\n' for n in (1, 2, 3)))
    source = JsonlSource(path)
    source.poll()
    path.write_text('{"step": 3, "loss": 1}\n{"step": 4, "loss": 1}\n')
    assert [row.step for row in source.poll()] == [4]


PRINTED = (
    "Loading weights: 100%|████| 12/12 [00:00<00:00]\n"
    "{'batch': '3'} is what I print myself\n"
    "  0%|          | 0/60 [00:00<?, ?it/s]\r 16%|█▋        | 10/60 [00:00<00:01, 31.00it/s]"
    "{'loss': '5.628', 'grad_norm': '9.271', 'learning_rate': '0.0009', 'epoch': '0.1064'}\r"
    " 33%|███▎      | 20/60 [00:00<00:01]\n{'loss': nan, 'grad_norm': inf, 'epoch': 0.21}\n"
    "{'eval_loss': '0.913', 'eval_runtime': '0.06', 'epoch': '0.21'}\r\n"
    "{'loss': '1.2', 'epoch': '0.3'}\n{'train_runtime': 1.9, 'train_loss': 2.2, 'epoch': '0.3'}\n"
)


def test_printed_dictionaries_are_found_between_progress_bars(tmp_path):
    path = tmp_path / "stdout.log"
    path.write_text(PRINTED)
    rows = PrintedSource(path).poll()
    assert [row.step for row in rows] == [1, 2, 2, 3, 3]
    assert rows[0].values == {
        "loss": 5.628,
        "grad_norm": 9.271,
        "learning_rate": 0.0009,
        "epoch": 0.1064,
    }
    assert math.isnan(rows[1]["loss"])
    assert rows[1]["grad_norm"] == math.inf
    assert rows[2]["eval_loss"] == 0.913


@pytest.mark.parametrize("size", [1, 7, 64])
def test_a_log_read_in_pieces_gives_the_same_rows(tmp_path, size):
    whole = tmp_path / "whole.log"
    whole.write_text(PRINTED)
    path = tmp_path / "stdout.log"
    content = PRINTED.encode()
    rows, cursor = [], None
    with path.open("ab", buffering=0) as file:
        for at in range(0, len(content), size):
            file.write(content[at : at + size])
            source = PrintedSource(path, cursor)
            rows += source.poll()
            cursor = source.cursor
    assert repr(rows) == repr(PrintedSource(whole).poll())


def write_state(folder: Path, steps: int, total: int = 60) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    history = [{"step": n, "epoch": n / 60, "loss": 1 / n} for n in range(10, steps + 1, 10)]
    history[0]["grad_norm"] = float("nan")
    state = {"global_step": steps, "max_steps": total, "log_history": history}
    (folder / "trainer_state.json").write_text(json.dumps(state))


def test_the_newest_checkpoint_is_followed_as_checkpoints_come(tmp_path):
    source = TrainerStateSource(tmp_path)
    assert source.poll() == []
    write_state(tmp_path / "run" / "checkpoint-20", 20)
    rows = source.poll()
    assert [row.step for row in rows] == [10, 20]
    assert math.isnan(rows[0]["grad_norm"])
    assert source.poll() == []
    write_state(tmp_path / "run" / "checkpoint-100", 50)
    assert [row.step for row in source.poll()] == [30, 40, 50]
    again = TrainerStateSource(tmp_path, source.cursor)
    write_state(tmp_path / "run", 60)
    assert [row.step for row in again.poll()] == [60]
    assert again.total_steps == 60


def test_a_checkpoint_of_an_earlier_run_is_not_read(tmp_path):
    write_state(tmp_path / "checkpoint-20", 20)
    later = (tmp_path / "checkpoint-20" / "trainer_state.json").stat().st_mtime + 1
    assert TrainerStateSource(tmp_path, since=later).poll() == []


def test_a_half_written_state_is_read_when_it_is_whole(tmp_path):
    write_state(tmp_path, 30)
    path = tmp_path / "trainer_state.json"
    content = path.read_text()
    path.write_text(content[:40])
    source = TrainerStateSource(path)
    assert source.poll() == []
    path.write_text(content)
    assert len(source.poll()) == 3


TRACKED = """
import sys, trackio
trackio.init(project="bench", name=sys.argv[1])
for n in range(1, 4):
    trackio.log({"train/loss": 3.0 / n, "train/global_step": n * 10})
trackio.log({"train/loss": float("nan"), "eval/loss": float("inf"), "train/global_step": 40})
trackio.finish()
"""


def track(folder: Path, name: str) -> None:
    pytest.importorskip("trackio")
    subprocess.run(
        [sys.executable, "-c", TRACKED, name],
        env={"TRACKIO_DIR": str(folder), "HOME": str(folder), "PATH": "/usr/bin:/bin"},
        check=True,
        capture_output=True,
        timeout=120,
    )


def test_trackios_database_gives_the_trainers_steps_and_broken_numbers(tmp_path):
    source = TrackioSource(tmp_path)
    assert source.poll() == []
    track(tmp_path, "first")
    rows = source.poll()
    assert [row.step for row in rows] == [10, 20, 30, 40]
    assert [row["loss"] for row in rows[:3]] == [3.0, 1.5, 1.0]
    assert math.isnan(rows[3]["loss"])
    assert rows[3]["eval_loss"] == math.inf
    assert all(row.time is not None and row.time > 1.7e9 for row in rows)
    assert source.poll() == []
    track(tmp_path, "second")
    assert TrackioSource(tmp_path, cursor=source.cursor).poll() == []
    assert len(TrackioSource(tmp_path).poll()) == 4


def test_a_file_that_is_no_database_gives_nothing(tmp_path):
    (tmp_path / "bench.db").write_text("not a database at all")
    assert TrackioSource(tmp_path).poll() == []
