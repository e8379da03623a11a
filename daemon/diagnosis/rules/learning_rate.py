"""The learning rate against what is known to work."""

import math
from collections.abc import Set
from dataclasses import dataclass

from ...metrics import Row
from ...protocol import Method
from ..rule import Evidence, Rule, RunContext, rule, suggest


@dataclass(frozen=True)
class Band:
    """Peak learning rates that usually work, both ends included."""

    low: float
    high: float

    def times_off(self, rate: float) -> float:
        """1 inside; above it, how many times too high; below 1, the share of the low end."""
        if rate > self.high:
            return rate / self.high
        return min(rate / self.low, 1.0)


# Full fine-tuning and LoRA of models with billions of parameters (TRL: the trainers' defaults of
# 2e-5 for SFT and 1e-6 for DPO and GRPO, and "LoRA Without Regret": LoRA takes some 10 times more).
# Classifiers: 2e-5 to 5e-5 in BERT's appendix A.3, widened on both sides.
_FULL: dict[Method, Band] = {
    "sft": Band(1e-5, 5e-5),
    "pretraining": Band(1e-5, 5e-4),
    "dpo": Band(5e-7, 2e-6),
    "kto": Band(5e-7, 2e-6),
    "orpo": Band(1e-6, 1e-5),
    "grpo": Band(5e-7, 2e-6),
    "classifier": Band(5e-6, 1e-4),
}
_LORA: dict[Method, Band] = {
    "sft": Band(1e-4, 5e-4),
    "pretraining": Band(1e-4, 5e-4),
    "dpo": Band(2e-6, 2e-5),
    "kto": Band(2e-6, 2e-5),
    "orpo": Band(5e-6, 1e-4),
    "grpo": Band(1e-6, 2e-5),
    "classifier": Band(1e-4, 1e-3),
}
REFERENCE = 1e9
"""Parameters from which on the bands hold as they are."""


def band(run: RunContext) -> Band | None:
    """The band for a run; None for a method without one.

    Adam's best learning rate goes as 1 / width when a model is widened (Yang et al., 2022, Tensor
    Programs V), and parameters go as width squared, so below a billion parameters both ends grow
    with the square root of the missing factor: 88,000 parameters take 1e-3 to 5e-3, where a sweep
    on such a model found its best at 2e-3. When it is unknown whether adapters are trained, the
    band reaches over both.
    """
    method: Method = "sft" if run.method == "lora" else run.method
    if method not in _FULL:
        return None
    full, lora = _FULL[method], _LORA[method]
    chosen = {True: lora, False: full, None: Band(full.low, lora.high)}[run.lora]
    parameters = run.number("num_parameters")
    if parameters is None or not 1 <= parameters < REFERENCE:
        return chosen
    scale = math.sqrt(REFERENCE / parameters)
    return Band(chosen.low * scale, chosen.high * scale)


class PeakRate:
    """The highest learning rate of a run: as configured, else as logged once warm-up is over."""

    def __init__(self, run: RunContext) -> None:
        self._run = run
        self._peak = 0.0
        self._logs_below = 0

    def feed(self, row: Row) -> None:
        rate = row.get("learning_rate")
        if rate is None or not math.isfinite(rate):
            return
        self._logs_below = 0 if rate > self._peak else self._logs_below + 1
        self._peak = max(self._peak, rate)

    @property
    def logged(self) -> float:
        """The highest so far; 0 when none was logged."""
        return self._peak

    @property
    def value(self) -> float | None:
        """None while it is unknown."""
        configured = self._run.number("learning_rate")
        if configured is not None and math.isfinite(configured) and configured > 0:
            return configured
        return self._peak if self._logs_below >= 2 and self._peak > 0 else None


@rule("S16", label="lr_too_high", severity="warning", needs=())
class LearningRateOutsideBand(Rule):
    """The peak learning rate is outside the band of what usually works for this method.

    A warning beyond 5 times outside, for good rates differ that much between tasks; a note beyond 2
    times where it is known whether adapters are trained. The bands stand in `learning_rate.py`.
    """

    WARN, NOTE = 5.0, 2.0

    def __init__(self, run: RunContext) -> None:
        super().__init__(run)
        self._rate = PeakRate(run)

    def ready(self, seen: Set[str]) -> bool:
        return "learning_rate" in seen or self.run.number("learning_rate") is not None

    def feed(self, row: Row) -> Evidence | None:
        self._rate.feed(row)
        return self._judge()

    def end(self) -> Evidence | None:
        return self._judge()

    def _judge(self) -> Evidence | None:
        usual, rate = band(self.run), self._rate.value
        if usual is None or rate is None:
            return None
        off = usual.times_off(rate)
        times = off if off >= 1 else 1 / off
        if times <= (self.WARN if self.run.lora is None else self.NOTE):
            return None
        too_high = off > 1
        way = "high" if too_high else "low"
        middle = math.sqrt(usual.low * usual.high)
        text = f"Try {middle:.0e}, the middle of the band."
        name = "learning_rate_down" if too_high else "learning_rate_up"
        numbers = {"learning_rate": rate, "band_low": usual.low, "band_high": usual.high}
        parameters = self.run.number("num_parameters")
        sized = f" of {parameters:,.0f} parameters" if parameters else ""
        return Evidence(
            steps=(0, self.run.step),
            numbers=numbers,
            title=f"The learning rate of {rate:.1g} is {times:.0f} times too {way} for this kind "
            "of training",
            explanation=f"For this method and a model{sized}, {usual.low:.1g} to {usual.high:.1g} "
            "usually works (TRL's defaults and LoRA Without Regret; below a billion parameters "
            "both ends grow with the square root of the missing factor, after Tensor Programs V). "
            f"More than {self.WARN:.0f} times outside is a warning.",
            suggestions=suggest(**{name: text}),
            severity="warning" if times > self.WARN else "info",
            label=f"lr_too_{way}",
            confidence=min(0.9, 0.5 + 0.1 * math.log2(times)),
        )
