"""The ledger of one session: caps on time, runs and CPU time, reserved before, reconciled after."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from ..errors import BudgetSpent
from ..protocol import Budget, Run, Spent

MORE = "give the session more with `intern improve --resume` and --minutes, --runs or a CPU cap"


class Ledger:
    """What a session used and what it may still use.

    Finished runs are counted from their records, so a restart counts nothing twice; what is
    reserved lives in memory only, since a dead daemon's reservations are void.

    Args:
        budget: the caps.
        before: wall seconds that earlier lives of the session used.
        runs: gives the session's runs, newest state.
        clock: seconds; replaced in tests.
    """

    def __init__(
        self,
        budget: Budget,
        before: float,
        runs: Callable[[], list[Run]],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.budget = budget
        self._before = before
        self._runs = runs
        self._clock = clock
        self._start = clock()
        self._paused_at: float | None = None
        self._paused = 0.0
        self._reserved_runs = 0
        self._reserved_cpu = 0.0
        self._reserved_seconds = 0.0

    def spent(self) -> Spent:
        """What is used up by now."""
        runs = self._runs()
        until = self._clock() if self._paused_at is None else self._paused_at
        return Spent(
            seconds=self._before + until - self._start - self._paused,
            cpu_seconds=sum((run.cpu_seconds or 0.0) + run.eval_cpu_seconds for run in runs),
            runs=len(runs),
        )

    def seconds_left(self) -> float:
        return self.budget.minutes * 60 - self.spent().seconds - self._reserved_seconds

    def runs_left(self) -> int:
        return self.budget.runs - self.spent().runs - self._reserved_runs

    def cpu_left(self) -> float | None:
        """None: no cap."""
        if self.budget.cpu_seconds is None:
            return None
        return self.budget.cpu_seconds - self.spent().cpu_seconds - self._reserved_cpu

    def short_of(self, runs: int, seconds: float, cpu: float) -> str | None:
        """Which cap the cost would pass, in words; None: it fits."""
        if runs > self.runs_left():
            return f"{runs} more runs would pass the cap of {self.budget.runs}"
        if seconds > self.seconds_left():
            return f"{seconds:.0f} s more would pass the cap of {self.budget.minutes:g} minutes"
        left = self.cpu_left()
        if left is not None and cpu > left:
            return f"{cpu:.0f} CPU seconds more would pass the cap of {self.budget.cpu_seconds:g}"
        return None

    @contextmanager
    def pause(self) -> Iterator[None]:
        """Let no time count while the block waits for the person."""
        self._paused_at = self._clock()
        try:
            yield
        finally:
            self._paused += self._clock() - self._paused_at
            self._paused_at = None

    @contextmanager
    def reserve(self, runs: int, seconds: float, cpu: float) -> Iterator[None]:
        """Hold a part of the budget back while the block runs.

        Raises:
            BudgetSpent: it does not fit; nothing is reserved.
        """
        short = self.short_of(runs, seconds, cpu)
        if short is not None:
            raise BudgetSpent(f"{short[0].upper()}{short[1:]}; {MORE}.")
        self._reserved_runs += runs
        self._reserved_cpu += cpu
        self._reserved_seconds += seconds
        try:
            yield
        finally:
            self._reserved_runs -= runs
            self._reserved_cpu -= cpu
            self._reserved_seconds -= seconds
