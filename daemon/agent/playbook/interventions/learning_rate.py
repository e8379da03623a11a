"""The learning rate, by factors of three and ten."""

from collections.abc import Iterator

from ....protocol import Method
from ....workspace.settings import TrainingCode
from ....workspace.training_data import DataFacts
from .intervention import (
    LORA_WITHOUT_REGRET,
    TUNING_PLAYBOOK,
    Idea,
    arrow,
    intervention,
    number,
    scaled,
)

BANDS: dict[Method, tuple[float, float]] = {
    "sft": (1e-5, 5e-5),
    "lora": (1e-4, 5e-4),
    "dpo": (5e-7, 5e-6),
    "grpo": (1e-6, 1e-5),
}
"""Usual learning rates by method: TRL's defaults and guides. Small models want more."""


@intervention("learning_rate_up", family="learning rate")
def learning_rate_up(code: TrainingCode, facts: DataFacts) -> Iterator[Idea]:
    """Times 10 and times 3: the first thing to try on a run that learns too slowly."""
    rate = number(code, "learning_rate")
    low, high = BANDS.get(code.method, (1e-6, 1e-3))
    for factor, prior in ((10, 0.5), (3, 0.4)):
        value = scaled(code, "learning_rate", factor)
        if not rate or value is None or value > 0.1:
            continue
        below = 0.2 if rate < low else 0.0
        above = 0.25 if rate > 5 * high else 0.0
        yield Idea(
            variant=f"x{factor}",
            title=arrow(code, "learning_rate", value),
            hypothesis=(
                f"The steps are too small: with {factor} times the learning rate the training loss "
                "falls further in the same number of steps, and the metric rises."
            ),
            source=LORA_WITHOUT_REGRET if code.method == "lora" else TUNING_PLAYBOOK,
            prior=prior + below - above,
            values={"learning_rate": value},
        )


@intervention("learning_rate_down", family="learning rate")
def learning_rate_down(code: TrainingCode, facts: DataFacts) -> Iterator[Idea]:
    """A third and a tenth: for a loss that rises, jumps or forgets."""
    rate = number(code, "learning_rate")
    _, high = BANDS.get(code.method, (1e-6, 1e-3))
    for factor, prior in ((3, 0.3), (10, 0.2)):
        value = scaled(code, "learning_rate", 1 / factor)
        if not rate or value is None or value < 1e-8:
            continue
        yield Idea(
            variant=f"d{factor}",
            title=arrow(code, "learning_rate", value),
            hypothesis=(
                f"The steps are too large: with the learning rate divided by {factor} the loss is "
                "steadier and ends lower, and the metric rises."
            ),
            source=TUNING_PLAYBOOK,
            prior=prior + (0.2 if rate > 5 * high else 0.0),
            values={"learning_rate": value},
        )
