"""Evaluation that turns worse while training goes on."""

import math
from collections import deque
from statistics import fmean, median

from ...metrics import Row
from ..curve import Window
from ..rule import SUPERVISED, Evidence, Rule, RunContext, rule, suggest
from .classifier import score


@rule(
    "S5", label="overfitting", severity="warning", needs={"loss", "eval_loss"}, methods=SUPERVISED
)
class Overfitting(Rule):
    """The evaluation loss rises from its lowest while the training loss goes on falling.

    At least 2 % above the lowest on 2 evaluations in a row, or at least 0.9 % on 3 in a row, each
    time with a training loss at least 2 % below that at the lowest. "Validation error starts
    increasing" (google-research/tuning_playbook). The mean of the last two must also stand out of
    the evaluation's own noise: 1 + sqrt(2 ln n) standard deviations above the lowest of n, since
    the lowest of many is low by chance; the deviation is taken from second differences. Twice in a
    row 10 % above needs no such test. At the end of a run the last evaluation alone is enough when
    it is 10 % above and out of the noise, with a training loss 20 % down: with one evaluation an
    epoch there may be no second. SageMaker Debugger's ratio (validation - train) / train > 0.1
    fires on runs whose evaluation loss still falls, so it is not used. From 10 % on it is called
    severe. Rises below 0.01 nats are noise on a loss near 0. A note where a classifier's accuracy
    or F1 has gone up by 0.01 and a tenth of its errors has gone since, for then only its certainty
    grew, and the evaluation loss is not yet 1.25 times the lowest. Withdrawn when an evaluation
    comes within 0.9 % of the lowest; a second evaluation at one step is one of other weights, and
    is left out.
    """

    CLEAR, SLIGHT, SEVERE = 1.02, 1.009, 1.10
    TRAIN, TRAIN_AT_END = 0.98, 0.8
    NOISE = 0.01
    BETTER, ERROR, HARMLESS = 0.01, 0.9, 1.25

    def __init__(self, run: RunContext) -> None:
        super().__init__(run)
        self._recent: deque[float] = deque(maxlen=5)
        self._evaluations: deque[float] = deque(maxlen=3)
        self._bends = Window(50)
        self._count = 0
        self._step: int | None = None
        self._best = math.inf
        self._best_step = 0
        self._train_at_best = math.inf
        self._score_at_best: float | None = None
        self._clear = self._slight = self._severe = 0
        self._last: Row | None = None

    def feed(self, row: Row) -> Evidence | None:
        loss, evaluation = row.get("loss"), row.get("eval_loss")
        if loss is not None and math.isfinite(loss):
            self._recent.append(loss)
        if evaluation is None or not math.isfinite(evaluation) or not self._recent:
            return self.standing
        if row.step == self._step:
            return self.standing
        self._step = row.step
        self._count += 1
        self._evaluations.append(evaluation)
        if len(self._evaluations) == 3:
            before, middle, after = self._evaluations
            self._bends.add(abs(before - 2 * middle + after))
        self._last = row
        return self._judge(row, evaluation, median(self._recent))

    def end(self) -> Evidence | None:
        if self._last is None or self.standing is not None:
            return self.standing
        evaluation, train = self._last["eval_loss"], median(self._recent)
        if (
            self._best_step == self._last.step
            or evaluation < max(self.SEVERE * self._best, self._best + self.NOISE)
            or train > self.TRAIN_AT_END * self._train_at_best
            or not self._stands_out(evaluation)
        ):
            return None
        return self._evidence(self._last, evaluation, train)

    def _judge(self, row: Row, evaluation: float, train: float) -> Evidence | None:
        if evaluation < self._best:
            self._best, self._best_step, self._train_at_best = evaluation, row.step, train
            self._score_at_best = score(row, "accuracy", "f1", "f1_score")
            self._clear = self._slight = self._severe = 0
            return None
        ratio = evaluation / self._best if self._best > 0 else 1.0
        falls = train < self.TRAIN * self._train_at_best and evaluation - self._best >= self.NOISE
        self._clear = self._clear + 1 if falls and ratio >= self.CLEAR else 0
        self._slight = self._slight + 1 if falls and ratio >= self.SLIGHT else 0
        self._severe = self._severe + 1 if falls and ratio >= self.SEVERE else 0
        if self._clear < 2 and self._slight < 3:
            return None
        if self._severe < 2 and not self._stands_out(fmean(list(self._evaluations)[-2:])):
            return None
        return self._evidence(row, evaluation, train)

    def _evidence(self, row: Row, evaluation: float, train: float) -> Evidence:
        ratio = evaluation / self._best if self._best > 0 else 1.0
        severe = ratio >= self.SEVERE
        now = score(row, "accuracy", "f1", "f1_score")
        better = (
            ratio < self.HARMLESS
            and now is not None
            and self._score_at_best is not None
            and now >= self._score_at_best + self.BETTER
            and 1 - now <= self.ERROR * (1 - self._score_at_best)
        )
        return Evidence(
            steps=(min(self._best_step, row.step), max(self._best_step, row.step)),
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
            + (" More than 10 % is severe." if severe else "")
            + (" The score still went up, so only its certainty suffers." if better else ""),
            suggestions=suggest(
                best_checkpoint="Keep the checkpoint with the lowest evaluation loss.",
                epochs_down="Stop near the step of the lowest evaluation loss.",
                weight_decay="Raise weight decay to 0.1.",
            ),
            severity="info" if better else "warning",
            confidence=1.0 if severe else 0.8,
        )

    def _stands_out(self, level: float) -> bool:
        """Whether an evaluation loss is above the lowest by more than its noise."""
        if not len(self._bends):
            return True
        # |a - 2b + c| of normal noise has a median of 0.6745 sqrt(6) = 1.65 deviations.
        deviation = self._bends.median / 1.65
        return level - self._best >= (1 + math.sqrt(2 * math.log(self._count))) * deviation


