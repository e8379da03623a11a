"""How tightly a model is held to its reference, and what its preference loss counts."""

from collections.abc import Iterator

from ....workspace.settings import TrainingCode
from ....workspace.training_data import DataFacts
from .intervention import Idea, arrow, intervention, number, scaled

HELD = {"dpo", "orpo", "kto", "grpo"}
"""Methods with a beta."""

START = 0.04
"""Beta of GRPO in DeepSeekMath, where TRL's default is none."""

RAFAILOV = "Rafailov et al. 2023, Direct Preference Optimization (arXiv 2305.18290)"
DEEPSEEK_MATH = "Shao et al. 2024, DeepSeekMath (arXiv 2402.03300)"


@intervention("beta_up", family="beta")
def beta_up(code: TrainingCode, facts: DataFacts) -> Iterator[Idea]:
    """Twice beta; for a policy without any, 0.04."""
    now = number(code, "beta") if code.method in HELD else None
    if now is None or now > 1:
        return
    value = START if now == 0 else scaled(code, "beta", 2)
    if value is None:
        return
    yield Idea(
        variant=f"{value:g}",
        title=arrow(code, "beta", value),
        hypothesis=(
            f"The model leaves its reference further than the reward pays for: held by a beta of "
            f"{value:g} it keeps what it gained, and the metric rises."
        ),
        source=DEEPSEEK_MATH if code.method == "grpo" else RAFAILOV,
        prior=0.2,
        cost=1.2 if now == 0 else 1.0,
        values={"beta": value},
    )


@intervention("beta_down", family="beta")
def beta_down(code: TrainingCode, facts: DataFacts) -> Iterator[Idea]:
    """Half of beta, where preferences are not learned."""
    now = number(code, "beta") if code.method in HELD else None
    value = scaled(code, "beta", 0.5)
    if not now or value is None or value < 0.001:
        return
    yield Idea(
        variant=f"{value:g}",
        title=arrow(code, "beta", value),
        hypothesis=(
            f"The reference holds the model too tightly to learn the preference: with a beta of "
            f"{value:g} margins grow in the same steps, and the metric rises."
        ),
        source=RAFAILOV,
        prior=0.2,
        values={"beta": value},
    )


@intervention("nll_term", family="preference loss")
def nll_term(code: TrainingCode, facts: DataFacts) -> Iterator[Idea]:
    """The likelihood of chosen answers beside DPO's loss, with the same weight."""
    if code.method != "dpo" or code.config_name != "DPOConfig":
        return
    kind = code.value("loss_type")
    if kind not in ("sigmoid", ["sigmoid"]) or not code.is_known("loss_weights"):
        return
    if code.get("loss_weights") is not None:
        return
    yield Idea(
        variant="sft",
        title="DPO loss sigmoid -> sigmoid and likelihood of the chosen",
        hypothesis=(
            "Chosen answers lose likelihood while margins grow: with their likelihood in the loss "
            "the reward of chosen answers stays above 0, and the metric rises."
        ),
        source="Pang et al. 2024, Iterative Reasoning Preference Optimization (arXiv 2404.19733)",
        prior=0.25,
        values={"loss_type": ["sigmoid", "sft"], "loss_weights": [1.0, 1.0]},
    )


@intervention("label_smoothing", family="preference loss")
def label_smoothing(code: TrainingCode, facts: DataFacts) -> Iterator[Idea]:
    """A tenth of the labels taken as wrong, which bounds the margin that is aimed at."""
    now = number(code, "label_smoothing") if code.method == "dpo" else None
    if now is None or now > 0 or code.value("loss_type") not in ("sigmoid", ["sigmoid"]):
        return
    yield Idea(
        variant="0.1",
        title=arrow(code, "label_smoothing", 0.1),
        hypothesis=(
            "The loss pushes pairs apart that are told apart already: with labels smoothed by 0.1 "
            "margins stay bounded, and the metric rises."
        ),
        source="Mitchell 2023, A note on DPO with noisy preferences and relationship to IPO",
        prior=0.15,
        values={"label_smoothing": 0.1},
    )
