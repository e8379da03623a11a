"""Learning the training rows instead of the task."""

import math
from collections import deque
from statistics import median

from ...metrics import Row
from ..rule import LANGUAGE, Evidence, Rule, RunContext, rule, suggest


@rule("S5", label="overfitting", severity="warning", needs={"loss", "eval_loss"}, methods=LANGUAGE)
class Overfitting(Rule):
    """The evaluation loss rises from its lowest while the training loss goes on falling.

    At least 2 % above the lowest on 2 evaluations in a row, or at least 0.9 % on 3 in a row, each
    time with a training loss at least 2 % below that at the lowest. "Validation error starts
    increasing" (google-research/tuning_playbook). SageMaker Debugger's ratio (validation - train) /
    train > 0.1 fires on runs whose evaluation loss still falls, so it is not used. From 10 % on it
    is called severe. Rises below 0.01 nats are noise on a loss near 0. Withdrawn when an evaluation
    comes within 0.9 % of the lowest.
    """

    CLEAR, SLIGHT, SEVERE = 1.02, 1.009, 1.10
    TRAIN = 0.98
    NOISE = 0.01

    def __init__(self, run: RunContext) -> None:
        super().__init__(run)
        self._recent: deque[float] = deque(maxlen=5)
        self._best = math.inf
        self._best_step = 0
        self._train_at_best = math.inf
        self._clear = self._slight = 0

    def feed(self, row: Row) -> Evidence | None:
        loss, evaluation = row.get("loss"), row.get("eval_loss")
        if loss is not None and math.isfinite(loss):
            self._recent.append(loss)
        if evaluation is None or not math.isfinite(evaluation) or not self._recent:
            return self.standing
        train = median(self._recent)
        if evaluation < self._best:
            self._best, self._best_step, self._train_at_best = evaluation, row.step, train
            self._clear = self._slight = 0
            return None
        ratio = evaluation / self._best if self._best > 0 else 1.0
        falls = train < self.TRAIN * self._train_at_best and evaluation - self._best >= self.NOISE
        self._clear = self._clear + 1 if falls and ratio >= self.CLEAR else 0
        self._slight = self._slight + 1 if falls and ratio >= self.SLIGHT else 0
        if self._clear < 2 and self._slight < 3:
            return None
        severe = ratio >= self.SEVERE
        return Evidence(
            steps=(self._best_step, row.step),
            numbers={
                "eval_loss": evaluation,
                "lowest": self._best,
                "lowest_step": self._best_step,
                "loss": train,
                "loss_then": self._train_at_best,
            },
            title=f"Overfitting since step {self._best_step}: evaluation loss up by "
            f"{ratio - 1:.0%}, training loss still falling",
            explanation=f"The evaluation loss was lowest ({self._best:.4g}) at step "
            f"{self._best_step} and is {evaluation:.4g} now, while the training loss went from "
            f"{self._train_at_best:.3g} to {train:.3g}. Twice in a row 2 % above the lowest is the "
            "threshold (google-research/tuning_playbook: validation error starts increasing)."
            + (" More than 10 % is severe." if severe else ""),
            suggestions=suggest(
                best_checkpoint="Keep the checkpoint with the lowest evaluation loss.",
                epochs_down="Stop near the step of the lowest evaluation loss.",
                weight_decay="Raise weight decay to 0.1.",
            ),
            confidence=1.0 if severe else 0.8,
        )


@rule("S8", label="memorisation", severity="warning", needs={"loss"}, methods=LANGUAGE)
class Memorisation(Rule):
    """The model knows its training rows by heart.

    The median of the last 5 training losses is below 0.05 after more than 3 epochs, or with a token
    accuracy above 0.99. Alone that also holds for a short task learnt well, so where the evaluation
    loss is known it decides: above 5 times the training loss and above 0.1 (a run with exact match
    0.93 has 1.5 times, duplicated data some 1000 times). Where it is unknown, a warning takes more
    than 10 epochs, or a loss below 0.01 after more than 3; else it is a note. A public run of 100
    epochs ended at 0.008.
    """

    LOSS, TINY = 0.05, 0.01
    EPOCHS, MANY_EPOCHS = 3.0, 10.0
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
        level = median(self._recent)
        # A loss of exactly 0 is a masked or a hidden one, and other rules' business.
        known = 0 < level < self.LOSS and len(self._recent) >= 3
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
