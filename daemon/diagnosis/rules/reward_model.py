"""Reward models: whether they tell the better answer from the worse."""

import math
from collections import deque
from collections.abc import Set
from statistics import fmean

from ...metrics import Row
from ..curve import HUGE, Curve
from ..rule import Evidence, Rule, RunContext, rule, suggest


@rule("R1", label="not_learning", severity="warning", needs=(), methods={"reward"})
class RewardModelBlind(Rule):
    """A reward model that guesses.

    Over the last third of the logs the mean accuracy is at most 0.55 and the mean loss above 0.95
    ln 2, the loss of a coin; after 30 % of the steps, 10 logs (or 5 of 10 steps) and 20 steps.
    """

    ACCURACY, LOSS, LOGS, AVERAGED, STEPS = 0.55, 0.95 * math.log(2), 10, 5, 20

    def __init__(self, run: RunContext) -> None:
        super().__init__(run)
        self._accuracy, self._loss = Curve(), Curve()

    def ready(self, seen: Set[str]) -> bool:
        return {"accuracy", "loss"} <= seen

    def feed(self, row: Row) -> Evidence | None:
        accuracy, loss = row.get("accuracy"), row.get("loss")
        if accuracy is None or loss is None:
            return self.standing
        self._accuracy.add(row.step, accuracy)
        self._loss.add(row.step, loss)
        return self._judge() if self._accuracy.due else self.standing

    def end(self) -> Evidence | None:
        return self._judge()

    def _judge(self) -> Evidence | None:
        curve, progress = self._accuracy, self.run.progress
        steps = curve.last_step - curve.first_step + 1
        least = self.AVERAGED if steps >= 10 * curve.count else self.LOGS
        if curve.count < least or steps < self.STEPS or not self._loss.points:
            return None
        if curve.count < 3 * self.LOGS if progress is None else progress < 0.3:
            return None
        right = fmean(point.y for point in curve.tail(1 / 3, 3))
        loss = fmean(point.y for point in self._loss.tail(1 / 3, 3))
        if right > self.ACCURACY or loss < self.LOSS:
            return None
        return Evidence(
            steps=(min(curve.first_step, curve.last_step), max(curve.first_step, curve.last_step)),
            numbers={"accuracy": right, "loss": loss},
            title=f"The reward model guesses: an accuracy of {right:.2f}",
            explanation="A loss near ln 2 = 0.693 with an accuracy near a half is a coin. Check "
            "that chosen and rejected are not swapped or the same, and that both end within "
            "max_length; then raise the learning rate.",
            suggestions=suggest(learning_rate_up="Multiply the learning rate by 3 to 10."),
            confidence=0.85,
        )


@rule("R2", label="overfitting", severity="warning", needs={"eval_accuracy"}, methods={"reward"})
class RewardModelOverfit(Rule):
    """A reward model that knows its training pairs and not the others.

    The training accuracy of the last 10 logs is above 0.98 and above the evaluation accuracy by
    0.15, which has not risen for 2 evaluations (ours; a reward model saturates within an epoch).
    """

    RIGHT, GAP, EVALUATIONS = 0.98, 0.15, 2

    def __init__(self, run: RunContext) -> None:
        super().__init__(run)
        self._recent: deque[float] = deque(maxlen=10)
        self._best, self._best_step, self._since = -math.inf, 0, 0

    def feed(self, row: Row) -> Evidence | None:
        accuracy = row.get("accuracy")
        if accuracy is not None and abs(accuracy) < HUGE:
            self._recent.append(accuracy)
        held_out = row.get("eval_accuracy")
        if held_out is None or not abs(held_out) < HUGE:
            return self.standing
        if held_out > self._best:
            self._best, self._best_step, self._since = held_out, row.step, 0
            return None
        self._since += 1
        right = fmean(self._recent) if self._recent else 0.0
        if self._since < self.EVALUATIONS or right <= self.RIGHT or right - held_out <= self.GAP:
            return None
        return Evidence(
            steps=(min(self._best_step, row.step), row.step),
            numbers={"accuracy": right, "eval_accuracy": held_out},
            title=f"The reward model knows its pairs by heart: {right:.2f} in training, "
            f"{held_out:.2f} on others",
            explanation=f"Held-out accuracy is no better since step {self._best_step}. One epoch "
            "is usually enough for a reward model; keep the best checkpoint.",
            suggestions=suggest(
                epochs_down="Train for fewer epochs.",
                best_checkpoint="Keep the checkpoint with the highest evaluation accuracy.",
                weight_decay="Add weight decay.",
            ),
            confidence=0.8,
        )
