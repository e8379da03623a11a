"""Whether anything is measured while training"""

import re
from collections.abc import Iterator

from ..rule import Spot, rule
from ..script import Script

_HIGHER = re.compile(r"accuracy|f1|bleu|rouge|precision|recall|exact_match|reward|auc|mcc|pearson")
_LOWER = re.compile(r"loss|perplexity|wer|cer|error|mse|mae")


def strategy(script: Script) -> str | None:
    """When the trainer evaluates: `no`, `steps` or `epoch`; None: it can't be told."""
    for name in ("eval_strategy", "evaluation_strategy"):
        if script.setting(name) is not None:
            return script.text(name)
        if not script.absent(name):
            return None
    if script.flag("do_eval", False) is not False:
        return None
    return "no"


@rule(
    "L401",
    "no_evaluation",
    "information",
    source="google-research/tuning_playbook: training loss alone can't tell overfitting",
    bad="""
from trl import SFTConfig, SFTTrainer

trainer = SFTTrainer("Qwen/Qwen3-4B", args=SFTConfig(), train_dataset=rows)
""",
    good="""
from trl import SFTConfig, SFTTrainer

args = SFTConfig(eval_strategy="epoch")
trainer = SFTTrainer("Qwen/Qwen3-4B", args=args, train_dataset=rows, eval_dataset=held_out)
""",
)
def no_evaluation(script: Script) -> Iterator[Spot]:
    """Nothing is held out: the training loss alone can't tell learning from learning by heart.

    Silent for GRPO and RLOO, whose reward is measured on fresh samples, and where the script
    evaluates by itself.
    """
    if script.code.trainer is None or script.code.method == "grpo":
        return
    if strategy(script) != "no" or script.takes("eval_dataset") is not False:
        return
    if not any(script.calls("evaluate", "predict", "add_callback", "simple_evaluate")):
        yield script.at_trainer("Nothing is held out, so overfitting can't be seen.")


@rule(
    "L402",
    "evaluation_without_rows",
    "error",
    source="transformers, `Trainer.__init__`: raises a ValueError",
    bad="""
from trl import SFTConfig, SFTTrainer

args = SFTConfig(eval_strategy="steps", eval_steps=50)
trainer = SFTTrainer("Qwen/Qwen3-4B", args=args, train_dataset=rows)
""",
    good="""
from trl import SFTConfig, SFTTrainer

args = SFTConfig(eval_strategy="steps", eval_steps=50)
trainer = SFTTrainer("Qwen/Qwen3-4B", args=args, train_dataset=rows, eval_dataset=held_out)
""",
)
def evaluation_without_rows(script: Script) -> Iterator[Spot]:
    """An evaluation is asked for, but there is no `eval_dataset`.

    The trainer stops with a ValueError when it is made.
    """
    if script.takes("eval_dataset") is False and strategy(script) in {"steps", "epoch"}:
        name = "eval_strategy" if script.setting("eval_strategy") else "evaluation_strategy"
        yield script.at_setting(
            name,
            f"{name} asks for an evaluation, but the trainer gets no eval_dataset.",
            script.removal(name),
        )


@rule(
    "L403",
    "evaluation_never_runs",
    "warning",
    source="transformers documentation, TrainingArguments.eval_strategy: the default is `no`",
    bad="""
from trl import SFTConfig, SFTTrainer

trainer = SFTTrainer(
    "Qwen/Qwen3-4B", args=SFTConfig(), train_dataset=rows, eval_dataset=held_out
)
trainer.train()
""",
    good="""
from trl import SFTConfig, SFTTrainer

trainer = SFTTrainer(
    "Qwen/Qwen3-4B",
    args=SFTConfig(eval_strategy="epoch"),
    train_dataset=rows,
    eval_dataset=held_out,
)
trainer.train()
""",
)
def evaluation_never_runs(script: Script) -> Iterator[Spot]:
    """There is an `eval_dataset`, but nothing ever evaluates on it.

    `eval_strategy` is `no` unless it is set. Silent where the script calls `evaluate` itself.
    """
    if not script.takes("eval_dataset") or strategy(script) != "no":
        return
    if script.flag("eval_on_start", False) is not False or any(script.calls("evaluate", "predict")):
        return
    yield script.at_setting(
        "eval_strategy",
        "The eval_dataset is never used: eval_strategy is no.",
        script.setting_fix("eval_strategy", "epoch"),
    )


