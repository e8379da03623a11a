"""Which checkpoint was kept."""

import math
import re

from ...metrics import Row
from ..rule import SUPERVISED, Evidence, Rule, RunContext, rule, suggest

_NUMBER = re.compile(r"checkpoint-(\d+)/?$")


@rule(
    "S10",
    label="wrong_checkpoint",
    severity="warning",
    needs=(),
    methods=SUPERVISED | {"dpo", "orpo", "kto"},
)
class WrongCheckpoint(Rule):
    """The checkpoint that was kept is not the best one that was evaluated.

    The trainer's state names the best step (`best_global_step`) and the checkpoint that would be
    loaded as the best (`best_model_checkpoint`): when their numbers differ, the best weights were
    never saved, because save_steps is no divisor of eval_steps (ZhangFirst1/-LoRA-Llama-3-: best at
    step 350, checkpoint-200). A note where no best model was tracked and the last evaluation loss
    is above 1.02 times the lowest ("retrospective checkpoint selection" in
    google-research/tuning_playbook).
    """

    WORSE = 1.02

    def __init__(self, run: RunContext) -> None:
        super().__init__(run)
        self._best = math.inf
        self._best_step = 0
        self._last = math.inf

    def ready(self, seen: object) -> bool:
        return self._best < math.inf or self._kept() is not None

    def feed(self, row: Row) -> Evidence | None:
        evaluation = row.get("eval_loss")
        if evaluation is None or not math.isfinite(evaluation):
            return self.standing or self._lost()
        self._last = evaluation
        if evaluation < self._best:
            self._best, self._best_step = evaluation, row.step
        return self.end() if (self.run.progress or 0) >= 1 else self._lost()

    def end(self) -> Evidence | None:
        return self._lost() or self._last_is_worse()

    def _kept(self) -> int | None:
        found = _NUMBER.search(str(self.run.config.get("best_model_checkpoint") or ""))
        return int(found[1]) if found else None

    def _lost(self) -> Evidence | None:
        best, kept = self.run.number("best_global_step"), self._kept()
        if best is not None and kept is not None and best != kept:
            return self._evidence(
                (min(kept, int(best)), max(kept, int(best))),
                {"best_step": best, "kept_step": float(kept)},
                f"The best step was {best:.0f}, but checkpoint {kept} was kept",
                "The best evaluation fell between two checkpoints, so its weights are lost; make "
                "save_steps equal to eval_steps.",
            )
        return None

    def _last_is_worse(self) -> Evidence | None:
        if (
            self._kept() is None
            and 0 < self._best < math.inf
            and self._last > self.WORSE * self._best
        ):
            return self._evidence(
                (self._best_step, max(self.run.step, self._best_step)),
                {"eval_loss": self._last, "lowest": self._best, "best_step": self._best_step},
                f"The last checkpoint is worse than that of step {self._best_step}",
                f"The last evaluation loss is {self._last:.4g}, the lowest was {self._best:.4g}, "
                "and no best model was tracked.",
                note=True,
            )
        return None

    def _evidence(
        self,
        steps: tuple[int, int],
        numbers: dict[str, float],
        title: str,
        explanation: str,
        note: bool = False,
    ) -> Evidence:
        return Evidence(
            steps=steps,
            numbers=numbers,
            title=title,
            explanation=f"{explanation} (tuning_playbook: retrospective checkpoint selection)",
            suggestions=suggest(
                best_checkpoint="Save at every evaluation and load the best at the end."
            ),
            severity="info" if note else "warning",
        )
