"""Trains one case with one seed, with TRL's own trainers, and gives the rows that they logged.

Imported by a process that forks: nothing is computed at import, since a matrix product before the
fork can hang the child.
"""

import random
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import torch
from case import Case
from datasets import Dataset
from peft import LoraConfig
from tasks import BASE, conversation, draw, wrong
from transformers import (
    AutoModelForCausalLM,
    AutoModelForSequenceClassification,
    AutoTokenizer,
    PrinterCallback,
    Trainer,
    TrainerCallback,
    TrainingArguments,
    set_seed,
)
from trl import DPOConfig, DPOTrainer, GRPOConfig, GRPOTrainer, SFTConfig, SFTTrainer

GARBAGE = "#@&%|<>_=?!"

COMMON: dict[str, Any] = {
    "use_cpu": True,
    "bf16": False,
    "gradient_checkpointing": False,
    "save_strategy": "no",
    "report_to": "none",
    "disable_tqdm": True,
    "logging_nan_inf_filter": False,
    "warmup_steps": 10,
    "max_grad_norm": 1.0,
}

USUAL: dict[str, dict[str, Any]] = {
    "sft": {
        "learning_rate": 2e-3,
        "max_steps": 200,
        "per_device_train_batch_size": 32,
        "per_device_eval_batch_size": 100,
        "lr_scheduler_type": "cosine",
        "logging_steps": 5,
        "eval_strategy": "steps",
        "eval_steps": 20,
        "max_length": 64,
    },
    "dpo": {
        "learning_rate": 1e-4,
        "max_steps": 100,
        "per_device_train_batch_size": 16,
        "lr_scheduler_type": "constant_with_warmup",
        "logging_steps": 2,
        "max_length": 64,
        "beta": 0.1,
    },
    "grpo": {
        "learning_rate": 5e-4,
        "max_steps": 80,
        "per_device_train_batch_size": 64,
        "num_generations": 8,
        "max_completion_length": 12,
        "lr_scheduler_type": "constant_with_warmup",
        "logging_steps": 1,
        "temperature": 1.0,
        "beta": 0.0,
    },
    "classifier": {
        "learning_rate": 1e-3,
        "max_steps": 150,
        "per_device_train_batch_size": 32,
        "per_device_eval_batch_size": 100,
        "lr_scheduler_type": "linear",
        "logging_steps": 5,
        "eval_strategy": "steps",
        "eval_steps": 15,
    },
}


def run(case: Case, seed: int, start: Path) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """Train, and return what was logged and the settings that an engine may know.

    Args:
        case: what to train.
        seed: of everything.
        start: a model that solves some of the tasks, for DPO and GRPO.
    """
    set_seed(seed)
    recorder = Recorder()
    settings = {**COMMON, **USUAL[case.method], **case.settings, "seed": seed}
    if "scheduler" in settings:
        settings["lr_scheduler_kwargs"] = settings.pop("scheduler")
    if "sampling" in settings:
        settings["train_sampling_strategy"] = settings.pop("sampling")
    with tempfile.TemporaryDirectory() as folder:
        settings["output_dir"] = folder
        trainer = TRAINERS[case.method](case, settings, seed, start)
        trainer.add_callback(recorder)
        trainer.remove_callback(PrinterCallback)
        trainer.train()
    known = {name: value for name, value in settings.items() if name != "output_dir"}
    known["peft"] = "lora" in case.data
    known["num_parameters"] = sum(p.numel() for p in trainer.model.parameters())
    return recorder.rows, known


class Recorder(TrainerCallback):
    """Keeps what the trainer logs, as `log_history` holds it."""

    def __init__(self) -> None:
        self.rows: list[dict[str, Any]] = []

    def on_log(self, args: Any, state: Any, control: Any, logs: Any = None, **_: Any) -> None:
        self.rows.append({**logs, "step": state.global_step})


def _language_model(where: Path) -> tuple[Any, Any]:
    model = AutoModelForCausalLM.from_pretrained(where, dtype=torch.float32)
    return model, AutoTokenizer.from_pretrained(BASE)


def _sft(case: Case, settings: dict[str, Any], seed: int, start: Path) -> Any:
    model, tokenizer = _language_model(BASE)
    rng = random.Random(seed)
    rows = draw(case.data.get("rows", 3000), 10 + seed)
    if "noise" in case.data:
        rows = [
            {**row, "answer": "".join(rng.choices("abcdefghij", k=4))}
            if rng.random() < case.data["noise"]
            else row
            for row in rows
        ]
    rows *= case.data.get("copies", 1)
    for share in case.data.get("burst", ()):
        first = int(share * settings["max_steps"]) * settings["per_device_train_batch_size"]
        for row in rows[first : first + settings["per_device_train_batch_size"]]:
            row["answer"] = "".join(rng.choices(GARBAGE, k=24))
    if letter := case.data.get("corrupt"):
        with torch.no_grad():
            model.get_input_embeddings().weight[tokenizer.convert_tokens_to_ids(letter)] = torch.nan
    if case.data.get("frozen"):
        for name, parameter in model.named_parameters():
            parameter.requires_grad = name.endswith("model.norm.weight")
    lora = case.data.get("lora")
    peft = None
    if lora:
        peft = LoraConfig(lora_alpha=16, **{"target_modules": "all-linear", **lora})
    trainer = SFTTrainer(
        model=model,
        args=SFTConfig(**settings),
        train_dataset=Dataset.from_list([conversation(row) for row in rows]),
        eval_dataset=Dataset.from_list([conversation(row) for row in draw(200, 9)]),
        processing_class=tokenizer,
        peft_config=peft,
    )
    if case.data.get("masked"):
        collate = trainer.data_collator

        def mask(batch: Any) -> Any:
            made = collate(batch)
            made["labels"] = torch.full_like(made["labels"], -100)
            return made

        trainer.data_collator = mask
    return trainer


