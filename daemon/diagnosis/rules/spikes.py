"""Spikes of the loss."""

import math
from collections import deque

from ...metrics import Row
from ..curve import Window
from ..rule import LANGUAGE, Evidence, Rule, RunContext, rule, suggest


@rule("S4", label="loss_spike", severity="info", needs={"loss"}, methods=LANGUAGE)
class LossSpike(Rule):
    """The loss jumps far out of its noise.

    A spike is above 1.5 times the median of the last 50 losses, more than 7 robust standard
    deviations above it (quartiles; 7 sigma is the spike score of OLMo 2), and by 20 % of the first
    loss, so that the trembling of a loss near 0 is none. Once, and back within 20 logs, it is a
    note: public healthy runs show it. A warning when the loss has not come back to 1.2 times that
    median after 20 logs, or when there are 3 spikes to twice the median and half of the first loss
    within 100 logs, each back at once: then batches or the learning rate are at fault. At least 20
    losses come before. Withdrawn after 100 logs without one.
    """

    TIMES, SIGMAS, SHARE, BACK, TALL, HIGH = 1.5, 7.0, 0.2, 1.2, 2.0, 0.5
    WINDOW, LEAST, PATIENCE, REPEATS = 50, 20, 20, 3
    FORGET = 100

    def __init__(self, run: RunContext) -> None:
        super().__init__(run)
        self._usual = Window(self.WINDOW)
        self._spikes: deque[tuple[int, int, float, float]] = deque(maxlen=self.REPEATS)
        """Log number, step, highest loss, times the median."""
        self._logs = 0
        self._up_since: int | None = None
        self._floor = 0.0

    def feed(self, row: Row) -> Evidence | None:
        loss = row.get("loss")
        if loss is None or not math.isfinite(loss):
            return self.standing
        self._logs += 1
        usual = self._usual.median if len(self._usual) >= self.LEAST else math.inf
        if self._up_since is not None:
            return self._while_up(row.step, loss)
        sigma = self._usual.spread / 0.6745 if len(self._usual) >= self.LEAST else math.inf
        least = self.SHARE * (self.run.first_loss or 0.0)
        if usual <= 0 or loss <= max(
            self.TIMES * usual, usual + self.SIGMAS * sigma, usual + least
        ):
            self._usual.add(loss)
            calm = not self._spikes or self._logs - self._spikes[-1][0] > self.FORGET
            return None if calm else self.standing
        self._up_since, self._floor = self._logs, usual
        self._spikes.append((self._logs, row.step, loss, loss / usual))
        return self._evidence(row.step, lasting=False)

    def _while_up(self, step: int, loss: float) -> Evidence | None:
        assert self._up_since is not None
        if loss <= self.BACK * self._floor:
            self._up_since = None
            self._usual.add(loss)
            return self._evidence(self._spikes[-1][1], lasting=False)
        lasting = self._logs - self._up_since >= self.PATIENCE
        if self._logs - self._up_since >= self.FORGET:
            # The loss has a new level: it is the usual one from here on.
            self._up_since, self._usual = None, Window(self.WINDOW)
        return self._evidence(step, lasting=True) if lasting else self.standing

    def _evidence(self, step: int, lasting: bool) -> Evidence:
        tall = [
            each
            for each in self._spikes
            if each[3] > self.TALL
            and each[2] > self.HIGH * (self.run.first_loss or 0.0)
            and self._logs - each[0] <= self.FORGET
        ]
        repeated = len(tall) >= self.REPEATS
        first, (_, _, height, _) = self._spikes[0 if repeated else -1][1], self._spikes[-1]
        title = f"The loss jumped to {height:.3g} at step {self._spikes[-1][1]}"
        if lasting:
            title += " and has not come back"
        elif repeated:
            title = f"The loss spikes again and again, last to {height:.3g}"
        return Evidence(
            steps=(min(first, step), max(first, step)),
            numbers={"loss": height, "median": self._floor, "spikes": len(self._spikes)},
            title=title,
            explanation="More than 1.5 times the median of the last 50 losses and 7 robust "
            "standard deviations above it (OLMo 2 counts spikes so). Once and back is harmless; "
            "look at the rows of that step.",
            suggestions=suggest(
                clip_gradients="Clip gradients at a norm of 1.0.",
                learning_rate_down="Divide the learning rate by 3.",
            ),
            severity="warning" if lasting or repeated else "info",
            confidence=0.8,
        )
