"""How long to train, and how gently to begin."""

from collections.abc import Iterator

from ....workspace.libraries import version
from ....workspace.settings import TrainingCode, Value
from ....workspace.training_data import DataFacts
from .intervention import (
    TUNING_PLAYBOOK,
    Idea,
    arrow,
    bound_by_steps,
    intervention,
    number,
    scaled,
)

WARMUP = 0.1


@intervention("warmup", family="schedule")
def warmup(code: TrainingCode, facts: DataFacts) -> Iterator[Idea]:
    """A tenth of the steps with a rising learning rate, where there is no warm-up yet."""
    if number(code, "warmup_steps") != 0 or not code.is_known("warmup_ratio"):
        return
    if number(code, "warmup_ratio"):
        return
    values: dict[str, Value] = {}
    if code.get("warmup_ratio"):
        values["warmup_ratio"] = WARMUP
    elif bound_by_steps(code):
        values["warmup_steps"] = max(1, round(WARMUP * (number(code, "max_steps") or 0)))
    elif (version(code.root, "transformers") or (5, 0)) >= (5, 0):
        # Since transformers 5 a number below 1 is a share of the steps.
        values["warmup_steps"] = WARMUP
    else:
        values["warmup_ratio"] = WARMUP
    if code.value("lr_scheduler_type") == "constant":
        values["lr_scheduler_type"] = "constant_with_warmup"
    yield Idea(
        variant="10%",
        title="warm-up 0 -> 10 % of the steps",
        hypothesis=(
            "The first updates are too large for fresh optimiser statistics: with a warm-up over a "
            "tenth of the steps the early gradient norm is lower, and the metric rises."
        ),
        source=TUNING_PLAYBOOK,
        prior=0.25,
        values=values,
    )


@intervention("epochs_up", family="schedule")
def epochs_up(code: TrainingCode, facts: DataFacts) -> Iterator[Idea]:
    """Twice and three times as long."""
    name = "max_steps" if bound_by_steps(code) else "num_train_epochs"
    for factor, prior in ((2, 0.4), (3, 0.35)):
        value = scaled(code, name, factor)
        if value is None:
            continue
        yield Idea(
            variant=f"x{factor}",
            title=arrow(code, name, value),
            hypothesis=(
                f"The run ends before it has learnt what the data teach: {factor} times as long, "
                "the loss goes on falling and the metric rises."
            ),
            source="Ouyang et al. 2022, Training language models to follow instructions",
            prior=prior,
            cost=float(factor),
            values={name: value},
        )


@intervention("epochs_down", family="schedule")
def epochs_down(code: TrainingCode, facts: DataFacts) -> Iterator[Idea]:
    """Half and a third as long: for a run that learns its data by heart."""
    name = "max_steps" if bound_by_steps(code) else "num_train_epochs"
    now = number(code, name)
    for factor in (2, 3):
        value = scaled(code, name, 1 / factor)
        if value is None or now is None or now < factor:
            continue
        yield Idea(
            variant=f"d{factor}",
            title=arrow(code, name, value),
            hypothesis=(
                "The run repeats its data until it learns them by heart: with the length divided "
                f"by {factor} the held-out loss is lower at the end, and the metric does not fall."
            ),
            source=TUNING_PLAYBOOK,
            prior=0.15,
            cost=value / now,
            values={name: value},
        )