def _dpo(case: Case, settings: dict[str, Any], seed: int, start: Path) -> Any:
    model, tokenizer = _language_model(start)
    rng = random.Random(seed)
    pairs = []
    for row in draw(case.data.get("rows", 2000), 20 + seed):
        chosen, rejected = row["answer"], wrong(row, rng)
        if case.data.get("same"):
            rejected = chosen
        if case.data.get("double"):
            chosen += chosen
        if case.data.get("near"):
            rejected = chosen[:-1] + rng.choice("abcdefghij")
        if rng.random() < case.data.get("flip", 0.0):
            chosen, rejected = rejected, chosen
        pairs.append(
            {
                "prompt": [{"role": "user", "content": row["prompt"]}],
                "chosen": [{"role": "assistant", "content": chosen}],
                "rejected": [{"role": "assistant", "content": rejected}],
            }
        )
    pairs *= case.data.get("copies", 1)
    return DPOTrainer(
        model=model,
        args=DPOConfig(**settings),
        train_dataset=Dataset.from_list(pairs),
        processing_class=tokenizer,
    )


def _text(completion: Any) -> str:
    return completion[0]["content"] if isinstance(completion, list) else completion


def exact(completions: Any, answer: Any, **_: Any) -> list[float]:
    return [float(_text(made) == right) for made, right in zip(completions, answer, strict=True)]


def partial(completions: Any, answer: Any, **_: Any) -> list[float]:
    return [
        sum(one == other for one, other in zip(_text(made), right, strict=False))
        / max(len(right), len(_text(made)), 1)
        for made, right in zip(completions, answer, strict=True)
    ]


def length(completions: Any, **_: Any) -> list[float]:
    return [len(_text(made)) / 24 for made in completions]


def letter(completions: Any, **_: Any) -> list[float]:
    return [_text(made).count("a") / 4 for made in completions]


def constant(completions: Any, **_: Any) -> list[float]:
    return [0.0] * len(completions)


def impossible(completions: Any, **_: Any) -> list[float]:
    return [float(_text(made).startswith("<answer>")) for made in completions]


def always(completions: Any, **_: Any) -> list[float]:
    return [0.5] * len(completions)


REWARDS = {f.__name__: f for f in (exact, partial, length, letter, constant, impossible, always)}


def _grpo(case: Case, settings: dict[str, Any], seed: int, start: Path) -> Any:
    model, tokenizer = _language_model(start)
    prompts = [
        {"prompt": [{"role": "user", "content": row["prompt"]}], "answer": row["answer"]}
        for row in draw(2000, 30 + seed)
    ]
    return GRPOTrainer(
        model=model,
        args=GRPOConfig(**settings),
        reward_funcs=[REWARDS[name] for name in case.data.get("rewards", ["exact"])],
        train_dataset=Dataset.from_list(prompts),
        processing_class=tokenizer,
    )


def _classifier(case: Case, settings: dict[str, Any], seed: int, start: Path) -> Any:
    tokenizer = AutoTokenizer.from_pretrained(BASE)
    model = AutoModelForSequenceClassification.from_pretrained(
        BASE, num_labels=2, dtype=torch.float32
    )
    rng = random.Random(seed)

    def rows(n: int, draw_seed: int) -> Dataset:
        # Is the text in order? The share of each answer is the case's.
        made = []
        for row in draw(n, draw_seed):
            text = row["prompt"].split()[-1]
            label = int(rng.random() < case.data["share"])
            text = "".join(sorted(text)) if label else "".join(sorted(text, reverse=True))
            made.append({**tokenizer(f"{text}"), "label": label})
        return Dataset.from_list(made)

    def score(predicted: Any) -> dict[str, float]:
        guess, truth = predicted.predictions.argmax(-1), predicted.label_ids
        hits = float(np.sum((guess == 1) & (truth == 1)))
        return {
            "accuracy": float((guess == truth).mean()),
            "precision": hits / max(float(np.sum(guess == 1)), 1.0),
            "recall": hits / max(float(np.sum(truth == 1)), 1.0),
        }

    return Trainer(
        model=model,
        args=TrainingArguments(**settings),
        train_dataset=rows(3000, 40 + seed),
        eval_dataset=rows(300, 41),
        processing_class=tokenizer,
        compute_metrics=score,
    )


TRAINERS = {"sft": _sft, "dpo": _dpo, "grpo": _grpo, "classifier": _classifier}


def make_start(folder: Path) -> None:
    """SFT the base until it solves some of the tasks: where DPO and GRPO begin."""
    set_seed(0)
    case = Case("start", "sft")
    settings = {**COMMON, **USUAL["sft"], "max_steps": 24, "seed": 0, "eval_strategy": "no"}
    with tempfile.TemporaryDirectory() as scratch:
        trainer = _sft(case, {**settings, "output_dir": scratch}, 0, BASE)
        trainer.remove_callback(PrinterCallback)
        trainer.train()
        trainer.model.save_pretrained(folder)
