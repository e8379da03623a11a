"""The cap on the norm of the gradient."""

from collections.abc import Iterator

from ....workspace.settings import TrainingCode
from ....workspace.training_data import DataFacts
from .intervention import Idea, arrow, intervention, number

USUAL = 1.0
"""Default of transformers."""


@intervention("clip_gradients", family="clipping")
def clip_gradients(code: TrainingCode, facts: DataFacts) -> Iterator[Idea]:
    """Back to 1 where clipping is off or loose; to 0.3 where it is at 1 already."""
    now = number(code, "max_grad_norm")
    if now is None or 0 < now < USUAL:
        return
    value, prior = (0.3, 0.1) if now == USUAL else (USUAL, 0.35)
    yield Idea(
        variant=f"{value:g}",
        title=arrow(code, "max_grad_norm", value),
        hypothesis=(
            f"Single large gradients throw the run back: capped at {value:g}, the loss has no "
            "jumps, and the metric rises."
        ),
        source="Pascanu et al. 2013, On the difficulty of training recurrent neural networks",
        prior=prior,
        values={"max_grad_norm": value},
    )
