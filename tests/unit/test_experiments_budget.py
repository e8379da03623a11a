"""Caps are reserved before and reconciled after."""

import pytest
from intern_daemon.errors import BudgetSpent
from intern_daemon.experiments.budget import Ledger
from intern_daemon.protocol import Budget, Run


def run(number, cpu=None):
    return Run(
        id=f"run-{number:04d}", commit="c", command="x", python="p", created=0.0, cpu_seconds=cpu
    )


def ledger(runs=(), **caps):
    budget = Budget(**{"minutes": 1, "runs": 4, "usd": 0, "tokens": 0, **caps})
    clock = iter(range(0, 1000, 5))
    return Ledger(budget, before=10, runs=lambda: list(runs), clock=lambda: next(clock))


def test_time_of_earlier_lives_counts():
    assert ledger().spent().seconds == 15


def test_finished_runs_are_counted_from_their_records():
    spent = ledger([run(1, cpu=3.0), run(2)]).spent()
    assert (spent.runs, spent.cpu_seconds) == (2, 3.0)


def test_a_reservation_that_passes_a_cap_is_refused_in_words():
    with (
        pytest.raises(BudgetSpent, match="3 more runs would pass the cap of 4"),
        ledger([run(1), run(2)]).reserve(runs=3, seconds=0, cpu=0),
    ):
        pass


def test_what_is_reserved_can_not_be_reserved_again_until_it_is_free():
    book = ledger()
    with book.reserve(runs=3, seconds=0, cpu=0):
        assert book.short_of(runs=2, seconds=0, cpu=0) is not None
    assert book.short_of(runs=2, seconds=0, cpu=0) is None


def test_a_cpu_cap_holds():
    book = ledger([run(1, cpu=90.0)], cpu_seconds=100.0)
    assert book.cpu_left() == 10.0
    assert "CPU seconds" in book.short_of(runs=0, seconds=0, cpu=11.0)
