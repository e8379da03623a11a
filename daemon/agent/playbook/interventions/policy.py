"""Sampling and clipping of a policy: groups, temperature, room to finish, and the clip range."""

from collections.abc import Iterator

from ....workspace.settings import TrainingCode, Value
from ....workspace.training_data import DataFacts
from .intervention import Idea, arrow, intervention, number

MOST_GENERATIONS = 32
HOTTEST = 1.2
HIGHER = 0.28
"""Upper clip range of DAPO, against 0.2 below."""

DAPO = "Yu et al. 2025, DAPO (arXiv 2503.14476)"


@intervention("more_generations", family="sampling")
def more_generations(code: TrainingCode, facts: DataFacts) -> Iterator[Idea]:
    """Twice the completions a prompt: more groups in which some are right and some wrong.

    A batch holds whole groups. Where it would not, twice the batches are accumulated, which needs
    no more memory.
    """
    now = number(code, "num_generations") if code.method == "grpo" else None
    if now is None or not 2 <= now < MOST_GENERATIONS:
        return
    batch = number(code, "per_device_train_batch_size")
    accumulated = number(code, "gradient_accumulation_steps")
    if batch is None or accumulated is None:
        return
    if any(
        code.get(name) or not code.is_known(name)
        for name in ("generation_batch_size", "steps_per_generation")
    ):
        return  # the size of a batch of groups is set elsewhere
    value = int(now) * 2
    values: dict[str, Value] = {"num_generations": value}
    whole = int(batch * accumulated) % value == 0
    if not whole:
        values["gradient_accumulation_steps"] = int(accumulated) * 2
    yield Idea(
        variant="x2",
        title=arrow(code, "num_generations", value),
        hypothesis=(
            f"Most groups of {int(now)} completions earn one reward each and teach nothing: of "
            f"{value} more are mixed, frac_reward_zero_std falls, and the reward rises."
        ),
        source=DAPO,
        prior=0.25,
        cost=1.0 if whole else 2.0,
        values=values,
    )


@intervention("temperature_up", family="sampling")
def temperature_up(code: TrainingCode, facts: DataFacts) -> Iterator[Idea]:
    """Back to 1 where sampling is cooler, to 1.2 where it is at 1."""
    now = number(code, "temperature") if code.method == "grpo" else None
    if now is None or now >= HOTTEST:
        return
    value = 1.0 if now < 1 else HOTTEST
    yield Idea(
        variant=f"{value:g}",
        title=arrow(code, "temperature", value),
        hypothesis=(
            f"The completions of a prompt are too alike to compare: at a temperature of {value:g} "
            "their rewards differ, and the policy has something to learn from."
        ),
        source="TRL documentation, GRPOTrainer",
        prior=0.3 if now < 1 else 0.1,
        values={"temperature": value},
    )


@intervention("longer_completions", family="completion length")
def longer_completions(code: TrainingCode, facts: DataFacts) -> Iterator[Idea]:
    """Twice max_completion_length, so that answers can end."""
    now = number(code, "max_completion_length") if code.method == "grpo" else None
    if now is None or now < 1:
        return
    value = int(now) * 2
    yield Idea(
        variant="x2",
        title=arrow(code, "max_completion_length", value),
        hypothesis=(
            f"Completions are cut before their answer: with {value} tokens they end, the clipped "
            "share falls, and the reward is about what they say."
        ),
        source=DAPO,
        prior=0.2,
        cost=1.8,
        values={"max_completion_length": value},
    )


@intervention("clip_higher", family="clip range")
def clip_higher(code: TrainingCode, facts: DataFacts) -> Iterator[Idea]:
    """An upper clip range of 0.28, so that rare tokens may grow and entropy lasts."""
    if code.method != "grpo" or code.config_name != "GRPOConfig":
        return
    low, high = number(code, "epsilon"), number(code, "epsilon_high")
    if not code.is_known("epsilon_high") or low is None or max(low, high or 0.0) >= HIGHER:
        return
    yield Idea(
        variant=f"{HIGHER:g}",
        title=f"upper clip range {low if high is None else high:g} -> {HIGHER:g}",
        hypothesis=(
            "A symmetric clip range keeps rare tokens rare: with more room upwards entropy stays "
            "up, and the reward rises for longer."
        ),
        source=DAPO,
        prior=0.15,
        values={"epsilon_high": HIGHER},
    )


@intervention("length_neutral_loss", family="policy loss")
def length_neutral_loss(code: TrainingCode, facts: DataFacts) -> Iterator[Idea]:
    """Dr. GRPO's loss, which blames long wrong answers as much as short ones."""
    if code.method != "grpo" or code.config_name != "GRPOConfig":
        return
    if code.value("loss_type") in (None, "dr_grpo"):
        return
    yield Idea(
        variant="dr_grpo",
        title=arrow(code, "loss_type", "dr_grpo"),
        hypothesis=(
            "The loss divides by the length and lets wrong answers grow: with a constant divisor "
            "completions stay as long as they must be, at the same reward."
        ),
        source="Liu et al. 2025, Dr. GRPO (arXiv 2503.20783)",
        prior=0.15,
        values={"loss_type": "dr_grpo"},
    )
