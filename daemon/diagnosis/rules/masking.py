"""Training on nothing: every label is masked."""

from ...metrics import Row
from ..rule import LANGUAGE, Evidence, Rule, RunContext, rule, suggest


@rule(
    "S9", label="labels_masked", severity="critical", needs={"loss", "grad_norm"}, methods=LANGUAGE
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
