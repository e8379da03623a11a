"""A process that lives on but does nothing, or ever less."""

import math
from collections import deque
from collections.abc import Set
from statistics import median

from ...metrics import Row
from ..curve import Window
from ..rule import Evidence, Rule, RunContext, rule


@rule("N10", label="stalled", severity="warning", needs=())
class Stalled(Rule):
    """No log for far longer than this run takes between two.

    The limit is the largest of 300 s, 10 times the median gap between logs and 3 times the longest
    gap so far; 1800 s (SageMaker Debugger, StalledTrainingRule) while there are fewer than 3 gaps.
    The 300 s and the longest gap keep evaluations and checkpoints quiet. Judged by the wall clock
    only, so never in a file; withdrawn with the next log.
    """

    UNKNOWN, FLOOR = 1800.0, 300.0

    def __init__(self, run: RunContext) -> None:
        super().__init__(run)
        self._newest: float | None = None
        self._gaps: deque[float] = deque(maxlen=50)
        self._longest = 0.0
        self._ticked = False

    def ready(self, seen: Set[str]) -> bool:
        return self._ticked

    def feed(self, row: Row) -> Evidence | None:
        if row.time is not None and math.isfinite(row.time):
            if self._newest is not None and row.time > self._newest:
                gap = row.time - self._newest
                self._gaps.append(gap)
                self._longest = max(self._longest, gap)
            self._newest = max(row.time, self._newest or row.time)
        return None

    def tick(self, now: float) -> Evidence | None:
        self._ticked = True
        if self._newest is None:
            self._newest = now  # no log yet: the wait is counted from the first look
        limit = self.UNKNOWN
        if len(self._gaps) >= 3:
            limit = max(self.FLOOR, 10 * median(self._gaps), 3 * self._longest)
        silent = now - self._newest
        if not limit < silent < math.inf:
            return None
        return Evidence(
            steps=(self.run.step, self.run.step),
            numbers={"silent_seconds": round(silent), "limit_seconds": round(limit)},
            title=f"Nothing was logged for {silent / 60:.0f} minutes",
            explanation=f"The limit here is {limit:.0f} s, from the pace of this run (SageMaker "
            "Debugger, StalledTrainingRule: 1800 s when there is none). A data loader, a "
            "collective operation or an evaluation hangs; look at the log, then stop the run.",
        )

    def end(self) -> Evidence | None:
        return None


@rule("N11", label="throughput_drop", severity="info", needs={"step_time"})
class ThroughputDrop(Rule):
    """Steps take twice as long as they did.

    `step_time` is above 2 times the median of the 50 logs before, for 20 logs in a row (both ours).
    A note: longer sequences do it as well as swapping, heat, or a neighbour on the machine.
    Withdrawn with the first faster step.
    """

    TIMES, LOGS, WINDOW, LEAST = 2.0, 20, 50, 20

    def __init__(self, run: RunContext) -> None:
        super().__init__(run)
        self._usual = Window(self.WINDOW)
        self._count = 0
        self._since = 0

    def feed(self, row: Row) -> Evidence | None:
        seconds = row.get("step_time")
        if seconds is None or not math.isfinite(seconds):
            return self.standing
        usual = self._usual.median if len(self._usual) >= self.LEAST else math.inf
        if seconds <= self.TIMES * usual:
            self._usual.add(seconds)
            self._count = 0
            return None
        self._since = row.step if self._count == 0 else self._since
        self._count += 1
        if self._count < self.LOGS:
            return None
        return Evidence(
            steps=(min(self._since, row.step), max(self._since, row.step)),
            numbers={"step_time": seconds, "median": usual},
            title=f"Steps take {seconds / usual:.1f} times as long as before",
            explanation=f"{self.LOGS} logs in a row above twice the median of {usual:.3g} s. "
            "Compare the lengths of the batches, then look at memory and temperature.",
            confidence=0.7,
        )
