"""What a case is: one training set-up, its cause of trouble, and what an engine may call it.

A case is sick when its *cause* is: each is one of the mistakes that people make, and the labels are
those that a careful reader of its metrics could give. Pathologies that leave no trace in metrics
(a leaked test set, flipped preference pairs) are not here: no engine on metrics can see them.
"""

from dataclasses import dataclass, field
from typing import Any, Literal

Method = Literal["sft", "dpo", "grpo", "classifier"]


@dataclass(frozen=True)
class Case:
    """One training set-up.

    Args:
        name: of the file; unique.
        method: which trainer.
        labels: any of them is right; empty: healthy, and nothing may be said above info.
        why: what is wrong with it, in words.
        settings: changed arguments of the trainer.
        data: how its data differ; see `train.py`.
    """

    name: str
    method: Method
    labels: frozenset[str] = frozenset()
    why: str = ""
    settings: dict[str, Any] = field(default_factory=dict)
    data: dict[str, Any] = field(default_factory=dict)


def sick(
    name: str,
    method: Method,
    labels: str,
    why: str,
    *,
    data: dict[str, Any] | None = None,
    **settings: Any,
) -> Case:
    return Case(name, method, frozenset(labels.split()), why, settings, data or {})


def healthy(
    name: str, method: Method, *, data: dict[str, Any] | None = None, **settings: Any
) -> Case:
    return Case(name, method, settings=settings, data=data or {})


TOO_HIGH = "lr_too_high divergence loss_spike grad_explosion not_learning"
TOO_LOW = "lr_too_low not_learning undertrained_still_improving"
