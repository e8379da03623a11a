"""A learning rate so low that the run learns next to nothing, told from the curve."""

import math
from collections import deque
from statistics import median

from ...metrics import Row
from ..curve import slope
from ..rule import LANGUAGE, Evidence, Rule, RunContext, rule, suggest
from .learning_rate import PeakRate, band


@rule("S2", label="lr_too_low", severity="warning", needs={"loss"}, methods=LANGUAGE)
class LearningRateTooLow(Rule):
    """The loss falls, but so slowly that the learning rate must be too low. Any of three signs.

    Tiny drop: over 100 steps or more the loss fell by less than 8 % from the first to the last
    quarter and by less than 15 % from the first log, and no faster early than late: the first
    quarter to the second brought at most 0.45 of it, where 0.33 is a straight line. Runs that learn
    fall early (0.54 to 0.99 in the public runs with so small a fall, 0.32 in one at too low a
    rate). At a peak learning rate below 1e-4, the low end for adapters (LoRA Without Regret: LoRA
    takes some 10 times what full fine-tuning takes). Where adapters are known to be absent, below
    the low end of the band for full fine-tuning instead.

    Steady: the learning rate is below the low end of the band for a known kind of training, and per
    unit of learning rate spent the second half of the run brought at least 0.4 of what the first
    half brought. A run that learns shows its fall early: 0.11 in a good run of a tiny model, 0.32
    in one cut to a third of its length, 0.64 at a hundredth of the learning rate.

    Unsure of the data: the loss is above 1.5 times the model's own mean entropy over the last 5
    logs, while it never rose. A model that fits its data has a loss near or below its entropy (0.1
    to 1.0 times in good, noisy and overfitted runs of a tiny model with TRL's SFTTrainer; 1.8 to 3
    times at a hundredth of the good learning rate). Needs a known learning rate that is not above
    the band, and a loss that still falls: 2 % from the second quarter to the last.

    A loss that fell by less than 1 % is S1's. Judged from half of the run on, or at its end.
    """

    DROP, WHOLE, EARLY, STEPS = 0.08, 0.15, 0.45, 100
    ADAPTER_LOW = 1e-4
    LINEAR = 0.4
    CALIBRATED = 1.5
    LOGS, LEAST, MOVING = 8, 0.01, 0.98

    def __init__(self, run: RunContext) -> None:
        super().__init__(run)
        self._rate = PeakRate(run)
        self._ratios: deque[float] = deque(maxlen=5)

    def feed(self, row: Row) -> Evidence | None:
        loss = row.get("loss")
        if loss is None:
            return self.standing
        self._rate.feed(row)
        entropy = row.get("entropy")
        if entropy is not None and entropy > 0 and math.isfinite(loss):
            self._ratios.append(loss / entropy)
        if (self.run.progress or 0) < 0.5:
            return None
        return self._judge() if self.run.loss.due else self.standing

    def end(self) -> Evidence | None:
        return self._judge() if (self.run.progress or 0) >= 0.5 else None

    def _judge(self) -> Evidence | None:
        curve, rate = self.run.loss, self._rate.value
        if rate is None or curve.count < self.LOGS:
            return None
        first, last = curve.quarters()
        if first <= 0 or last > (1 - self.LEAST) * first or not self._never_rose():
            return None  # not falling at all is S1's
        drop = 1 - last / first
        usual = band(self.run)
        known = self.run.lora is not None
        low = usual.low if usual and known else self.ADAPTER_LOW
        numbers = {
            "learning_rate": rate,
            "drop": drop,
            "first_quarter": first,
            "last_quarter": last,
        }
        if drop < self.DROP and curve.last_step >= self.STEPS and rate < low and self._creeps():
            return self._evidence(
                numbers,
                f"The loss fell by only {drop:.0%} in {curve.last_step} steps",
                "Less than 8 % over 100 steps or more, as slowly early as late, at a learning "
                f"rate of {rate:.1g}; from {low:.1g} on one learns (LoRA Without Regret).",
                0.9 if known else 0.7,
            )
        share = self._later_share()
        if known and usual and rate < usual.low and share is not None and share >= self.LINEAR:
            return self._evidence(
                {**numbers, "later_share": share},
                "The loss creeps down steadily: the learning rate is too low to learn the task",
                f"Per unit of learning rate the second half brought {share:.2f} of what the first "
                f"half brought, at {rate:.1g}, below the {usual.low:.1g} where the usual band "
                "begins. A run that learns falls early and then flattens.",
                0.8,
            )
        ratio = median(self._ratios) if len(self._ratios) == 5 else 0.0
        _, second, _, final = curve.four_quarters()
        moving = final < self.MOVING * second
        if ratio > self.CALIBRATED and moving and usual is not None and rate <= usual.high:
            return self._evidence(
                {**numbers, "loss_by_entropy": ratio},
                "The model has hardly adapted to the data yet",
                f"The loss is {ratio:.1f} times the model's own entropy; a model that fits its "
                f"data has both about equal. The loss never rose, so the learning rate can go up.",
                0.7,
            )
        return None

    def _creeps(self) -> bool:
        """Whether the loss fell little in all, and no faster at the beginning."""
        first, second, _, last = self.run.loss.four_quarters()
        start = max(self.run.first_loss or 0.0, first)
        return last > (1 - self.WHOLE) * start and first - second <= self.EARLY * (first - last)

    def _never_rose(self) -> bool:
        points = self.run.loss.points
        width = max(1, len(points) // 4)
        quarters = [
            median(point.y for point in points[at : at + width])
            for at in range(0, 4 * width, width)
            if points[at : at + width]
        ]
        return quarters[-1] <= 1.05 * min(quarters)

    def _later_share(self) -> float | None:
        """Fall in the half of the learning rate spent later by that in the half spent earlier; None
        when no learning rate was logged or the fall is within the noise."""
        points = self.run.loss.points
        half = points[-1].x / 2
        early = [point.y for point in points if point.x <= half]
        late = [point.y for point in points if point.x > half]
        if points[-1].x <= 0 or len(early) < 3 or len(late) < 3:
            return None
        middle = median((*early[-2:], *late[:1]))
        before, after = early[0] - middle, middle - median(late[-3:])
        if before <= 0 or not slope(late).surely_falling:
            return None
        return after / before

    def _evidence(
        self, numbers: dict[str, float], title: str, explanation: str, confidence: float
    ) -> Evidence:
        ways = {"learning_rate_up": "Multiply the learning rate by 10."}
        if self.run.lora:
            ways["lora_targets"] = "Adapt all linear layers, not the attention alone."
        ways["epochs_up"] = "Train longer, if the learning rate must stay."
        return Evidence(
            steps=(self.run.loss.first_step, self.run.loss.last_step),
            numbers=numbers,
            title=title,
            explanation=explanation,
            suggestions=suggest(**ways),
            confidence=confidence,
        )
