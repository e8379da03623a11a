"""Numbers that break: a loss that is not finite, or one that a log hides as zero."""

import math
from collections import deque

from ...metrics import Row
from ..rule import SUPERVISED, Evidence, Rule, RunContext, rule, suggest

CALMER = suggest(
    learning_rate_down="Divide the learning rate by 10.",
    clip_gradients="Clip gradients at a norm of 1.0.",
    warmup="Warm up over the first 10 % of the steps.",
)


@rule("N1", label="nonfinite_loss", severity="critical", needs={"loss"})
class NonFiniteLoss(Rule):
    """The training loss is NaN or infinite.

    One such log is enough (SageMaker Debugger, ExplodingTensor with only_nan=False; AutoTrainer,
    nan_loss). A NaN gradient norm alone does not count: a float16 scaler skips such steps by design
    (N3). A single broken log with 3 finite ones after it is a warning, for weights that were lost
    give no finite loss again; withdrawn after 20 finite losses in a row.
    """

    CALM, RECOVERED = 3, 20

    def __init__(self, run: RunContext) -> None:
        super().__init__(run)
        self._first: int | None = None
        self._last = 0
        self._broken = 0
        self._finite = 0
        self._healthy = 0

    def feed(self, row: Row) -> Evidence | None:
        loss = row.get("loss")
        if loss is None:
            return self.standing
        if not math.isfinite(loss):
            self._finite = 0
            self._broken += 1
            self._first = row.step if self._first is None else self._first
            self._last = max(row.step, self._last)
            return self._evidence(self._first, "critical")
        self._finite += 1
        if self._first is None:
            self._healthy += 1
            return None
        if self._finite >= self.RECOVERED:
            self._first, self._broken = None, 0
            return None
        if self._broken == 1 and self._finite == self.CALM:
            return self._evidence(self._first, "warning")
        return self.standing

    def _evidence(self, first: int, severity: str) -> Evidence:
        why = (
            "No log before it was finite, so the cause is there from the start: labels that are "
            "all masked, an empty batch, broken weights, or float16 where bfloat16 is needed."
            if self._healthy == 0
            else "The update before it was too large, or one batch overflowed. From here on the "
            "weights are lost; the run can't recover."
            if severity == "critical"
            else "It was finite again at once, so one batch overflowed or had no labels."
        )
        return Evidence(
            steps=(min(first, self._last), self._last),
            numbers={"broken_logs": self._broken, "finite_logs_before": self._healthy},
            title=f"The loss is not a number from step {first} on"
            if severity == "critical"
            else f"The loss was not a number at step {first}",
            explanation=f"{why} One NaN or infinite loss is enough for this rule (SageMaker "
            "Debugger, ExplodingTensor).",
            suggestions=CALMER,
            severity="critical" if severity == "critical" else "warning",
        )


@rule("N13", label="nonfinite_loss", severity="warning", needs={"eval_loss"})
class NonFiniteEvaluation(Rule):
    """The evaluation loss is NaN or infinite.

    One is enough, as for N1. With a finite training loss the weights are sound and the evaluation
    is broken: rows without any label (all cut off by max_length), or an overflow in float16. Seen
    over all of a public run of 43,800 steps whose training loss fell as it should. Critical when an
    evaluation before it was finite and the training loss is broken too. Withdrawn at the next
    finite one.
    """

    def __init__(self, run: RunContext) -> None:
        super().__init__(run)
        self._first: int | None = None
        self._finite = 0
        self._broken = 0
        self._training = math.nan

    def feed(self, row: Row) -> Evidence | None:
        loss, evaluation = row.get("loss"), row.get("eval_loss")
        if loss is not None:
            self._training = loss
        if evaluation is None:
            return self.standing
        if math.isfinite(evaluation):
            self._first, self._broken = None, 0
            self._finite += 1
            return None
        self._first = row.step if self._first is None else self._first
        self._broken += 1
        lost = self._finite > 0 and not math.isfinite(self._training)
        return Evidence(
            steps=(min(self._first, row.step), max(self._first, row.step)),
            numbers={"broken_evaluations": self._broken, "finite_evaluations_before": self._finite},
            title="The evaluation loss is not a number",
            explanation="The weights are lost: an earlier evaluation was finite."
            if lost
            else "Rows without a label give 0 / 0: look for answers that max_length cuts off, or "
            "evaluate in bfloat16 or float32. Until then no checkpoint can be told from another.",
            suggestions=CALMER if lost else (),
            severity="critical" if lost else "warning",
        )


