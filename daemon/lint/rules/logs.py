"""What is left to look at"""

from collections.abc import Iterator

from ..rule import Spot, rule
from ..script import Script

_NOTHING: tuple[object, ...] = ("none", [], ["none"])


@rule(
    "L911",
    "reports_to_nothing",
    "hint",
    source="transformers documentation, TrainingArguments.report_to",
    bad="""
from trl import SFTConfig, SFTTrainer

args = SFTConfig(report_to="none")
trainer = SFTTrainer("Qwen/Qwen3-4B", args=args, train_dataset=rows)
""",
    good="""
from trl import SFTConfig, SFTTrainer

args = SFTConfig(report_to="trackio")
trainer = SFTTrainer("Qwen/Qwen3-4B", args=args, train_dataset=rows)
""",
)
def reports_to_nothing(script: Script) -> Iterator[Spot]:
    """The metrics go to no tracker, only into the checkpoints and the terminal.

    A hint, as a run that Intern starts is recorded anyway.
    """
    if script.setting("report_to") and script.value("report_to", None) in _NOTHING:
        yield script.at_setting(
            "report_to",
            "The metrics go to no tracker.",
            script.setting_fix("report_to", "trackio"),
        )


@rule(
    "L912",
    "nothing_is_logged",
    "information",
    source="transformers documentation, TrainingArguments.logging_steps",
    bad="""
from trl import SFTConfig, SFTTrainer

args = SFTConfig(max_steps=100, logging_steps=500)
trainer = SFTTrainer("Qwen/Qwen3-4B", args=args, train_dataset=rows)
""",
    good="""
from trl import SFTConfig, SFTTrainer

args = SFTConfig(max_steps=100, logging_steps=5)
trainer = SFTTrainer("Qwen/Qwen3-4B", args=args, train_dataset=rows)
""",
)
def nothing_is_logged(script: Script) -> Iterator[Spot]:
    """Training ends before the first loss is logged, so its curve has no points.

    `logging_steps` is not below `max_steps`, or `logging_strategy` is "no". The default of
    TrainingArguments is 500 steps, that of TRL 10.
    """
    if script.text("logging_strategy") == "no":
        yield script.at_setting(
            "logging_strategy",
            'With logging_strategy="no" the loss has no curve.',
            script.setting_fix("logging_strategy", "steps"),
        )
        return
    steps = script.number("max_steps", -1)
    default = 500 if script.code.config_name.endswith("TrainingArguments") else 10
    every = script.number("logging_steps", default)
    if script.flag("logging_first_step", False) is not False:
        return
    if steps and every and steps > 1 and every >= 1 and every >= steps:
        yield script.at_setting(
            "logging_steps",
            f"Logging each {every:g} steps, a run of {steps:g} steps has no curve.",
            script.setting_fix("logging_steps", max(1, round(steps / 20))),
        )
