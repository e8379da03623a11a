"""Preference pairs and the reference model"""

import ast
from collections.abc import Iterator

from ..edits import removing
from ..rule import Spot, rule
from ..script import Script

LOW, HIGH = 0.005, 1.0
"""Values of beta that the DPO literature uses: 0.01 to 0.5, and a factor of two around it."""


@rule(
    "L621",
    "beta_out_of_range",
    "warning",
    source="Rafailov et al., 2023, Direct Preference Optimization; TRL's default is 0.1",
    bad="""
from trl import DPOConfig, DPOTrainer

args = DPOConfig(beta=10.0, eval_strategy="epoch")
trainer = DPOTrainer("Qwen/Qwen3-4B", args=args, train_dataset=pairs, eval_dataset=held_out)
""",
    good="""
from trl import DPOConfig, DPOTrainer

args = DPOConfig(beta=0.1, eval_strategy="epoch")
trainer = DPOTrainer("Qwen/Qwen3-4B", args=args, train_dataset=pairs, eval_dataset=held_out)
""",
)
def beta_out_of_range(script: Script) -> Iterator[Spot]:
    """`beta` of DPO is outside of what works: at 0 nothing holds the model, above 1 little moves.

    Judged for the sigmoid loss only; other losses give `beta` another meaning.
    """
    if script.code.config_name != "DPOConfig":
        return
    loss = script.value("loss_type", "sigmoid")
    beta = script.number("beta", 0.1)
    if loss not in ("sigmoid", ["sigmoid"]) or beta is None or LOW <= beta <= HIGH:
        return
    effect = "holds the model to its start" if beta < LOW else "lets the model move"
    yield script.at_setting(
        "beta",
        f"With beta={beta:g} hardly anything {effect}; 0.01 to 0.5 is usual.",
        script.setting_fix("beta", 0.1),
    )


@rule(
    "L622",
    "model_is_its_own_reference",
    "error",
    source="TRL, `DPOTrainer.__init__`: raises a ValueError",
    bad="""
from trl import DPOTrainer

trainer = DPOTrainer(model, ref_model=model, train_dataset=pairs)
""",
    good="""
from trl import DPOTrainer

trainer = DPOTrainer(model, train_dataset=pairs)
""",
)
def model_is_its_own_reference(script: Script) -> Iterator[Spot]:
    """The model that is trained is its own reference, which then moves with it.

    TRL makes a copy when it gets no reference; the same object twice stops it with a ValueError.
    """
    site, model = script.code.trainer, script.code.argument("model")
    reference = script.code.argument("ref_model")
    if site is None or not isinstance(model, ast.Name) or not isinstance(reference, ast.Name):
        return
    if model.id == reference.id:
        yield script.at(
            site.module,
            reference,
            f"{model.id} is its own reference; leave ref_model out, and TRL makes a copy.",
            removing(site.module, site.call, "ref_model"),
        )


@rule(
    "L623",
    "labels_are_turned_round",
    "warning",
    source="Mitchell, 2023, A note on DPO with noisy preferences: label_smoothing is below 0.5",
    bad="""
from trl import DPOConfig, DPOTrainer

args = DPOConfig(label_smoothing=0.9, eval_strategy="epoch")
trainer = DPOTrainer("Qwen/Qwen3-4B", args=args, train_dataset=pairs, eval_dataset=held_out)
""",
    good="""
from trl import DPOConfig, DPOTrainer

args = DPOConfig(label_smoothing=0.1, eval_strategy="epoch")
trainer = DPOTrainer("Qwen/Qwen3-4B", args=args, train_dataset=pairs, eval_dataset=held_out)
""",
)
def labels_are_turned_round(script: Script) -> Iterator[Spot]:
    """`label_smoothing` is the share of wrong labels; from a half on, they say the contrary.

    At 0.5 the loss has no gradient towards either answer, above it prefers the rejected one.
    """
    share = script.number("label_smoothing")
    if script.code.config_name in {"DPOConfig", "CPOConfig"} and share is not None and share >= 0.5:
        yield script.at_setting(
            "label_smoothing",
            f"label_smoothing={share:g} says that at least half of the preferences are wrong.",
            script.setting_fix("label_smoothing", 0.1),
        )
