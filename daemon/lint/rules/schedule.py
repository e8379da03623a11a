"""Warm-up, length and clipping"""

from collections.abc import Iterator

from ..rule import Spot, rule
from ..script import Script


@rule(
    "L111",
    "warmup_exceeds_training",
    "warning",
    source="transformers, `get_linear_schedule_with_warmup`",
    bad="""
from trl import SFTConfig, SFTTrainer

args = SFTConfig(max_steps=200, warmup_steps=500)
trainer = SFTTrainer("Qwen/Qwen3-4B", args=args, train_dataset=rows)
""",
    good="""
from trl import SFTConfig, SFTTrainer

args = SFTConfig(max_steps=200, warmup_steps=10)
trainer = SFTTrainer("Qwen/Qwen3-4B", args=args, train_dataset=rows)
""",
)
def warmup_exceeds_training(script: Script) -> Iterator[Spot]:
    """Training ends before the warm-up does, so the learning rate never gets where it should.

    Said where both are numbers of steps: `warmup_steps` of 1 and more against `max_steps`; or a
    `warmup_ratio` of 1 and more.
    """
    steps, warmup = script.number("max_steps"), script.number("warmup_steps")
    # A run of one step is a trial, whatever its schedule.
    if steps and warmup and steps > 1 and warmup >= 1 and warmup >= steps:
        yield script.at_setting(
            "warmup_steps",
            f"The warm-up of {warmup:g} steps is not over when training ends at step {steps:g}.",
            script.setting_fix("warmup_steps", max(1, round(steps / 20))),
        )
    share = script.number("warmup_ratio")
    if share is not None and share >= 1:
        yield script.at_setting(
            "warmup_ratio", f"A warm-up over {share:g} of the run leaves nothing to train on."
        )


@rule(
    "L112",
    "warmup_without_effect",
    "warning",
    source="transformers, `get_constant_schedule`, which takes no warm-up",
    bad="""
from trl import SFTConfig, SFTTrainer

args = SFTConfig(lr_scheduler_type="constant", warmup_steps=100)
trainer = SFTTrainer("Qwen/Qwen3-4B", args=args, train_dataset=rows)
""",
    good="""
from trl import SFTConfig, SFTTrainer

args = SFTConfig(lr_scheduler_type="constant_with_warmup", warmup_steps=100)
trainer = SFTTrainer("Qwen/Qwen3-4B", args=args, train_dataset=rows)
""",
)
def warmup_without_effect(script: Script) -> Iterator[Spot]:
    """The schedule `constant` ignores the warm-up that is set.

    The first step is taken at the full learning rate; `constant_with_warmup` is the schedule that
    warms up.
    """
    if script.text("lr_scheduler_type") != "constant":
        return
    for name in ("warmup_steps", "warmup_ratio"):
        value = script.number(name)
        if value and script.setting(name):
            yield script.at_setting(
                "lr_scheduler_type",
                f'The schedule "constant" ignores {name}={value:g}; "constant_with_warmup" does '
                "not.",
                script.setting_fix("lr_scheduler_type", "constant_with_warmup"),
            )


@rule(
    "L113",
    "epochs_without_effect",
    "information",
    source="transformers documentation, TrainingArguments.max_steps",
    bad="""
from trl import SFTConfig, SFTTrainer

args = SFTConfig(num_train_epochs=3, max_steps=100)
trainer = SFTTrainer("Qwen/Qwen3-4B", args=args, train_dataset=rows)
""",
    good="""
from trl import SFTConfig, SFTTrainer

args = SFTConfig(num_train_epochs=3)
trainer = SFTTrainer("Qwen/Qwen3-4B", args=args, train_dataset=rows)
""",
)
def epochs_without_effect(script: Script) -> Iterator[Spot]:
    """`max_steps` overrides the number of epochs that is set beside it.

    Only one of them decides how long training takes; the other one misleads the reader.
    """
    steps, epochs = script.number("max_steps"), script.setting("num_train_epochs")
    if steps is not None and steps > 0 and epochs is not None and epochs.origin == "keyword":
        yield script.at_setting(
            "num_train_epochs",
            f"num_train_epochs={epochs.text} has no effect: max_steps={steps:g} ends the run.",
            script.removal("num_train_epochs"),
        )


@rule(
    "L114",
    "no_clipping",
    "information",
    source="transformers, `Trainer`: clips only when max_grad_norm is above 0; the default is 1.0",
    bad="""
from trl import GRPOConfig, GRPOTrainer

args = GRPOConfig(max_grad_norm=0.0)
trainer = GRPOTrainer("Qwen/Qwen3-4B", reward_funcs=[score], args=args, train_dataset=prompts)
""",
    good="""
from trl import GRPOConfig, GRPOTrainer

args = GRPOConfig(max_grad_norm=0.2)
trainer = GRPOTrainer("Qwen/Qwen3-4B", reward_funcs=[score], args=args, train_dataset=prompts)
""",
)
def no_clipping(script: Script) -> Iterator[Spot]:
    """Gradients are not clipped, so one bad batch can undo the training.

    `max_grad_norm=0` does not clip to nothing: it turns clipping off.
    """
    if script.setting("max_grad_norm") and script.number("max_grad_norm") == 0:
        yield script.at_setting(
            "max_grad_norm",
            "max_grad_norm=0 turns gradient clipping off, so one bad batch can undo the training.",
            script.setting_fix("max_grad_norm", 1.0),
        )
