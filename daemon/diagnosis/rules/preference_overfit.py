"""Preference training that went on for too long."""

import math
from collections import deque
from statistics import median

from ...metrics import Row
from ..rule import Evidence, Rule, RunContext, rule, suggest
from .policy import Course, looks
from .preference import PAIRED, usable


@rule("D4", label="dpo_overoptimised", severity="warning", needs={"loss"}, methods={"dpo"})
class OverOptimised(Rule):
    """The pairs are told apart with certainty, long before the data are used up.

    The median loss of the last 20 logs is below 0.05 (5 logs are enough where each averages 10
    steps), or 40 % of the last 40 logs are below 0.02: such pairs push the model without end
    (SeanGormann/llm_recovery: half of the losses near 0.004 within 0.6 epochs, with jumps to 0.4
    and 1.0 in between). Healthy public runs end at 0.11 and above, and no log is below 0.05.
    """

    LOSS, LOGS, AVERAGED = 0.05, 20, 5
    CERTAIN, SHARE, MANY = 0.02, 0.4, 40

    def __init__(self, run: RunContext) -> None:
        super().__init__(run)
        self._recent: deque[tuple[int, float]] = deque(maxlen=self.MANY)
        self._count = 0
        self._margin = 0.0
        self._start: float | None = None

    def feed(self, row: Row) -> Evidence | None:
        loss, margin = usable(row.get("loss")), usable(row.get("rewards/margins"))
        if loss is None or margin is None:
            return self.standing
        self._recent.append((row.step, loss))
        self._count += 1
        self._margin = margin
        self._start = loss if self._start is None else self._start
        if not looks(self._count):
            return self.standing
        first, last = self._recent[0][0], self._recent[-1][0]
        averaged = last - first >= 10 * (len(self._recent) - 1) > 0
        least = self.AVERAGED if averaged else self.LOGS
        # IPO and its kin have losses of another scale; all sigmoid losses start near ln 2.
        if len(self._recent) < least or not 0.2 < self._start < 1.5:
            return None
        losses = [loss for _, loss in self._recent]
        middle = median(losses[-self.LOGS :])
        certain = sum(loss < self.CERTAIN for loss in losses) / self.MANY
        if middle < 0 or (middle >= self.LOSS and certain < self.SHARE):
            return None
        worst = max(losses)
        return Evidence(
            steps=(min(first, last), max(first, last)),
            numbers={"loss": middle, "certain": certain, "worst": worst, "margin": margin},
            title=f"DPO is over-optimised: a loss of {middle:.2g} with a margin of {margin:.2g}",
            explanation=f"The median of the last 20 logs, with {certain:.0%} of the last 40 below "
            "0.02. Pairs that are certain teach nothing but to push further; the few that are not "
            f"give jumps (the worst here {worst:.2g}). Take an earlier checkpoint, and check that "
            "the answers do not differ by length alone.",
            suggestions=suggest(
                epochs_down="Train for fewer epochs.",
                beta_up="Double beta.",
                label_smoothing="Smooth the labels by 0.1 (conservative DPO).",
                learning_rate_down="Divide the learning rate by 3.",
            ),
            confidence=0.85,
        )


@rule("D5", label="overfitting", severity="warning", needs={"loss", "eval_loss"}, methods=PAIRED)
class PreferenceOverfit(Rule):
    """Training pairs are told apart better and better, held-out ones are not.

    Either the evaluation loss is above 1.02 times its lowest at 2 evaluations in a row; or it has
    not fallen by more than 0.5 % for 5 evaluations while the margin in training is above that on
    held-out pairs by 0.3 and by a quarter of it (a public TinyLlama run: 0.512 from step 1800 on,
    with 0.42 to 0.355 in training). In both the training loss has fallen, and training is told by
    the last fifth of its logs. The 2 % are those of S5.
    """

    RISE, GAP, SHARE, FALL = 1.02, 0.3, 0.25, 0.005
    RISEN, EVALUATIONS = 2, 5

    def __init__(self, run: RunContext) -> None:
        super().__init__(run)
        self._margins, self._losses = Course(), Course()
        self._low = math.inf
        self._low_step = 0
        self._above = 0  # evaluations in a row above the lowest by 2 %
        self._mark = math.inf  # evaluation loss that the later ones had to beat
        self._mark_step = 0
        self._since = 0  # evaluations since then

    def feed(self, row: Row) -> Evidence | None:
        margin, loss = usable(row.get("rewards/margins")), usable(row.get("loss"))
        self._margins.add(row.step, margin)
        self._losses.add(row.step, loss)
        evaluation = usable(row.get("eval_loss"))
        if evaluation is None:
            return self.standing
        if evaluation < self._low:
            self._low, self._low_step = evaluation, row.step
        self._above = self._above + 1 if evaluation > self.RISE * self._low else 0
        if evaluation < (1 - self.FALL) * self._mark:
            self._mark, self._mark_step, self._since = evaluation, row.step, 0
        else:
            self._since += 1
        before, now = self._losses.change
        if now >= before:
            return None
        numbers = {"eval_loss": evaluation, "lowest": self._low, "loss": now}
        if self._above >= self.RISEN:
            return self._found(numbers, (self._low_step, row.step), "rises")
        held_out = usable(row.get("eval_rewards/margins"))
        if held_out is None or self._since < self.EVALUATIONS:
            return None
        train = self._margins.change[1]
        if train - held_out <= max(self.GAP, self.SHARE * abs(held_out)):
            return None
        numbers |= {"train_margin": train, "eval_margin": held_out}
        return self._found(numbers, (self._mark_step, row.step), "stands still")

    def _found(self, numbers: dict[str, float], steps: tuple[int, int], does: str) -> Evidence:
        apart = ""
        if "train_margin" in numbers:
            apart = (
                f" with a margin of {numbers['train_margin']:.2g} in training against "
                f"{numbers['eval_margin']:.2g} on held-out pairs"
            )
        return Evidence(
            steps=(min(steps), max(steps)),
            numbers=numbers,
            title=f"The evaluation loss {does} since step {steps[0]} while training goes on to "
            "tell its pairs apart",
            explanation=f"It is {numbers['eval_loss']:.3g}, {numbers['lowest']:.3g} at its "
            f"lowest{apart}. What is learned now are these pairs and no preference; one epoch is "
            "usually enough.",
            suggestions=suggest(
                epochs_down="Train for one epoch.",
                best_checkpoint="Keep the checkpoint with the lowest evaluation loss.",
                beta_up="Double beta.",
            ),
            confidence=0.8,
        )
