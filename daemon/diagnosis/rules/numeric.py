"""Numbers that break: not finite, hidden as zero, or exploding."""

import math
from collections import deque
from statistics import median

from ...metrics import Row
from ..rule import Evidence, Rule, RunContext, rule, suggest

_CALMER = suggest(
    learning_rate_down="Divide the learning rate by 10.",
    clip_gradients="Clip gradients at a norm of 1.0.",
    warmup="Warm up over the first 10 % of the steps.",
)


@rule("N1", label="nonfinite", severity="critical", needs={"loss"})
class NonFiniteLoss(Rule):
    """The loss, or the evaluation loss, is NaN or infinite.

    One such log is enough (SageMaker Debugger, ExplodingTensor with only_nan=False; AutoTrainer,
    nan_loss). A NaN gradient norm alone does not count: a float16 scaler skips such steps by design
    (seen in a healthy DPO run at steps 1, 2 and 18). Withdrawn after 20 finite losses in a row,
    which a run with broken weights never shows.
    """

    RECOVERED = 20

    def __init__(self, run: RunContext) -> None:
        super().__init__(run)
        self._first: int | None = None
        self._last = 0
        self._broken = 0
        self._finite = 0
        self._healthy = 0

    def feed(self, row: Row) -> Evidence | None:
        losses = [row[name] for name in ("loss", "eval_loss") if name in row]
        if not losses:
            return self.standing
        if all(math.isfinite(loss) for loss in losses):
            self._finite += 1
            self._healthy += self._first is None
            if self._finite >= self.RECOVERED:
                self._first, self._broken = None, 0
            return self.standing if self._first is not None else None
        self._finite = 0
        self._broken += 1
        self._first = row.step if self._first is None else self._first
        self._last = max(row.step, self._last)
        at_once = self._healthy == 0
        why = (
            "No log before it was finite, so the cause is there from the start: labels that are "
            "all masked, an empty batch, broken weights, or float16 where bfloat16 is needed."
            if at_once
            else "The update before it was too large, or one batch overflowed. From here on the "
            "weights are lost; the run can't recover."
        )
        return Evidence(
            steps=(min(self._first, self._last), self._last),
            numbers={"broken_logs": self._broken, "finite_logs_before": self._healthy},
            title=f"The loss is not a number from step {self._first} on",
            explanation=f"{why} One NaN or infinite loss is enough for this rule (SageMaker "
            "Debugger, ExplodingTensor).",
            suggestions=_CALMER,
        )


@rule("N2", label="nan_as_zero", severity="critical", needs={"loss", "grad_norm"})
class NanShownAsZero(Rule):
    """The loss is exactly 0 while the gradient norm is NaN: a NaN that the log filter hides.

    transformers' Trainer leaves NaN losses out of the logged mean (logging_nan_inf_filter), so a
    broken run shows 0.0. Two such logs in a row (OpenBMB/MiniCPM-V#212, LlamaFactory#2916,
    LLaVA-NeXT#435).
    """

    LOGS = 2

    def __init__(self, run: RunContext) -> None:
        super().__init__(run)
        self._steps: list[int] = []
        self._count = 0

    def feed(self, row: Row) -> Evidence | None:
        loss, norm = row.get("loss"), row.get("grad_norm")
        if loss is None:
            return self.standing
        if loss != 0 or norm is None or not math.isnan(norm):
            self._steps, self._count = [], 0
            return None
        self._count += 1
        self._steps = [*self._steps[:1], row.step]
        if self._count < self.LOGS:
            return None
        return Evidence(
            steps=(min(self._steps), max(self._steps)),
            numbers={"logs": self._count},
            title="The loss of 0 is really NaN: the log hides broken numbers",
            explanation="A loss of exactly 0 with a gradient norm of NaN on two logs in a row "
            "means that the trainer left NaN losses out of its mean (OpenBMB/MiniCPM-V#212). "
            "Train in bfloat16 or float32, and remove rows without labels.",
            suggestions=_CALMER,
        )


@rule("N4", label="gradient_explosion", severity="warning", needs={"grad_norm"})
class GradientExplosion(Rule):
    """Gradient norms far above what this run showed before.

    Critical: one norm above 1000 times the median of the last 50, or above 10,000 where there is no
    median yet (kirang89/ocamler-grpo: 111, then 54,648,652, from norms of 0.1 to 3; public and own
    healthy runs stay below 110). Warning: above 10 times that median on 3 of the last 10 logs; the
    same once is a spike that clipping catches, and healthy runs show it. At least 10 norms come
    before a judgement by median, and a norm within max_grad_norm (1.0 by default) is none.
    Withdrawn when the last 50 logs are calm.
    """

    TIMES, FATAL_TIMES, FATAL = 10.0, 1000.0, 1e4
    WINDOW, LEAST = 50, 10

    def __init__(self, run: RunContext) -> None:
        super().__init__(run)
        self._limit = run.number("max_grad_norm") or 1.0
        self._calm: deque[float] = deque(maxlen=self.WINDOW)
        self._recent: deque[tuple[int, float, float]] = deque(maxlen=10)  # step, norm, times
        self._since = 0

    def feed(self, row: Row) -> Evidence | None:
        norm = row.get("grad_norm")
        if norm is None or math.isnan(norm):
            return self.standing
        usual = median(self._calm) if len(self._calm) >= self.LEAST else 0.0
        times = norm / usual if usual > 0 and norm > self._limit else 0.0
        self._recent.append((row.step, norm, times))
        if math.isfinite(norm) and not times > self.TIMES:
            self._calm.append(norm)
        high = [entry for entry in self._recent if entry[2] > self.TIMES]
        fatal = times > self.FATAL_TIMES or (norm > self.FATAL and usual == 0 and norm != math.inf)
        if not fatal and len(high) < 3:
            self._since += 1
            return self.standing if self._since < self.WINDOW else None
        self._since = 0
        if not fatal and self.standing is not None and self.standing.severity == "critical":
            return self.standing
        high = high or [self._recent[-1]]
        steps = [entry[0] for entry in high]
        numbers = {"grad_norm": min(max(entry[1] for entry in high), 1e308), "median": usual}
        return Evidence(
            steps=(min(steps), max(steps)),
            numbers=numbers,
            title=f"Gradients explode: a norm of {numbers['grad_norm']:.3g} at step {row.step}",
            explanation=f"The median of the last {self.WINDOW} norms is {usual:.3g}. Three norms "
            "above 10 times that within ten logs are no single bad batch; one above 1000 times it "
            "wrecks the weights unless gradients are clipped (kirang89/ocamler-grpo).",
            suggestions=(_CALMER[1], _CALMER[0], _CALMER[2]),
            severity="critical" if fatal else "warning",
        )
