"""A start that destroys what the model knew before."""

import math
from collections import deque
from statistics import fmean, median

from ...metrics import Row
from ..rule import LANGUAGE, Evidence, Rule, RunContext, rule, suggest


@rule("S20", label="lr_too_high", severity="warning", needs={"loss"}, methods=LANGUAGE)
class Unlearning(Rule):
    """The first steps drive the loss up, and the run does not make good for it.

    The median of 3 logs came to stand above 1.25 times the mean of the first two within the first
    half of the run, and the median of the last quarter is still above 0.8 times it. Only where a
    log averages over 5 steps or more, since single batches differ by as much. A pretrained model
    starts at its best guess, so a loss that leaves upwards means that the updates are too large
    (ours: three tiny runs at 10 to 20 times the good learning rate start at 1.4 to 2.2 nats, go up
    to 1.8 to 3.0 and end at 1.7 to 1.8; none of some 150 public runs does so). At least 8 logs.
    Judged from half of the run on, or at its end.
    """

    RISE, LEFT, STEPS, LOGS = 1.25, 0.8, 5, 8

    def __init__(self, run: RunContext) -> None:
        super().__init__(run)
        self._recent: deque[float] = deque(maxlen=3)
        self._first: list[float] = []
        self._highest = 0.0
        self._highest_step = 0

    def feed(self, row: Row) -> Evidence | None:
        loss = row.get("loss")
        if loss is None or not math.isfinite(loss):
            return self.standing
        self._recent.append(loss)
        if len(self._first) < 2:
            self._first.append(loss)
        progress = self.run.progress
        if len(self._recent) == 3 and (progress is None or progress <= 0.5):
            level = median(self._recent)
            if level > self._highest:
                self._highest, self._highest_step = level, row.step
        if (progress or 0) < 0.5 or not self.run.loss.due:
            return self.standing
        return self._judge()

    def end(self) -> Evidence | None:
        return self._judge() if (self.run.progress or 0) >= 0.5 else None

    def _judge(self) -> Evidence | None:
        curve = self.run.loss
        if curve.count < self.LOGS or curve.last_step < self.STEPS * curve.count:
            return None
        first = fmean(self._first)
        early = self._highest_step <= (curve.first_step + curve.last_step) / 2
        _, last = curve.quarters()
        if (
            first <= 0
            or not early
            or self._highest <= self.RISE * first
            or last <= self.LEFT * first
        ):
            return None
        return Evidence(
            steps=(curve.first_step, max(self._highest_step, curve.first_step)),
            numbers={"first": first, "highest": self._highest, "last_quarter": last},
            title=f"The first steps undo what the model knew: the loss goes from {first:.3g} up to "
            f"{self._highest:.3g}",
            explanation="Within the first half the loss rose above 1.25 times its first two logs, "
            f"and in the last quarter it is still {last:.3g}. A pretrained model starts at its "
            "best guess; updates that are too large leave it upwards.",
            suggestions=suggest(
                learning_rate_down="Divide the learning rate by 10.",
                warmup="Warm up over the first 10 % of the steps.",
            ),
            confidence=0.8,
        )
