"""Which weights are left at the end"""

import ast
from collections.abc import Iterator

from ...workspace.settings import Site
from ..rule import Spot, rule
from ..script import Script
from .evaluation import strategy

_SAVING = (
    "save_model", "save_pretrained", "push_to_hub", "save_pretrained_merged", "save_state",
    "push_to_hub_merged", "save_pretrained_gguf", "push_to_hub_gguf", "save_checkpoint", "save",
    "save_file", "upload_folder",
)  # fmt: skip


@rule(
    "L411",
    "best_model_needs_matching_saves",
    "error",
    source="transformers, `TrainingArguments.__post_init__`: raises a ValueError",
    bad="""
from trl import SFTConfig, SFTTrainer

args = SFTConfig(eval_strategy="epoch", save_strategy="steps", load_best_model_at_end=True)
trainer = SFTTrainer("Qwen/Qwen3-4B", args=args, train_dataset=rows, eval_dataset=held_out)
""",
    good="""
from trl import SFTConfig, SFTTrainer

args = SFTConfig(eval_strategy="epoch", save_strategy="epoch", load_best_model_at_end=True)
trainer = SFTTrainer("Qwen/Qwen3-4B", args=args, train_dataset=rows, eval_dataset=held_out)
""",
)
def best_model_needs_matching_saves(script: Script) -> Iterator[Spot]:
    """`load_best_model_at_end` needs a checkpoint for each evaluation, and does not get them.

    Saving and evaluating must have the same strategy, and `save_steps` must be a multiple of
    `eval_steps`; otherwise the configuration stops with a ValueError. `save_strategy="best"` is
    fine.
    """
    if script.flag("load_best_model_at_end", False) is not True:
        return
    evaluates, saves = strategy(script), script.text("save_strategy", "steps")
    if evaluates is None or saves is None or saves == "best":
        return
    if evaluates != saves:
        name = "save_strategy" if evaluates != "no" else "eval_strategy"
        yield script.at_setting(
            "load_best_model_at_end",
            f'load_best_model_at_end needs one strategy for saving ("{saves}") and evaluating '
            f'("{evaluates}").',
            script.setting_fix(name, evaluates if evaluates != "no" else saves),
        )
        return
    every, each = script.number("save_steps", 500), script.number("eval_steps")
    if evaluates == "steps" and every and each and every >= 1 and each >= 1 and every % each:
        better = max(1, round(every / each)) * each
        yield script.at_setting(
            "save_steps",
            f"load_best_model_at_end needs save_steps ({every:g}) to be a multiple of eval_steps "
            f"({each:g}).",
            script.setting_fix("save_steps", int(better)),
        )


@rule(
    "L412",
    "best_checkpoint_is_not_loaded",
    "information",
    source="transformers documentation, TrainingArguments.load_best_model_at_end",
    bad="""
from trl import SFTConfig, SFTTrainer

args = SFTConfig(eval_strategy="steps", save_strategy="steps", num_train_epochs=3)
trainer = SFTTrainer("Qwen/Qwen3-4B", args=args, train_dataset=rows, eval_dataset=held_out)
""",
    good="""
from trl import SFTConfig, SFTTrainer

args = SFTConfig(
    eval_strategy="steps", save_strategy="steps", num_train_epochs=3, load_best_model_at_end=True
)
trainer = SFTTrainer("Qwen/Qwen3-4B", args=args, train_dataset=rows, eval_dataset=held_out)
""",
)
def best_checkpoint_is_not_loaded(script: Script) -> Iterator[Spot]:
    """Several epochs are evaluated and saved, but the last weights are kept, not the best ones.

    After the first epoch the evaluation loss often rises again. Said from two epochs on, where the
    code sets evaluation and saving itself.
    """
    epochs = script.number("num_train_epochs", 3.0)
    if epochs is None or epochs < 2 or (script.number("max_steps", -1) or 0) > 0:
        return
    if script.flag("load_best_model_at_end", False) is not False or script.says("best_model"):
        return
    saves = script.text("save_strategy", "steps")
    if script.setting("num_train_epochs") is None or saves != strategy(script) or saves == "no":
        return
    yield script.at_setting(
        "load_best_model_at_end",
        f"After {epochs:g} epochs the last weights are kept, though they need not be the best.",
        script.setting_fix("load_best_model_at_end", True),
    )


@rule(
    "L413",
    "nothing_is_saved",
    "warning",
    source="transformers documentation, TrainingArguments.save_strategy",
    bad="""
from trl import SFTConfig, SFTTrainer

args = SFTConfig(save_strategy="no")
trainer = SFTTrainer("Qwen/Qwen3-4B", args=args, train_dataset=rows)
trainer.train()
""",
    good="""
from trl import SFTConfig, SFTTrainer

args = SFTConfig(save_strategy="no")
trainer = SFTTrainer("Qwen/Qwen3-4B", args=args, train_dataset=rows)
trainer.train()
trainer.save_model("outputs")
""",
)
def nothing_is_saved(script: Script) -> Iterator[Spot]:
    """Training ends and its weights are gone: no checkpoint is written and nothing saves the model.

    Silent where anything in the script saves or pushes, and where the model or the trainer is named
    again after the training: it is used in memory then.
    """
    if script.text("save_strategy", "steps") != "no" or script.flag("push_to_hub", False):
        return
    if any(script.calls(*_SAVING)):
        return
    for site in script.calls("train"):
        if site.call.args or not script.code.trainer or _is_used_after(script, site):
            continue
        yield script.at_setting(
            "save_strategy",
            'With save_strategy="no" and no save_model(), the trained weights are lost.',
            script.setting_fix("save_strategy", "epoch"),
        )
        return


def _is_used_after(script: Script, trained: Site) -> bool:
    """Whether the model or the trainer is named below the call that trains."""
    names = {"model", "trainer"}
    for node in (script.code.argument("model"), trained.call.func):
        owner = node.value if isinstance(node, ast.Attribute) else node
        if isinstance(owner, ast.Name):
            names.add(owner.id)
    end = trained.call.end_lineno or trained.call.lineno
    return any(
        module is trained.module and node.id in names and node.lineno > end
        for module, node in script.nodes(ast.Name)
    )
