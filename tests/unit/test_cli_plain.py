from intern_daemon.cli.board import Board
from intern_daemon.cli.plain import PlainLines

from ..emulators.recorded_improvement import (
    BEGAN,
    ID,
    Event,
    MetricsArrived,
    Note,
    RunProgress,
    SessionChanged,
    middle,
    session,
)


def told(events: list[Event]) -> list[str]:
    board = Board(ID)
    lines = PlainLines(board)
    return [line for event in events if board.take(event) for line in lines.tell(event)]


def test_each_happening_is_one_line():
    assert told(middle()) == LINES.splitlines()


def test_progress_is_told_every_ten_seconds():
    rows = [
        Event(
            seq=200 + second,
            time=BEGAN + 192 + second,
            body=MetricsArrived(run="r11", progress=RunProgress(step=61 + second, loss=0.2)),
        )
        for second in range(25)
    ]
    assert [line.partition("  ")[2] for line in told([*middle(), *rows])][-2:] == [
        "run r11 at step 71, loss 0.20",
        "run r11 at step 81, loss 0.20",
    ]


def test_the_end_is_told_once_with_its_reason():
    over = session(state="finished", reason="The ideas ended.")
    twice = [
        Event(seq=number, time=BEGAN + 200, body=SessionChanged(session=over))
        for number in (300, 301)
    ]
    ends = [line for line in told([*middle(), *twice]) if "finished" in line]
    assert ends == ["03:20  session s1 finished: The ideas ended."]


def test_a_note_that_repeats_a_verdict_is_left_out():
    repeated = Note(session=ID, text="Exp 4 (warm-up 10 %) is not kept: below noise")
    note = Event(seq=300, time=BEGAN + 200, body=repeated)
    assert told([*middle(), note]) == told(middle())


# ruff: noqa: E501
LINES = """\
00:00  session s1 running: branch intern/sft-tiny, at most 30 min and 24 runs, measured by exact_match
00:03  run r1 (baseline, seed 0, full) started
00:21  run r1 succeeded after 18 s
00:23  run r1 scored exact_match 0.21 on dev
01:00  baseline 0.23
01:50  exp 1 keep +0.31: learning rate 2e-05 → 2e-04; clears the noise of 0.03 with two seeds
02:00  exp 2 discard -0.02: weight decay 0.1; worse than the incumbent
02:30  exp 3 keep +0.17: end-of-sequence in the template; clears the noise of 0.03 with two seeds
02:50  exp 4 discard +0.01: warm-up 10 %; below noise
03:01  exp 5 on rung 1/3: drop 412 duplicate rows
03:02  Skipped weight decay: tried in exp 2.
03:08  run r11 (exp 5, seed 1, 1/3) started
03:20  run r11 at step 1 of 100, loss 2.00, 50 s to go
03:20  warning in run r11, S8 memorisation: The training loss is near zero while the evaluation loss rises (steps 140-200)
"""
