"""Learning the training rows by heart instead of the task."""

import math
from collections import deque
from statistics import median

from ...metrics import Row
from ...protocol import Severity
from ..rule import LANGUAGE, Evidence, Rule, RunContext, rule, suggest


@rule("S7", label="memorisation", severity="info", needs={"loss", "epoch"}, methods=LANGUAGE)
class EpochStaircase(Rule):
    """The training loss falls in a step each time the data begin anew.

    At an epoch's end the median of the logs after it is below 0.85 times that of as many logs
    before it, below 0.9 times what the slope among those before leads to, and by 5 % of the first
    loss: rows are recognised. As many means up to 10, and at most half of an epoch's logs, 3 at
    least. A note at one step, for 2 or 3 epochs are usual and harmless, or where the last
    evaluation loss is within 5 % of its lowest or got 2 % better after the first step. A warning
    when a step is below 0.6, when two are below 0.75, or at the third: public runs of 3 ordinary
    epochs show two at 0.75 to 0.82, iman-g's overfitted one 0.72 and 0.73, and XXX616519/CogniDet
    went from 0.17 to 0.07. A new epoch that levels off again takes nothing back.
    """

    STEP, HIGH, DEEP, SLOPE, LOWEST = 0.85, 0.75, 0.6, 0.9, 1.05
    MOST, LEAST = 10, 3
    FLOOR, BETTER = 0.05, 0.98

    def __init__(self, run: RunContext) -> None:
        super().__init__(run)
        self._epoch = 0
        self._before: deque[float] = deque(maxlen=2 * self.MOST)
        self._old: list[float] = []
        self._after: list[float] = []
        self._logs = 0
        self._width = 0
        self._boundary = 0
        self._eval = self._best_eval = self._best_before = math.inf
        self._steps: list[tuple[int, float, float]] = []
        """Step of the boundary, loss before, loss after; the last few."""

    def feed(self, row: Row) -> Evidence | None:
        epoch, loss, evaluation = row.get("epoch"), row.get("loss"), row.get("eval_loss")
        if evaluation is not None and math.isfinite(evaluation):
            self._eval, self._best_eval = evaluation, min(evaluation, self._best_eval)
        if epoch is None or loss is None or not (math.isfinite(epoch) and math.isfinite(loss)):
            return self._evidence(row.step) if self._steps else None
        # The log at a whole epoch still belongs to the one that ends there.
        number = math.ceil(epoch) - 1 if epoch > 0 else 0
        if number == self._epoch + 1 and self._logs:
            self._turn(row.step)
        elif number != self._epoch:
            self._logs, self._width = 0, 0  # a restart, or epochs shorter than a log
            self._before.clear()
        self._epoch = number
        self._logs += 1
        self._before.append(loss)
        if self._width:
            self._after.append(loss)
            if len(self._after) == self._width:
                self._compare()
        return self._evidence(row.step) if self._steps else None

    def _turn(self, step: int) -> None:
        self._width = min(self.MOST, self._logs // 2)
        self._old, self._after = list(self._before), []
        if self._width < self.LEAST or len(self._old) < 2 * self._width:
            self._width = 0
        self._boundary, self._logs = step, 0

    def _compare(self) -> None:
        width, self._width = self._width, 0
        earlier = median(self._old[-2 * width : -width])
        before, after = median(self._old[-width:]), median(self._after)
        if (
            before <= 0
            or earlier <= 0
            or before - after <= self.FLOOR * (self.run.first_loss or 0.0)
        ):
            return
        if after < self.STEP * before and after / before < self.SLOPE * min(before / earlier, 1.0):
            if not self._steps:
                self._best_before = self._best_eval
            self._steps = [*self._steps[-3:], (self._boundary, before, after)]

    def _evidence(self, step: int) -> Evidence:
        _, before, after = min(self._steps, key=lambda each: each[2] / each[1])
        first = self._steps[0][0]
        high = sum(below < self.HIGH * above for _, above, below in self._steps)
        sure = len(self._steps) > 2 or high > 1 or after < self.DEEP * before
        near = self._eval <= self.LOWEST * self._best_eval
        if self._best_eval < math.inf and (
            near or self._best_eval < self.BETTER * self._best_before
        ):
            sure = False
        severity: Severity = "warning" if sure else "info"
        said = self.standing
        if said and said.numbers["steps"] == len(self._steps) and said.severity == severity:
            return said
        return Evidence(
            steps=(min(first, step), max(first, step)),
            numbers={"steps": len(self._steps), "loss_before": before, "loss_after": after},
            title=f"The loss drops from {before:.3g} to {after:.3g} when the data begin anew",
            explanation="A step below 0.85 times at an epoch's end means that rows are recognised, "
            "not that the task is learnt better; one below 0.6, or two below 0.75, is memorising.",
            suggestions=suggest(
                epochs_down="Train for 1 or 2 epochs.",
                deduplicate="Remove rows that repeat.",
            ),
            severity=severity,
            confidence=0.8 if sure else 0.6,
        )


@rule("S8", label="memorisation", severity="warning", needs={"loss"}, methods=LANGUAGE)
class Memorisation(Rule):
    """The model knows its training rows by heart.

    The median of the last 5 training losses (3 where a log averages over 10 steps) is below 0.05
    after more than 3 epochs, below 0.1 after more than 20, or below 0.05 with a token accuracy
    above 0.99. Alone that also holds for a short task learnt well, so where the evaluation loss is
    known it decides: above 5 times the training loss and above 0.1 (a run with exact match 0.93 has
    1.5 times, duplicated data some 1000 times). Where it is unknown, a warning takes more than 8
    epochs, or a loss below 0.01 after more than 3; else it is a note. Public runs of 10 and 100
    epochs ended at 0.039 and 0.008, one of 334 at 0.057.
    """

    LOSS, TINY, LOW = 0.05, 0.01, 0.1
    EPOCHS, MANY_EPOCHS, FAR_TOO_MANY = 3.0, 8.0, 20.0
    ACCURACY = 0.99
    GAP, EVAL = 5.0, 0.1

    def __init__(self, run: RunContext) -> None:
        super().__init__(run)
        self._recent: deque[float] = deque(maxlen=5)
        self._epoch = 0.0
        self._accuracy = 0.0
        self._eval: float | None = None
        self._since: int | None = None

    def feed(self, row: Row) -> Evidence | None:
        epoch, loss, evaluation = row.get("epoch"), row.get("loss"), row.get("eval_loss")
        if epoch is not None and math.isfinite(epoch):
            self._epoch = max(self._epoch, epoch)
        if evaluation is not None and math.isfinite(evaluation):
            self._eval = evaluation
        if loss is not None:
            self._accuracy = row.get("mean_token_accuracy") or 0.0
            if math.isfinite(loss):
                self._recent.append(loss)
        if not self._recent:
            return None
        averaged = self.run.loss.last_step >= 10 * self.run.loss.count
        level = median(list(self._recent)[-3:] if averaged else self._recent)
        # A loss of exactly 0 is a masked or a hidden one, and other rules' business.
        low = self.LOW if self._epoch > self.FAR_TOO_MANY else self.LOSS
        known = 0 < level < low and len(self._recent) >= 3
        if not known or not (self._epoch > self.EPOCHS or self._accuracy > self.ACCURACY):
            self._since = None
            return None
        self._since = row.step if self._since is None else self._since
        return self._judge(level, row.step)

    def _judge(self, level: float, step: int) -> Evidence | None:
        numbers = {"loss": level, "epoch": self._epoch}
        if self._accuracy:
            numbers["mean_token_accuracy"] = self._accuracy
        if self._eval is not None:
            if self._eval <= max(self.GAP * level, self.EVAL):
                return None
            numbers["eval_loss"] = self._eval
            sure, told = True, f" while the evaluation loss is {self._eval:.3g}"
        else:
            sure = self._epoch > self.MANY_EPOCHS or (
                level < self.TINY and self._epoch > self.EPOCHS
            )
            told = f" after {self._epoch:.0f} epochs" if self._epoch >= 1 else ""
        assert self._since is not None
        return Evidence(
            steps=(min(self._since, step), step),
            numbers=numbers,
            title=f"The training rows are known by heart: a loss of {level:.2g}{told}",
            explanation="A training loss below 0.05 after 3 epochs, or with a token accuracy above "
            "0.99, is memorised when the evaluation loss is 5 times higher or unknown. Look for "
            "rows that repeat, and train for fewer epochs.",
            suggestions=suggest(
                deduplicate="Remove rows that repeat.",
                epochs_down="Train for 1 to 3 epochs.",
                best_checkpoint="Keep the checkpoint with the lowest evaluation loss.",
            ),
            severity="warning" if sure else "info",
            confidence=1.0 if self._eval is not None else 0.7,
        )
