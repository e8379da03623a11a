import json

import pytest
from intern_daemon.metrics import Follower


def recorded(*steps: int) -> str:
    return "".join(
        json.dumps({"step": n, "time": 1000.0 + n, "logs": {"loss": 1 / n}, "max_steps": 60}) + "\n"
        for n in steps
    )


def printed(*losses: float) -> str:
    return "".join(f"{{'loss': '{loss}', 'epoch': '0.1'}}\n" for loss in losses)


@pytest.fixture
def places(tmp_path):
    run = tmp_path / "run"
    run.mkdir()
    (tmp_path / "outputs").mkdir()
    return run


def follow(run, patience: float = 0.0) -> Follower:
    return Follower(
        run, run / "trackio", run / "stdout.log", [run.parent / "outputs"], patience=patience
    )


def append(path, text: str) -> None:
    with path.open("a") as file:
        file.write(text)


def test_the_recorder_is_preferred_and_nothing_is_mixed(places):
    append(places / "stdout.log", printed(5.0, 4.0))
    append(places / "metrics.jsonl", recorded(10))
    follower = follow(places)
    assert [row.step for row in follower.poll()] == [10]
    assert (follower.source, follower.total_steps) == ("recorder", 60)
    append(places / "stdout.log", printed(3.0))
    append(places / "metrics.jsonl", recorded(20))
    assert [row.step for row in follower.poll()] == [20]
    assert follower.store.rows == 2


def test_the_printed_log_waits_for_a_better_source(places):
    append(places / "stdout.log", printed(5.0))
    follower = follow(places, patience=3600)
    assert follower.poll() == []
    append(places / "metrics.jsonl", recorded(10))
    assert [row.step for row in follower.poll()] == [10]
    assert follower.source == "recorder"


def test_the_end_of_the_run_ends_the_wait(places):
    append(places / "stdout.log", printed(5.0)[:-1])
    follower = follow(places, patience=3600)
    assert follower.poll() == []
    assert [row["loss"] for row in follower.poll(final=True)] == [5.0]
    assert follower.source == "printed"


def test_a_better_source_that_comes_late_is_not_mixed_in(places):
    append(places / "stdout.log", printed(5.0))
    follower = follow(places)
    assert len(follower.poll()) == 1
    append(places / "metrics.jsonl", recorded(10, 20))
    assert follower.poll() == []
    assert follow(places).poll() == []


def test_a_new_daemon_goes_on_without_gap_or_repetition(places):
    append(places / "metrics.jsonl", recorded(10, 20))
    assert len(follow(places).poll()) == 2
    append(places / "metrics.jsonl", recorded(30)[:20])
    again = follow(places)
    assert again.poll() == []
    assert (again.last.step, again.last["loss"], again.total_steps) == (20, 1 / 20, 60)
    append(places / "metrics.jsonl", recorded(30)[20:])
    assert [row.step for row in follow(places).poll()] == [30]
    assert [row.step for row in follow(places).store.history()] == [10, 20, 30]


def test_rows_whose_index_was_never_written_come_again(places):
    append(places / "metrics.jsonl", recorded(10))
    follow(places).poll()
    index = places / "series" / "index.json"
    before = index.read_bytes()
    append(places / "metrics.jsonl", recorded(20))
    follow(places).poll()
    index.write_bytes(before)  # as if it was killed between the points and the index
    follower = follow(places)
    assert [row.step for row in follower.poll()] == [20]
    assert follower.store.read("loss").steps.tolist() == [10, 20]


def test_the_trainers_state_is_the_last_resort(places):
    folder = places.parent / "outputs" / "checkpoint-20"
    folder.mkdir()
    (folder / "trainer_state.json").write_text(
        json.dumps({"max_steps": 40, "log_history": [{"step": 10, "loss": float("nan")}]})
    )
    follower = follow(places)
    assert [row.step for row in follower.poll()] == [10]
    assert (follower.source, follower.total_steps) == ("trainer_state 0", 40)
    assert follow(places).poll() == []


def test_a_run_that_logs_nothing_has_no_source(places):
    follower = follow(places)
    assert follower.poll(final=True) == []
    assert (follower.source, follower.last, follower.total_steps) == (None, None, None)
