"""What the training loss does: it stands still, it rises, it still falls at the end."""

import math
from collections import deque
from statistics import median

from ...metrics import Row
from ..curve import Smooth, slope
from ..rule import LANGUAGE, SUPERVISED, Evidence, Rule, RunContext, rule, suggest


@rule("S1", label="not_learning", severity="warning", needs={"loss"}, methods=SUPERVISED)
class NotLearning(Rule):
    """The loss does not fall over the run.

    The median of the last quarter is at least 0.98 times that of the first, and at least 0.95 times
    the loss at the start, so nothing was gained before the first quarter either. SageMaker Debugger
    compares step t with t - 10, which noise alone sets off in nearly every finished run. For
    language models the level must be above 1.5 nats a token: below, a flat loss is that of a model
    that was tuned on such text already, and S14 notes it (0.83 in a public run). At least 50 logs,
    or 20 that average over 10 steps each, or 8 over 50 steps, or 8 over 5 steps of which the last
    three quarters differ by less than 1 %: with fewer, batch noise decides. Judged from half of the
    run on, or after twice as many logs where its length is unknown, or at its end.
    """

    RATIO, START = 0.98, 0.95
    FITTED, CALM = 1.5, 0.01
    ENOUGH = ((1, 50), (10, 20), (50, 8))
    """Steps that a log averages over, and how many such logs are enough."""

    def feed(self, row: Row) -> Evidence | None:
        if "loss" not in row or not self.run.loss.due:
            return self.standing
        return self._judge()

    def end(self) -> Evidence | None:
        return self._judge()

    def _judge(self) -> Evidence | None:
        curve, progress = self.run.loss, self.run.progress
        if not curve.count:
            return None
        width = curve.last_step / curve.count
        logs = self._enough(width)
        if curve.count < logs or (curve.count < 2 * logs if progress is None else progress < 0.5):
            return None
        first, last = curve.quarters()
        if first <= 0 or last < self.RATIO * first or last < self.START * self._start(width):
            return None
        if self.run.method in LANGUAGE and last < self.FITTED:
            return None
        return Evidence(
            steps=(curve.first_step, curve.last_step),
            numbers={"first_quarter": first, "last_quarter": last, "logs": curve.count},
            title=f"The loss does not fall: {first:.3g} in the first quarter of the run, "
            f"{last:.3g} in the last",
            explanation="The median of the last quarter is at least 0.98 times that of the first. "
            "Either the learning rate is far off in one direction, or the labels say nothing: "
            "overfit one batch to tell which.",
            suggestions=suggest(
                learning_rate_up="Multiply the learning rate by 3.",
                learning_rate_down="Divide the learning rate by 3.",
                completion_only_loss="Compute the loss on the completion only.",
            ),
            confidence=0.8,
        )

    def _enough(self, width: float) -> int:
        """Logs that must be there, when each averages over so many steps."""
        points = self.run.loss.points
        levels = [point.y for point in points[len(points) // 4 :]]
        if width >= 5 and levels and max(levels) - min(levels) < self.CALM * abs(levels[0]):
            return self.ENOUGH[-1][1]
        return min((logs for steps, logs in self.ENOUGH if width >= steps), default=50)

    def _start(self, width: float) -> float:
        """A log over many steps has little noise, so the first one alone tells where it began."""
        if width >= 10:
            return self.run.first_loss or 0.0
        return median(point.y for point in self.run.loss.points[:3])


@rule("S3", label="divergence", severity="warning", needs={"loss"}, methods=SUPERVISED)
class LossRising(Rule):
    """The loss climbs away from its best and stays up.

    Two forms, because short runs log some 30 times. Slow: the exponential mean over 20 logs is
    above 1.2 times its lowest for 20 logs. Fast: the median of 5 logs is above twice its lowest for
    5 logs. In both, at least a fifth of what had been gained must be lost, so noise around a tiny
    loss is silent. "Training loss increasing usually indicates a bug"
    (google-research/tuning_playbook); the factors are ours: of 107 public curves of healthy runs
    none meets either for a single log, while at 1.5 times (fast) noise alone gave 13 logs in a row.

    Critical: it rose and the median of 5 is above 1.5 times the loss at the start. A warning too:
    for language models, 10 logs above 50 that do not fall. The uniform guess over 262,144 tokens
    costs 12.5, and multimodal checkpoints start at 17 and train well.
    """

    SLOW, SLOW_LOGS = 1.2, 20
    FAST, FAST_LOGS = 2.0, 5
    LOST = 0.2
    ABSURD, ABSURD_LOGS = 50.0, 10

    def __init__(self, run: RunContext) -> None:
        super().__init__(run)
        self._ema = Smooth(20)
        self._last: deque[float] = deque(maxlen=5)
        self._start: list[float] = []
        self._count = 0
        self._low_ema = self._low = math.inf
        self._slow = self._fast = 0
        self._since = 0

    def feed(self, row: Row) -> Evidence | None:
        loss = row.get("loss")
        if loss is None or not math.isfinite(loss):
            return self.standing
        self._count += 1
        self._last.append(loss)
        if len(self._start) < 3:
            self._start.append(loss)
        ema, middle = self._ema.add(loss), median(self._last)
        if self._count < 5:
            return None
        self._low = min(self._low, middle)
        if self._count >= 10:
            self._low_ema = min(self._low_ema, ema)
        start = median(self._start)
        rising = self._rising(ema, middle, start)
        absurd = (
            self.run.method in LANGUAGE
            and self._count >= self.ABSURD_LOGS
            and middle > max(self.ABSURD, 0.9 * start)
        )
        if not rising and not absurd:
            self._since = row.step
            return None
        critical = rising and middle > 1.5 * start
        return Evidence(
            steps=(min(self._since, row.step), row.step),
            numbers={"loss": middle, "lowest": self._low, "start": start},
            title=f"The loss rises: from {self._low:.3g} back up to {middle:.3g}"
            if not absurd
            else f"The loss is {middle:.3g}, far worse than guessing",
            explanation="The median of the last 5 logs against its lowest: twice for 5 logs, or "
            "the mean of 20 at 1.2 times for 20 logs. A training loss that rises usually means a "
            "bug or a learning rate that is too high (google-research/tuning_playbook).",
            suggestions=suggest(
                learning_rate_down="Divide the learning rate by 10.",
                warmup="Warm up over the first 10 % of the steps.",
                clip_gradients="Clip gradients at a norm of 1.0.",
            ),
            severity="critical" if critical else "warning",
        )

    def _rising(self, ema: float, middle: float, start: float) -> bool:
        def lost(now: float, low: float) -> bool:
            return now - low > self.LOST * max(start - low, 0.0)

        slow = self._low_ema < math.inf and ema > self.SLOW * self._low_ema
        fast = middle > self.FAST * self._low
        self._slow = self._slow + 1 if slow and lost(ema, self._low_ema) else 0
        self._fast = self._fast + 1 if fast and lost(middle, self._low) else 0
        return self._slow >= self.SLOW_LOGS or self._fast >= self.FAST_LOGS


@rule(
    "S13",
    label="undertrained_still_improving",
    severity="info",
    needs={"loss"},
    methods=SUPERVISED,
)
class StillImproving(Rule):
    """The run ended while the loss was still falling.

    A line through the last fifth of the logs (6 at least) falls with p < 0.01 and by more than 2 %
    of the loss ("compute bound" in google-research/tuning_playbook; the 2 % are ours, so that a
    tail of a decayed schedule is silent). Said only at the end of the run, and not while the
    evaluation loss stands above its best by 1 %.
    """

    SHARE, LEAST, FALL = 0.2, 6, 0.02

    def __init__(self, run: RunContext) -> None:
        super().__init__(run)
        self._best_eval = self._eval = math.inf

    def feed(self, row: Row) -> Evidence | None:
        evaluation = row.get("eval_loss")
        if evaluation is not None and math.isfinite(evaluation):
            self._eval, self._best_eval = evaluation, min(evaluation, self._best_eval)
        return self._judge() if (self.run.progress or 0) >= 1 else None

    def end(self) -> Evidence | None:
        return self._judge()

    def _judge(self) -> Evidence | None:
        if (self.run.progress or 0) < 0.98:
            return None  # a run that was cut short says nothing about its schedule
        tail = self.run.loss.tail(self.SHARE, self.LEAST)
        if len(tail) < self.LEAST or self._eval > 1.01 * self._best_eval:
            return None
        line = slope([point.y for point in tail])
        level = abs(median(point.y for point in tail))
        if not line.surely_falling or level <= 0 or line.fall < self.FALL * level:
            return None
        return Evidence(
            steps=(tail[0].step, tail[-1].step),
            numbers={"fall": line.fall, "loss": tail[-1].y, "logs": line.count},
            title="The loss was still falling at the end, by "
            f"{line.fall / level:.0%} over the last fifth",
            explanation="A line through the last fifth of the logs falls with p < 0.01 and by more "
            "than 2 %: the run is bound by its length (google-research/tuning_playbook). More "
            "steps or a higher learning rate should lower it further.",
            suggestions=suggest(
                epochs_up="Train twice as long.",
                learning_rate_up="Multiply the learning rate by 2 to 3 at the same length.",
            ),
            confidence=0.9,
        )
