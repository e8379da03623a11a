"""Gradients that explode, spike, vanish, or always meet the clip limit."""

import math
from collections import deque

from ...metrics import Row
from ..curve import Window
from ..rule import SUPERVISED, Evidence, Rule, RunContext, rule, suggest

_CALMER = suggest(
    clip_gradients="Clip gradients at a norm of 1.0.",
    learning_rate_down="Divide the learning rate by 10.",
    warmup="Warm up over the first 10 % of the steps.",
)


@rule("N4", label="grad_explosion", severity="warning", needs={"grad_norm"})
class GradientExplosion(Rule):
    """Gradient norms far above what this run showed before.

    Warning: above 10 times the upper quartile of the last 50 calm norms on 3 of the last 10 logs;
    the same once is a spike that clipping catches (N5). Critical: two of them above 1000 times that
    quartile, or one above 1,000,000 (kirang89/ocamler-grpo: 111, then 54,648,652, from norms of 0.1
    to 3; public healthy runs stay below 110). The quartile and not the median, because norms have
    long tails where the loss is near 0: a healthy public run goes from 0.1 to 10 and back all the
    time. At least 10 norms come before a judgement by it, and a norm within max_grad_norm (1.0 by
    default) is none. A norm that is not finite is a scaler's business (N3) or the loss's (N1).
    Withdrawn when the last 50 logs are calm.
    """

    TIMES, FATAL_TIMES, FATAL = 10.0, 1000.0, 1e6
    WINDOW, LEAST = 50, 10

    def __init__(self, run: RunContext) -> None:
        super().__init__(run)
        self._limit = run.number("max_grad_norm") or 1.0
        self._calm = Window(self.WINDOW)
        self._high: deque[tuple[int, int, float, float]] = deque(maxlen=10)
        """Log number, step, norm, times the median; of the last 10 high ones."""
        self._logs = 0

    def feed(self, row: Row) -> Evidence | None:
        norm = row.get("grad_norm")
        if norm is None or not math.isfinite(norm):
            return self.standing
        self._logs += 1
        usual = self._calm.upper if len(self._calm) >= self.LEAST else 0.0
        times = norm / usual if usual > 0 and norm > self._limit else 0.0
        absurd = norm > self.FATAL
        if times > self.TIMES or absurd:
            self._high.append((self._logs, row.step, norm, times))
        else:
            self._calm.add(norm)
            calm_for = self._logs - self._high[-1][0] if self._high else self._logs
            return self.standing if calm_for < self.WINDOW else None
        recent = [entry for entry in self._high if entry[0] > self._logs - 10]
        fatal = absurd or sum(entry[3] > self.FATAL_TIMES for entry in recent) >= 2
        if not fatal and len(recent) < 3:
            return self.standing
        if not fatal and self.standing is not None and self.standing.severity == "critical":
            return self.standing
        steps = [entry[1] for entry in recent]
        highest = max(entry[2] for entry in recent)
        return Evidence(
            steps=(min(steps), max(steps)),
            numbers={"grad_norm": highest, "upper_quartile": usual, "logs": len(recent)},
            title=f"Gradients explode: a norm of {highest:.3g} at step {row.step}",
            explanation=f"Three quarters of the last {self.WINDOW} calm norms are below "
            f"{usual:.3g}. Three norms above 10 times that within ten logs are no single bad "
            "batch; one above a million wrecks the weights unless gradients are clipped "
            "(kirang89/ocamler-grpo).",
            suggestions=_CALMER,
            severity="critical" if fatal else "warning",
        )


@rule("N5", label="grad_spike", severity="info", needs={"grad_norm"})
class GradientSpike(Rule):
    """One gradient norm far above its neighbours.

    Above 10 times the upper quartile of the last 50 norms and above max_grad_norm (1.0 by default).
    ZClip (arXiv 2504.02507) clips at 2.5 standard deviations above an exponential mean; the norms
    of real runs are far from normal, so the ratio to a quartile is used. A note, because clipping
    takes care of it: look at that batch. At least 10 norms come before. Withdrawn after 50 logs
    without one.
    """

    TIMES, WINDOW, LEAST = 10.0, 50, 10

    def __init__(self, run: RunContext) -> None:
        super().__init__(run)
        self._limit = run.number("max_grad_norm") or 1.0
        self._norms = Window(self.WINDOW)
        self._since = 0

    def feed(self, row: Row) -> Evidence | None:
        norm = row.get("grad_norm")
        if norm is None or not math.isfinite(norm):
            return self.standing
        usual = self._norms.upper if len(self._norms) >= self.LEAST else 0.0
        self._norms.add(norm)
        if not (usual > 0 and norm > max(self._limit, self.TIMES * usual)):
            self._since += 1
            return self.standing if self._since < self.WINDOW else None
        self._since = 0
        return Evidence(
            steps=(row.step, row.step),
            numbers={"grad_norm": norm, "upper_quartile": usual},
            title=f"A gradient spike: {norm:.3g} at step {row.step}, usually below {usual:.3g}",
            explanation="More than 10 times the upper quartile of the last 50 norms. One bad "
            "batch does this, and clipping takes the harm out of it; look at the rows of that "
            "step.",
            suggestions=_CALMER[:1],
            confidence=0.7,
        )