@rule(
    "L404",
    "metric_direction",
    "warning",
    source="transformers documentation, TrainingArguments.greater_is_better",
    bad="""
from transformers import Trainer, TrainingArguments

args = TrainingArguments(
    eval_strategy="epoch",
    save_strategy="epoch",
    load_best_model_at_end=True,
    metric_for_best_model="eval_loss",
    greater_is_better=True,
)
trainer = Trainer(model, args, train_dataset=rows, eval_dataset=held_out)
""",
    good="""
from transformers import Trainer, TrainingArguments

args = TrainingArguments(
    eval_strategy="epoch",
    save_strategy="epoch",
    load_best_model_at_end=True,
    metric_for_best_model="eval_loss",
    greater_is_better=False,
)
trainer = Trainer(model, args, train_dataset=rows, eval_dataset=held_out)
""",
)
def metric_direction(script: Script) -> Iterator[Spot]:
    """The worst checkpoint is taken for the best: `greater_is_better` is the wrong way round.

    Losses, perplexities and error rates are better when lower; accuracies, scores and rewards when
    higher. Where it is not set, transformers takes every name that does not end in `loss` for one
    that is better when higher.
    """
    metric, greater = script.text("metric_for_best_model"), script.flag("greater_is_better")
    if metric is None:
        return
    name = metric.lower()
    if greater is True and _LOWER.search(name) and not _HIGHER.search(name):
        yield script.at_setting(
            "greater_is_better",
            f"{metric} is better when it is lower, but greater_is_better=True keeps the worst.",
            script.setting_fix("greater_is_better", False),
        )
    elif greater is False and _HIGHER.search(name) and not _LOWER.search(name):
        yield script.at_setting(
            "greater_is_better",
            f"{metric} is better when it is higher, but greater_is_better=False keeps the worst.",
            script.setting_fix("greater_is_better", True),
        )
    elif (
        script.absent("greater_is_better")
        and re.search(r"perplexity|(?:^|_)(?:wer|cer|mse|mae)$", name)
        and not name.endswith("loss")
    ):
        yield script.at_setting(
            "metric_for_best_model",
            f"{metric} is taken to be better when higher; it needs greater_is_better=False.",
            script.setting_fix("greater_is_better", False),
        )


@rule(
    "L405",
    "metric_is_not_computed",
    "warning",
    source="transformers, `Trainer._determine_best_metric`: raises a KeyError",
    bad="""
from transformers import Trainer, TrainingArguments

args = TrainingArguments(
    eval_strategy="epoch",
    save_strategy="epoch",
    load_best_model_at_end=True,
    metric_for_best_model="f1",
)
trainer = Trainer(model, args, train_dataset=rows, eval_dataset=held_out)
""",
    good="""
from transformers import Trainer, TrainingArguments

args = TrainingArguments(
    eval_strategy="epoch",
    save_strategy="epoch",
    load_best_model_at_end=True,
    metric_for_best_model="f1",
)
trainer = Trainer(
    model, args, train_dataset=rows, eval_dataset=held_out, compute_metrics=scores
)
""",
)
def metric_is_not_computed(script: Script) -> Iterator[Spot]:
    """The best checkpoint is chosen by a metric that nothing computes.

    Without `compute_metrics` a Trainer knows its loss only, and stops with a KeyError at the first
    evaluation.
    """
    metric = script.text("metric_for_best_model")
    if metric is None or script.code.trainer_name not in {"Trainer", "Seq2SeqTrainer"}:
        return
    own = script.code.trainer is not None and script.code.trainer.name != script.code.trainer_name
    if own or script.takes("compute_metrics") is not False or metric.endswith("loss"):
        return
    if _HIGHER.search(metric) or _LOWER.search(metric):
        yield script.at_setting(
            "metric_for_best_model",
            f"Nothing computes {metric}: the trainer gets no compute_metrics.",
        )