@rule("N2", label="nonfinite_loss", severity="critical", needs={"loss"}, methods=SUPERVISED)
class NanShownAsZero(Rule):
    """The loss is exactly 0 where it can't be: a NaN that the log filter hides.

    transformers' Trainer leaves NaN losses out of the logged mean (logging_nan_inf_filter), so a
    broken run shows 0.0. Two such logs in a row with a NaN gradient norm (OpenBMB/MiniCPM-V#212,
    hiyouga/LLaMA-Factory#2916, LLaVA-VL/LLaVA-NeXT#435); where no gradient norm is logged, three in
    a row that follow a loss above 0.01, since a loss that went down to 0 by learning passes through
    small values.
    """

    LOGS, BLIND_LOGS, LEARNT = 2, 3, 0.01

    def __init__(self, run: RunContext) -> None:
        super().__init__(run)
        self._steps: list[int] = []
        self._count = 0
        self._before = 0.0
        self._norms = False

    def feed(self, row: Row) -> Evidence | None:
        loss, norm = row.get("loss"), row.get("grad_norm")
        if loss is None:
            return self.standing
        self._norms = self._norms or norm is not None
        hidden = math.isnan(norm) if norm is not None else not self._norms
        if loss != 0 or not hidden:
            self._steps, self._count = [], 0
            self._before = loss
            return None
        self._count += 1
        self._steps = [*self._steps[:1], row.step]
        enough = self.LOGS if norm is not None else self.BLIND_LOGS
        if self._count < enough or (norm is None and not self._before > self.LEARNT):
            return None
        return Evidence(
            steps=(min(self._steps), max(self._steps)),
            numbers={"logs": self._count, "loss_before": self._before},
            title="The loss of 0 is really NaN: the log hides broken numbers",
            explanation="A loss of exactly 0 with a gradient norm of NaN on two logs in a row, or "
            "three times 0 right after an ordinary loss, means that the trainer left NaN losses "
            "out of its mean (OpenBMB/MiniCPM-V#212). Train in bfloat16 or float32, and remove "
            "rows without labels.",
            suggestions=CALMER,
        )


@rule("N3", label="scaler_skip", severity="info", needs={"loss", "grad_norm"})
class ScalerSkip(Rule):
    """A float16 scaler skipped a few steps: nothing to worry about.

    A gradient norm of NaN or infinity beside a finite loss that is not 0, on at most 3 of the last
    20 logs. The scaler lowers its factor and goes on; seen in a healthy public DPO run at steps 1,
    2 and 18. Withdrawn after 20 logs without one, or when there are more.
    """

    MOST, WINDOW = 3, 20

    def __init__(self, run: RunContext) -> None:
        super().__init__(run)
        self._skips: deque[int] = deque(maxlen=self.MOST + 1)
        self._recent: deque[bool] = deque(maxlen=self.WINDOW)

    def feed(self, row: Row) -> Evidence | None:
        loss, norm = row.get("loss"), row.get("grad_norm")
        if loss is None or norm is None:
            return self.standing
        skipped = not math.isfinite(norm) and math.isfinite(loss) and loss != 0
        self._recent.append(skipped)
        if not skipped:
            return self.standing if True in self._recent else None
        self._skips.append(row.step)
        if sum(self._recent) > self.MOST:
            return None
        return Evidence(
            steps=(min(self._skips), max(self._skips)),
            numbers={"skipped_logs": sum(self._recent)},
            title="A few steps were skipped by the float16 scaler, which is harmless",
            explanation="The gradient overflowed in float16, the scaler left the update out and "
            "lowered its factor. At most 3 of 20 logs show it; bfloat16 has no such steps.",
            confidence=0.8,
        )
