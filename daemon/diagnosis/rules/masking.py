"""Labels that say nothing: all masked, or out of place."""

import math
from statistics import median

from ...metrics import Row
from ..rule import LANGUAGE, Evidence, Rule, RunContext, rule, suggest


@rule(
    "S9",
    label="label_mask_error",
    severity="critical",
    needs={"loss", "grad_norm"},
    methods=LANGUAGE,
)
class LabelsMasked(Rule):
    """Loss and gradient norm are both exactly 0.

    Three logs in a row. No model predicts every token with certainty, so there was no token to
    predict: assistant-only loss with a chat template without generation marks, or answers cut off
    by max_length. In GRPO a loss of 0 is normal, so this is for language modelling alone.
    """

    LOGS = 3

    def __init__(self, run: RunContext) -> None:
        super().__init__(run)
        self._steps: list[int] = []
        self._count = 0

    def feed(self, row: Row) -> Evidence | None:
        loss, norm = row.get("loss"), row.get("grad_norm")
        if loss is None:
            return self.standing
        if loss != 0 or norm != 0:
            self._steps, self._count = [], 0
            return None
        self._count += 1
        self._steps = [*self._steps[:1], row.step]
        if self._count < self.LOGS:
            return None
        return Evidence(
            steps=(min(self._steps), max(self._steps)),
            numbers={"logs": self._count, "loss": 0.0, "grad_norm": 0.0},
            title="The loss is zero because every label is masked",
            explanation="Loss and gradient norm are exactly 0 on three logs in a row: the batches "
            "hold no token to learn from. Print the decoded labels of one batch; raise max_length, "
            "or mark the answer in the chat template.",
            suggestions=suggest(
                completion_only_loss="Compute the loss on the completion, set explicitly."
            ),
        )


@rule("N9", label="label_mask_error", severity="warning", needs={"loss"}, methods=LANGUAGE)
class WorseThanUniform(Rule):
    """The loss stays above what a uniform guess over all tokens costs.

    The median of the last 5 losses is above ln(vocabulary), with 10 logs at least, and not below
    0.9 times the first loss, in a run whose loss was never below it: labels are shifted or padded,
    embeddings were resized wrongly, or the model is of another tokenizer. 12.48 (262,144 tokens,
    the largest usual vocabulary) where `vocab_size` is unknown. Starting there is no sign yet:
    multimodal checkpoints start at 13 to 17 and train well, and one public run fell from 14.75 to
    0.77. Withdrawn when the loss falls.
    """

    LARGEST, LOGS, FALLING = math.log(262_144), 10, 0.9

    def __init__(self, run: RunContext) -> None:
        super().__init__(run)
        size = run.number("vocab_size")
        self._below = False
        self._uniform = math.log(size) if size is not None and size > 1 else self.LARGEST

    def feed(self, row: Row) -> Evidence | None:
        loss, curve = row.get("loss"), self.run.loss
        if loss is None:
            return self.standing
        self._below = self._below or loss < self._uniform
        if self._below or curve.count < self.LOGS:
            return None
        level = median(point.y for point in curve.points[-5:])
        first = self.run.first_loss or 0.0
        if level <= self._uniform or level < self.FALLING * first or level > 50:
            return None
        return Evidence(
            steps=(curve.first_step, curve.last_step),
            numbers={"loss": level, "uniform": self._uniform, "first": first},
            title=f"The loss of {level:.3g} is worse than guessing uniformly",
            explanation=f"A uniform guess costs {self._uniform:.2f} nats a token, and the loss is "
            "not falling from above it. Print the decoded labels of one batch, and compare the "
            "tokenizer with the model's embeddings.",
            suggestions=suggest(
                completion_only_loss="Compute the loss on the completion, set explicitly."
            ),
            confidence=0.8,
        )
