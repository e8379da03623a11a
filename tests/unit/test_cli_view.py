import io

import pytest
from intern_daemon.cli.board import Board
from intern_daemon.cli.terminal import ASCII, UNICODE, Glyphs
from intern_daemon.cli.view import view
from rich.console import Console

from ..emulators.recorded_improvement import (
    ID,
    NOW,
    Event,
    Experiment,
    ExperimentChanged,
    RunChanged,
    SessionChanged,
    experiment,
    middle,
    run,
    session,
    verdict,
)


def board(events: list[Event]) -> Board:
    told = Board(ID)
    for event in events:
        told.take(event)
    return told


def drawn(told: Board, width: int, height: int = 40, glyphs: Glyphs = UNICODE) -> list[str]:
    out = io.StringIO()
    Console(width=width, file=out).print(view(told, NOW, width, height, glyphs))
    return out.getvalue().splitlines()


def test_a_wide_terminal_shows_everything():
    assert drawn(board(middle()), 100) == WIDE.splitlines()


def test_a_narrow_terminal_keeps_tree_verdicts_and_clocks():
    assert drawn(board(middle()), 60) == NARROW.splitlines()


def test_a_terminal_without_unicode_gets_ascii():
    lines = drawn(board(middle()), 100, glyphs=ASCII)
    titles = "learning rate 2e-05"  # the arrow in it is the experiment's own
    assert [line for line in lines if not line.isascii() and titles not in line] == []


@pytest.mark.parametrize("width", [60, 80, 100, 140])
def test_every_line_has_the_same_width(width):
    assert {len(line) for line in drawn(board(middle()), width)} == {width}


def test_reasons_are_shown_when_there_is_room():
    assert any("below noise" in line for line in drawn(board(middle()), 140))
    assert not any("below noise" in line for line in drawn(board(middle()), 100))


@pytest.mark.parametrize("height", [13, 16, 24])
def test_the_view_is_never_taller_than_the_terminal(height):
    many = [
        Event(seq=200 + number, time=NOW, body=ExperimentChanged(experiment=each))
        for number, each in enumerate(discarded(30))
    ]
    assert len(drawn(board([*middle(), *many]), 100, height)) <= height


def discarded(count: int) -> list[Experiment]:
    worse = verdict("discard", -0.1, "worse")
    return [
        experiment(number, 3, f"idea {number}", state="judged", verdict=worse)
        for number in range(10, 10 + count)
    ]


def test_what_is_left_out_is_counted():
    many = [
        Event(seq=200 + number, time=NOW, body=ExperimentChanged(experiment=each))
        for number, each in enumerate(discarded(30))
    ]
    lines = drawn(board([*middle(), *many]), 100, 24)
    assert sum("not shown" in line for line in lines) == 1
    assert any("exp 3" in line for line in lines)
    assert any("exp 5" in line for line in lines)


def test_before_the_baseline_the_score_is_not_measured():
    first = Event(seq=1, time=NOW, body=SessionChanged(session=session()))
    lines = drawn(board([first]), 100)
    assert "not measured yet" in lines[1]
    assert "Checks the workspace before the baseline" in lines[3]


def test_an_experiment_without_a_number_shows_none():
    lost = verdict("inconclusive", None, "its run was lost")
    event = Event(
        seq=300,
        time=NOW,
        body=ExperimentChanged(experiment=experiment(6, 3, "try", state="judged", verdict=lost)),
    )
    line = next(each for each in drawn(board([*middle(), event]), 100) if "exp 6" in each)
    assert "~ exp 6  try" in line
    assert " -      inconclusive " in line


def test_a_finished_session_says_so_and_its_clock_stands():
    over = session(state="finished", reason="The ideas ended.", ended=NOW - 50)
    event = Event(seq=300, time=NOW, body=SessionChanged(session=over))
    lines = drawn(board([*middle(), event]), 100)
    assert "02:22 of 30:00" in lines[0]
    assert lines[0].rstrip("─╮ ").endswith("finished")
    assert any("The ideas ended." in line for line in lines)


def test_a_queued_run_waits():
    event = Event(seq=300, time=NOW, body=RunChanged(run=run("r20", 5)))
    assert any("waits for a free slot" in line for line in drawn(board([*middle(), event]), 100))


def test_an_event_that_comes_twice_changes_nothing():
    once, twice = board(middle()), board([*middle(), *middle()])
    assert drawn(once, 100) == drawn(twice, 100)


def test_another_session_is_not_shown():
    other = session(id="s2", slug="other")
    event = Event(seq=300, time=NOW, body=SessionChanged(session=other))
    told = board(middle())
    assert told.take(event) is False
    assert drawn(told, 100) == WIDE.splitlines()


WIDE = """\
╭─ Improve: sft-tiny ───────────────────────────────────────── 03:20 of 30:00   8/24 runs   $0.00 ─╮
│ dev exact_match   0.23 → 0.71   (+0.48, noise 0.03)               sealed test: not looked at yet │
│                                                                                                  │
│ o baseline x3                                              0.23 ± 0.02                           │
│ ├─ * exp 1  learning rate 2e-05 → 2e-04                    +0.31  keep         4 runs  a1b2c3d   │
│ │   └─ * exp 3  end-of-sequence in the template            +0.17  keep         3 runs  d4e5f6a   │
│ │       ├─ x exp 4  warm-up 10 %                           +0.01  discard      2 runs  fffffff   │
│ │       └─ > exp 5  drop 412 duplicate rows                rung 1/3  ━━━━━━──── 00:20            │
│ └─ x exp 2  weight decay 0.1                               -0.02  discard      1 run   eeeeeee   │
│                                                                                                  │
│ r11            seed 1  1/3   █▄▃▂▂▂▂▁▁▁▁▁▁▁▁▁  loss 0.26  ━━━━━━────  60/100  eta 00:20          │
│ warning S8 The training loss is near zero while the evaluation loss rises  steps 140-200         │
│ Now: exp 5. S8 memorisation (train 0.003, eval rising since step 140)                            │
│ Skipped weight decay: tried in exp 2.                                                            │
╰──────────────────────────────────────────────────────────────────────────────────────────────────╯
"""

NARROW = """\
╭─ Improve: sft-tiny ─── 03:20 of 30:00  8/24 runs  $0.00 ─╮
│ exact_match  0.23 → 0.71   (+0.48, noise 0.03)           │
│                                                          │
│ o baseline x3                       0.23 ± 0.02          │
│ ├ * exp 1  learning rate 2e-05 → 2… +0.31  keep          │
│ │ └ * exp 3  end-of-sequence in th… +0.17  keep          │
│ │   ├ x exp 4  warm-up 10 %         +0.01  discard       │
│ │   └ > exp 5  drop 412 duplicate … rung 1/3  ━━── 00:20 │
│ └ x exp 2  weight decay 0.1         -0.02  discard       │
│                                                          │
│ r11      1/3   █▃▂▂▁▁▁▁▁  loss 0.26  60/100  eta 00:20   │
│ warning S8 The training loss is near zer…  steps 140-200 │
│ Now: exp 5. S8 memorisation (train 0.003, eval rising s… │
│ Skipped weight decay: tried in exp 2.                    │
╰──────────────────────────────────────────────────────────╯
"""
