"""A metric row: what a trainer logged at one step, under one spelling of every name."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

STEP_KEYS = ("train/global_step", "global_step", "step", "_step")
"""In the order of trust: Trackio's and W&B's own `step` counts logs, not optimiser steps."""

TIME_KEYS = ("_timestamp", "timestamp", "time")

_SPLITS = ("eval", "test")


@dataclass(frozen=True, slots=True)
class Row:
    """What was logged at one step.

    Args:
        step: optimiser step of the trainer.
        values: metric values by normalised name; NaN and infinities are kept.
        time: UTC seconds since the epoch; None when the source does not say.
    """

    step: int
    values: dict[str, float]
    time: float | None = None

    def __getitem__(self, name: str) -> float:
        return self.values[name]

    def __contains__(self, name: str) -> bool:
        return name in self.values

    def get(self, name: str) -> float | None:
        return self.values.get(name)


def read_number(value: object) -> float | None:
    """A number as a trainer writes it, quoted or not; None when it is none.

    >>> read_number("8.375"), read_number("NaN"), read_number(" -Infinity"), read_number([1])
    (8.375, nan, -inf, None)
    """
    if isinstance(value, bool):
        return float(value)
    if isinstance(value, int | float | str):
        try:
            return float(value)
        except (ValueError, OverflowError):
            return None
    return None


def read_step(value: object) -> int | None:
    """A step as an int; None for what is no finite number."""
    number = read_number(value)
    if number is None or not math.isfinite(number):
        return None
    return int(number)


def normalise(name: str) -> str:
    """The Trainer's own spelling of a metric that a tracker may have renamed.

    Trackio and W&B rewrite `loss` to `train/loss` and `eval_loss` to `eval/loss`.

    >>> normalise("train/rewards/chosen"), normalise("eval/loss"), normalise("reward_std")
    ('rewards/chosen', 'eval_loss', 'reward_std')
    """
    head, slash, rest = name.partition("/")
    if not slash or not rest:
        return name
    if head == "train":
        return rest
    if head in _SPLITS:
        return f"{head}_{rest}"
    return name


def read_values(logs: Mapping[str, object]) -> dict[str, float]:
    """The numbers among what was logged, by normalised name, without step and time."""
    values: dict[str, float] = {}
    for name, raw in logs.items():
        if name in STEP_KEYS or name in TIME_KEYS:
            continue
        number = read_number(raw)
        if number is not None:
            values[normalise(name)] = number
    return values


def read_row(
    logs: Mapping[str, object], *, step: int | None = None, time: float | None = None
) -> Row | None:
    """Make a row of one logged object.

    Args:
        logs: names and values as logged; what is no number is left out.
        step: used when the object names none.
        time: UTC seconds, used when the object names none.

    Returns:
        None when there is no step or no number in it.
    """
    for key in STEP_KEYS:
        found = read_step(logs.get(key))
        if found is not None:
            step = found
            break
    for key in TIME_KEYS:
        when = read_number(logs.get(key))
        if when is not None and math.isfinite(when):
            time = when
            break
    values = read_values(logs)
    if step is None or not values:
        return None
    return Row(step, values, time)