@rule("S6", label="overtraining", severity="info", needs={"loss", "eval_loss"}, methods=SUPERVISED)
class Overtraining(Rule):
    """The evaluation loss has stopped falling long ago, while the training loss goes on.

    No new lowest by 0.5 % for 10 evaluations, or for half of them where there are 6 to 20, with a
    training loss 5 % below that at the lowest (after SageMaker Debugger, Overtraining: patience 10;
    its delta of 0.1 fits no loss of a language model, ours is relative). A note: nothing is lost
    yet but time.
    """

    DELTA, PATIENCE, LEAST, TRAIN = 0.995, 10, 6, 0.95

    def __init__(self, run: RunContext) -> None:
        super().__init__(run)
        self._recent: deque[float] = deque(maxlen=5)
        self._best = math.inf
        self._best_step = 0
        self._train_at_best = math.inf
        self._count = self._since = 0

    def feed(self, row: Row) -> Evidence | None:
        loss, evaluation = row.get("loss"), row.get("eval_loss")
        if loss is not None and math.isfinite(loss):
            self._recent.append(loss)
        if evaluation is None or not math.isfinite(evaluation) or not self._recent:
            return self.standing
        train = median(self._recent)
        self._count += 1
        self._since += 1
        if evaluation < self.DELTA * self._best:
            self._best, self._best_step, self._train_at_best = evaluation, row.step, train
            self._since = 0
        patience = min(self.PATIENCE, max(self._count, self.LEAST) / 2)
        if (
            self._count < self.LEAST
            or self._since < patience
            or train > self.TRAIN * self._train_at_best
        ):
            return None
        return Evidence(
            steps=(min(self._best_step, row.step), max(self._best_step, row.step)),
            numbers={"lowest": self._best, "evaluations_since": self._since, "loss": train},
            title=f"The evaluation loss has not improved since step {self._best_step}",
            explanation=f"{self._since} evaluations without a new lowest by 0.5 %, while the "
            "training loss fell by 5 % (SageMaker Debugger, Overtraining).",
            suggestions=suggest(
                epochs_down="Stop near the step of the lowest evaluation loss.",
                best_checkpoint="Keep the checkpoint with the lowest evaluation loss.",
            ),
            confidence=0.7,
        )
