"""What TRL 1.16 and transformers 5.23 use when a script says nothing."""

from ...protocol import Method
from .setting import Value

TRAINERS: dict[str, Method] = {
    "SFTTrainer": "sft",
    "DPOTrainer": "dpo",
    "OnlineDPOTrainer": "dpo",
    "ORPOTrainer": "orpo",
    "CPOTrainer": "dpo",
    "KTOTrainer": "kto",
    "GRPOTrainer": "grpo",
    "RLOOTrainer": "grpo",
    "RewardTrainer": "reward",
    "Trainer": "unknown",
    "Seq2SeqTrainer": "unknown",
}
"""Method by trainer class."""

CONFIGS = {
    "SFTConfig",
    "DPOConfig",
    "ORPOConfig",
    "CPOConfig",
    "KTOConfig",
    "GRPOConfig",
    "RLOOConfig",
    "RewardConfig",
    "OnlineDPOConfig",
    "TrainingArguments",
    "Seq2SeqTrainingArguments",
}

ADAPTERS = {"LoraConfig", "get_peft_model"}
"""`get_peft_model` takes LoRA's settings itself in Unsloth."""

ADAPTER_SETTINGS = {"r", "lora_alpha", "lora_dropout", "target_modules", "use_rslora"}

# A reference model or reward functions come second.
_ARGS_THIRD = {"DPOTrainer", "KTOTrainer", "GRPOTrainer", "RLOOTrainer"}
_TRAIN_DATASET_FIFTH = {"DPOTrainer", "KTOTrainer"}

_COMMON: dict[str, Value] = {
    "num_train_epochs": 3.0,
    "max_steps": -1,
    "per_device_train_batch_size": 8,
    "gradient_accumulation_steps": 1,
    "weight_decay": 0.0,
    "max_grad_norm": 1.0,
    "warmup_steps": 0,
    "lr_scheduler_type": "linear",
    "eval_strategy": "no",
    "save_strategy": "steps",
    "save_steps": 500,
    "load_best_model_at_end": False,
    "completion_only_loss": None,
    "assistant_only_loss": False,
    "r": 8,
    "lora_alpha": 8,
    "target_modules": None,
}

_LEARNING_RATES = {"SFTConfig": 2e-5, "RewardConfig": 1e-4, "ORPOConfig": 1e-6, "CPOConfig": 1e-6}
_LEARNING_RATES |= dict.fromkeys(("DPOConfig", "KTOConfig", "GRPOConfig", "RLOOConfig"), 1e-6)

_SAMPLING: dict[str, Value] = {"num_generations": 8, "max_completion_length": 512}
_SAMPLING |= {"temperature": 1.0, "epsilon": 0.2}

_OWN: dict[str, dict[str, Value]] = {
    "DPOConfig": {"beta": 0.1, "loss_type": ["sigmoid"], "label_smoothing": 0.0},
    "KTOConfig": {"beta": 0.1},
    "ORPOConfig": {"beta": 0.1},
    "CPOConfig": {"beta": 0.1, "loss_type": "sigmoid", "label_smoothing": 0.0},
    "GRPOConfig": {**_SAMPLING, "beta": 0.0, "loss_type": "dapo"},
    "RLOOConfig": {**_SAMPLING, "num_generations": 2, "beta": 0.05},
}
"""Settings that only some trainers have."""


def default(name: str, config: str) -> Value:
    """The library's default of a setting for a configuration class; None when it is not known."""
    if name in (own := _OWN.get(config, {})):
        return own[name]
    if name == "learning_rate":
        return _LEARNING_RATES.get(config, 5e-5)
    if name == "logging_steps":
        return 500 if config.endswith("TrainingArguments") else 10
    return _COMMON.get(name)


def position(name: str, trainer: str) -> int | None:
    """Index of an argument among the positional ones of a trainer; None: by keyword only."""
    match name:
        case "model":
            return 0
        case "args":
            return 2 if trainer in _ARGS_THIRD else 1
        case "train_dataset":
            return 4 if trainer in _TRAIN_DATASET_FIFTH else 3
    return None