@rule(
    "N6",
    label="vanishing_gradient",
    severity="warning",
    needs={"grad_norm", "loss"},
    methods=SUPERVISED | {"dpo", "orpo", "kto"},
)
class VanishingGradient(Rule):
    """Hardly any gradient reaches the weights.

    10 logs in a row with a norm below 1e-7 (SageMaker Debugger, VanishingGradient), or below 0.001
    times the median of the 50 before, and above 0 or with a loss above 0.01: a task that is learnt
    to the end has no gradient left, and a loss of 0 is S9's. Withdrawn with the first larger norm.
    """

    TINY, SHARE, LOGS, LEARNT = 1e-7, 1e-3, 10, 0.01
    WINDOW, LEAST = 50, 10

    def __init__(self, run: RunContext) -> None:
        super().__init__(run)
        self._norms = Window(self.WINDOW)
        self._steps: list[int] = []
        self._count = 0

    def feed(self, row: Row) -> Evidence | None:
        norm, loss = row.get("grad_norm"), row.get("loss")
        if norm is None or loss is None or not math.isfinite(norm):
            return self.standing
        usual = self._norms.median if len(self._norms) >= self.LEAST else 0.0
        if norm >= max(self.TINY, self.SHARE * usual) or not abs(loss) > self.LEARNT:
            self._norms.add(norm)
            self._steps, self._count = [], 0
            return None
        self._count += 1
        self._steps = [*self._steps[:1], row.step]
        if self._count < self.LOGS:
            return None
        return Evidence(
            steps=(min(self._steps), max(self._steps)),
            numbers={"grad_norm": norm, "median": usual, "loss": loss, "logs": self._count},
            title=f"The gradient has vanished: a norm of {norm:.1g} at a loss of {loss:.3g}",
            explanation="Ten logs in a row below 1e-7 (SageMaker Debugger), or below a thousandth "
            "of the median before. Look for weights that are frozen, adapters on no module, an "
            "optimiser without parameters, or a learning rate that has wrecked the activations.",
            suggestions=suggest(lora_targets="Adapt all linear layers."),
        )


@rule("N8", label="always_clipped", severity="info", needs={"grad_norm"})
class AlwaysClipped(Rule):
    """Every update is clipped.

    The norm is above max_grad_norm on more than 90 % of the logs after the first 10, counted over
    the last 100, 30 at least (kirang89/ocamler-grpo; the share is ours). Then the limit, not the
    gradient, sets the size of the updates. A note: Adam hardly feels it. Only where max_grad_norm
    is known.
    """

    SHARE, WARM_UP, LEAST, WINDOW = 0.9, 10, 30, 100

    def __init__(self, run: RunContext) -> None:
        super().__init__(run)
        self._limit = run.number("max_grad_norm")
        self._above: deque[bool] = deque(maxlen=self.WINDOW)
        self._count = 0
        self._logs = 0
        self._first = 0

    def feed(self, row: Row) -> Evidence | None:
        norm = row.get("grad_norm")
        if not self._limit or norm is None or not math.isfinite(norm):
            return self.standing
        self._logs += 1
        if self._logs <= self.WARM_UP:
            self._first = row.step
            return None
        if len(self._above) == self.WINDOW:
            self._count -= self._above[0]
        self._above.append(norm > self._limit)
        self._count += self._above[-1]
        share = self._count / len(self._above)
        if len(self._above) < self.LEAST or share <= self.SHARE:
            return None
        if self.standing is not None and self._logs % 10:
            return self.standing
        return Evidence(
            steps=(min(self._first, row.step), row.step),
            numbers={"share": share, "max_grad_norm": self._limit},
            title=f"{share:.0%} of the updates are clipped",
            explanation=f"The gradient norm is above {self._limit:.3g} on more than 90 % of the "
            "logs. Raise the limit to 1.5 or 2, or lower the learning rate.",
            confidence=0.7,
        )
