"""Where LoRA's adapters sit, and how much they hold."""

from collections.abc import Iterator

from ....workspace.settings import TrainingCode
from ....workspace.training_data import DataFacts
from .intervention import LORA_WITHOUT_REGRET, Idea, arrow, intervention, number

LARGEST_RANK = 256
"""The rank that the source recommends for post-training at scale."""


@intervention("lora_targets", family="lora")
def lora_targets(code: TrainingCode, facts: DataFacts) -> Iterator[Idea]:
    """Adapters on every linear layer, not on attention alone."""
    if code.adapter is None or not code.is_known("target_modules"):
        return
    found = code.get("target_modules")
    if found and found.value == "all-linear":
        return
    old = found.text if found else "PEFT's default"
    yield Idea(
        variant="all-linear",
        title=f"LoRA targets {' '.join(old.split())} -> all-linear",
        hypothesis=(
            "Adapters on attention alone can't learn the task: on all linear layers the training "
            "loss ends lower, and the metric rises."
        ),
        source=LORA_WITHOUT_REGRET,
        prior=0.5,
        cost=1.2,
        values={"target_modules": "all-linear"},
    )


@intervention("lora_rank", family="lora")
def lora_rank(code: TrainingCode, facts: DataFacts) -> Iterator[Idea]:
    """Four times the rank. lora_alpha stays: the learning rate then hardly depends on the rank."""
    rank = number(code, "r") if code.adapter else None
    if rank is None or rank >= LARGEST_RANK:
        return
    value = min(LARGEST_RANK, int(rank) * 4)
    yield Idea(
        variant="x4",
        title=arrow(code, "r", value),
        hypothesis=(
            "The adapters are too small for what the data teach: with a rank of "
            f"{value} the training loss ends lower, and the metric rises."
        ),
        source=LORA_WITHOUT_REGRET,
        prior=0.3 if rank < 16 else 0.2,
        cost=1.1,
        values={"r": value},
    )
