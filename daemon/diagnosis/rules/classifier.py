"""Classifiers that always answer the same, or swing between answers."""

import math
from collections import deque
from collections.abc import Set
from itertools import pairwise

from ...metrics import Row
from ..rule import Evidence, Rule, RunContext, rule, suggest


def score(row: Row, *names: str) -> float | None:
    """The first of some evaluation scores that is there and finite, whatever its capitals."""
    for name in names:
        for spelling in (f"eval_{name}", f"eval_{name.capitalize()}", name.capitalize()):
            value = row.get(spelling)
            if value is not None and math.isfinite(value):
                return value
    return None


@rule("S18", label="class_collapse", severity="warning", needs=(), methods={"classifier"})
class ClassCollapse(Rule):
    """The model answers one class, whatever it is asked.

    Any of three signs in one evaluation with accuracy p. Recall of at least 0.99 with a precision
    equal to p: everything is called positive (JasonZeng24/HallucinationDetection: recall 1.0,
    precision and accuracy 0.606); recall 0 with p above 0: everything is called negative. F1
    exactly what one answer gives, 2p / (1 + p) over the number of classes when averaged over them,
    or 2 p squared / (1 + p) when weighted, and lower than p. Or accuracy the same to 6 digits at
    three evaluations in a row, with a training loss still above 0.7 times the first. Stands until
    an accuracy is 0.05 above p. SageMaker Debugger's ClassImbalance needs the labels themselves.
    """

    RECALL, CLOSE, FARTHER, GAIN, LEARNT = 0.99, 0.002, 0.1, 0.05, 0.7
    CLASSES = range(2, 21)

    def __init__(self, run: RunContext) -> None:
        super().__init__(run)
        self._share: float | None = None
        self._since = 0
        self._accuracies: deque[tuple[int, float]] = deque(maxlen=3)

    def ready(self, seen: Set[str]) -> bool:
        return bool(self._accuracies)

    def feed(self, row: Row) -> Evidence | None:
        accuracy = score(row, "accuracy", "acc")
        if accuracy is None:
            return self.standing
        if not self._accuracies or self._accuracies[-1][0] != row.step:
            self._accuracies.append((row.step, accuracy))
        if self._collapsed(row, accuracy):
            if self._share is None:
                self._since = row.step
            self._share = accuracy
        if self._share is None or accuracy > self._share + self.GAIN:
            self._share = None
            return None
        return Evidence(
            steps=(min(self._since, row.step), max(self._since, row.step)),
            numbers={"accuracy": accuracy, "share_of_the_answer": self._share},
            title=f"The classifier gives one answer to everything: accuracy {accuracy:.3g}, the "
            "share of that class",
            explanation="Precision, recall and F1 are what a constant answer gives, and since then "
            "accuracy has gained less than 0.05. Weight the classes, look at the labels, or change "
            "the learning rate: too high a rate kills a classifier in the same way.",
            suggestions=suggest(
                learning_rate_down="Divide the learning rate by 10.",
                epochs_up="Train longer, if it has just begun to move.",
            ),
            confidence=0.9,
        )

    def _collapsed(self, row: Row, accuracy: float) -> bool:
        recall, precision = score(row, "recall"), score(row, "precision")
        f1 = score(row, "f1", "f1_score", "macro_f1", "f1_macro", "weighted_f1", "f1_weighted")
        if not 0 < accuracy < 1:
            return False
        one = 2 * accuracy / (1 + accuracy)
        if recall is None and f1 is not None and abs(f1 - one) < self.CLOSE:
            recall = 1.0
        if recall is not None and precision is not None and precision > 0:
            positive = recall >= self.RECALL and abs(precision - accuracy) < self.CLOSE
            if positive and accuracy < self.RECALL:
                return True
        if recall == 0 and (f1 or 0) == 0:
            return True
        if f1 is not None and f1 < accuracy - self.FARTHER:
            values = [one / classes for classes in self.CLASSES if accuracy >= 1 / classes - 0.02]
            if any(abs(f1 - value) < self.CLOSE for value in [*values, one * accuracy]):
                return True
        values = [value for _, value in self._accuracies]
        return len(values) == 3 and max(values) - min(values) < 1e-6 and not self._learnt()

    def _learnt(self) -> bool:
        """Whether the training loss fell: a model that has learnt its rows stands still too."""
        points = self.run.loss.points
        first = self.run.first_loss
        return bool(points and first and points[-1].y < self.LEARNT * first)


@rule("S12", label="oscillation", severity="info", needs=(), methods={"classifier"})
class Oscillation(Rule):
    """The accuracy swings to and fro from evaluation to evaluation.

    Of the last 10 changes of accuracy, 6 at least, more than 0.25 are turns of more than 0.05
    (AutoTrainer, ICSE 2021, as its code has them). A note: a batch or a learning rate out of size,
    or an evaluation set of a few rows.
    """

    SWING, SHARE, LEAST, WINDOW = 0.05, 0.25, 6, 11

    def __init__(self, run: RunContext) -> None:
        super().__init__(run)
        self._values: deque[tuple[int, float]] = deque(maxlen=self.WINDOW)

    def ready(self, seen: Set[str]) -> bool:
        return bool(self._values)

    def feed(self, row: Row) -> Evidence | None:
        accuracy = score(row, "accuracy", "acc")
        if accuracy is None:
            return self.standing
        self._values.append((row.step, accuracy))
        values = [value for _, value in self._values]
        changes = [after - before for before, after in pairwise(values)]
        if len(changes) < self.LEAST:
            return None
        turns = sum(
            one * other < 0 and min(abs(one), abs(other)) > self.SWING
            for one, other in pairwise(changes)
        )
        share = turns / (len(changes) - 1)
        if share <= self.SHARE:
            return None
        first = self._values[0][0]
        return Evidence(
            steps=(min(first, row.step), max(first, row.step)),
            numbers={"turns": turns, "share": share},
            title=f"The accuracy swings: {turns} turns of more than 0.05",
            explanation="More than a quarter of the last changes are turns of more than 0.05 "
            "(AutoTrainer). Use a larger batch, a lower learning rate, or a larger evaluation set.",
            suggestions=suggest(
                batch_up="Double the batch.",
                learning_rate_down="Divide the learning rate by 3.",
            ),
            confidence=0.6,
        )
