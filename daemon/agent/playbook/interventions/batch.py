"""The effective batch: rows per update of the weights."""

from collections.abc import Iterator

from ....workspace.settings import TrainingCode
from ....workspace.training_data import DataFacts
from .intervention import (
    LORA_WITHOUT_REGRET,
    Idea,
    arrow,
    bound_by_steps,
    intervention,
    number,
    scaled,
)

ROWS = "per_device_train_batch_size"
ACCUMULATED = "gradient_accumulation_steps"


@intervention("batch_down", family="batch")
def batch_down(code: TrainingCode, facts: DataFacts) -> Iterator[Idea]:
    """Half and a quarter: more updates from the same rows."""
    if code.method == "grpo":
        return  # there the batch must stay a multiple of num_generations
    accumulated = number(code, ACCUMULATED) or 1
    for factor in (2, 4):
        name = ACCUMULATED if accumulated >= factor else ROWS
        now = number(code, name)
        value = scaled(code, name, 1 / factor)
        if now is None or value is None or now < factor:
            continue
        yield Idea(
            variant=f"d{factor}",
            title=arrow(code, name, value),
            hypothesis=(
                f"There are too few updates: with a batch divided by {factor} "
                + (
                    "each update is noisier but cheaper, and the metric holds or rises."
                    if bound_by_steps(code)
                    else f"the same rows make {factor} times as many, and the metric rises."
                )
            ),
            source=(
                LORA_WITHOUT_REGRET
                if code.method == "lora"
                else "Masters and Luschi 2018, Revisiting Small Batch Training"
            ),
            prior=0.1 if bound_by_steps(code) else 0.35 if factor == 2 else 0.3,
            cost=1 / factor if bound_by_steps(code) else 1.2,
            values={name: value},
        )


@intervention("batch_up", family="batch")
def batch_up(code: TrainingCode, facts: DataFacts) -> Iterator[Idea]:
    """Twice the batch through gradient accumulation, which needs no more memory."""
    value = scaled(code, ACCUMULATED, 2)
    if value is None or code.method == "grpo":
        return
    yield Idea(
        variant="x2",
        title=arrow(code, ACCUMULATED, value),
        hypothesis=(
            "The gradient is noise for the most part: with twice the rows per update the loss is "
            "steadier, and the metric rises."
        ),
        source="McCandlish et al. 2018, An Empirical Model of Large-Batch Training",
        prior=0.2 if bound_by_steps(code) else 0.1,
        cost=2.0 if bound_by_steps(code) else 1.0,
        values={ACCUMULATED: value},
    )
