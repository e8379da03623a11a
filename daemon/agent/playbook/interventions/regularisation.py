"""Weight decay."""

from collections.abc import Iterator

from ....workspace.settings import TrainingCode
from ....workspace.training_data import DataFacts
from .intervention import Idea, arrow, intervention, number

STRONGEST = 0.1
"""What most language models are trained with."""


TOO_MUCH = (
    "Decay pulls the weights to zero faster than the data can shape them: at {:g} the training "
    "loss ends lower, and the metric rises."
)
TOO_LITTLE = (
    "The weights fit single rows: with a decay of {:g} the held-out loss ends lower, and the "
    "metric rises."
)


@intervention("weight_decay", family="regularisation")
def weight_decay(code: TrainingCode, facts: DataFacts) -> Iterator[Idea]:
    """Up to 0.01 and 0.1 against learning by heart; down to 0.01 where it is above 0.1."""
    now = number(code, "weight_decay")
    if now is None:
        return
    excessive = now > STRONGEST
    for value in (0.01,) if excessive else (0.01, STRONGEST):
        if not excessive and value <= now:
            continue
        yield Idea(
            variant=f"{value:g}",
            title=arrow(code, "weight_decay", value),
            hypothesis=(TOO_MUCH if excessive else TOO_LITTLE).format(value),
            source="Loshchilov and Hutter 2019, Decoupled Weight Decay Regularization",
            prior=0.6 if excessive else 0.15,
            values={"weight_decay": value},
        )
