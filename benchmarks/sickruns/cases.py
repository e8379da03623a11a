"""The catalogue: every pathology with its cause, and what an engine may call it.

A case is sick when its *cause* is: each is one of the mistakes that people make, and the labels are
those that a careful reader of its metrics could give. Pathologies that leave no trace in metrics
(a leaked test set, flipped preference pairs) are not here: no engine on metrics can see them.
"""

from dataclasses import dataclass, field
from typing import Any, Literal

Method = Literal["sft", "dpo", "grpo", "classifier"]


@dataclass(frozen=True)
class Case:
    """One training set-up.

    Args:
        name: of the file; unique.
        method: which trainer.
        labels: any of them is right; empty: healthy, and nothing may be said above info.
        why: what is wrong with it, in words.
        settings: changed arguments of the trainer.
        data: how its data differ; see `train.py`.
    """

    name: str
    method: Method
    labels: frozenset[str] = frozenset()
    why: str = ""
    settings: dict[str, Any] = field(default_factory=dict)
    data: dict[str, Any] = field(default_factory=dict)


def sick(
    name: str,
    method: Method,
    labels: str,
    why: str,
    *,
    data: dict[str, Any] | None = None,
    **settings: Any,
) -> Case:
    return Case(name, method, frozenset(labels.split()), why, settings, data or {})


def healthy(
    name: str, method: Method, *, data: dict[str, Any] | None = None, **settings: Any
) -> Case:
    return Case(name, method, settings=settings, data=data or {})


TOO_HIGH = "lr_too_high divergence loss_spike grad_explosion not_learning"
TOO_LOW = "lr_too_low not_learning undertrained_still_improving"

SFT = (
    sick(
        "sft-sgd-nan",
        "sft",
        "nonfinite_loss divergence",
        "SGD at 1000, unclipped",
        optim="sgd",
        learning_rate=1e3,
        max_grad_norm=1e9,
        warmup_steps=0,
    ),
    sick(
        "sft-sgd-nan-hidden",
        "sft",
        "nonfinite_loss divergence label_mask_error",
        "the same, with the filter that hides NaN from the log",
        optim="sgd",
        learning_rate=1e3,
        max_grad_norm=1e9,
        warmup_steps=0,
        logging_nan_inf_filter=True,
    ),
    sick("sft-lr-10", "sft", TOO_HIGH, "learning rate 10", learning_rate=10.0),
    sick("sft-lr-1", "sft", TOO_HIGH, "learning rate 1", learning_rate=1.0),
    sick(
        "sft-lr-0.1", "sft", TOO_HIGH + " plateau_saturated", "learning rate 0.1", learning_rate=0.1
    ),
    sick(
        "sft-lr-0.03-unclipped",
        "sft",
        TOO_HIGH + " plateau_saturated",
        "high learning rate and no clipping",
        learning_rate=0.03,
        max_grad_norm=1e9,
        warmup_steps=0,
    ),
    sick(
        "sft-lr-1e-5",
        "sft",
        TOO_LOW,
        "learning rate 1e-5 on a fresh adapter-free model",
        learning_rate=1e-5,
    ),
    sick("sft-lr-1e-6", "sft", TOO_LOW, "learning rate 1e-6", learning_rate=1e-6),
    sick("sft-lr-1e-7", "sft", TOO_LOW, "learning rate 1e-7", learning_rate=1e-7),
    sick("sft-warmup-for-ever", "sft", TOO_LOW, "warm-up of 100 epochs", warmup_steps=30_000),
    sick(
        "sft-decay-10",
        "sft",
        "not_learning plateau_saturated lr_too_high divergence",
        "weight decay 10",
        weight_decay=10.0,
        learning_rate=2e-2,
    ),
    sick(
        "sft-frozen",
        "sft",
        "vanishing_gradient not_learning lr_too_low",
        "everything but one norm is frozen",
        data={"frozen": True},
    ),
    sick(
        "sft-overfit-80",
        "sft",
        "overfitting memorisation",
        "80 rows, 60 epochs",
        data={"rows": 80},
        max_steps=180,
    ),
    sick(
        "sft-overfit-300",
        "sft",
        "overfitting memorisation",
        "300 rows, 40 epochs",
        data={"rows": 300},
        max_steps=380,
    ),
    sick(
        "sft-duplicates",
        "sft",
        "overfitting memorisation",
        "20 rows, 120 times each",
        data={"rows": 20, "copies": 120},
        max_steps=225,
    ),
    sick(
        "sft-noise-overfit",
        "sft",
        "overfitting memorisation",
        "200 rows with random answers, 40 epochs",
        data={"rows": 200, "noise": 1.0},
        max_steps=280,
    ),
    sick(
        "sft-all-masked",
        "sft",
        "label_mask_error nonfinite_loss not_learning vanishing_gradient",
        "every label is masked",
        data={"masked": True},
    ),
    sick(
        "sft-burst",
        "sft",
        "loss_spike grad_spike divergence",
        "two batches of garbage in the middle",
        data={"burst": (0.3, 0.4)},
        logging_steps=1,
        sampling="sequential",
    ),
    sick(
        "sft-lr-jumps",
        "sft",
        "loss_spike lr_too_high divergence grad_spike",
        "a schedule that restarts at ten times the rate",
        lr_scheduler_type="cosine_with_restarts",
        learning_rate=2e-2,
        scheduler={"num_cycles": 3},
        max_steps=240,
    ),
    sick(
        "sft-batch-1-hot",
        "sft",
        TOO_HIGH + " plateau_saturated",
        "one row a step at a high rate",
        per_device_train_batch_size=1,
        learning_rate=2e-2,
        max_steps=300,
    ),
    sick(
        "sft-too-short",
        "sft",
        "undertrained_still_improving lr_too_low",
        "12 steps",
        max_steps=12,
        logging_steps=1,
        eval_steps=4,
        learning_rate=5e-4,
    ),
    sick(
        "lora-lr-1e-6",
        "sft",
        TOO_LOW,
        "LoRA at the rate of full fine-tuning",
        learning_rate=1e-6,
        data={"lora": {"r": 8}},
    ),
    sick(
        "lora-rank-1-query",
        "sft",
        "lr_too_low not_learning plateau_saturated undertrained_still_improving",
        "LoRA of rank 1 on the query projection alone",
        data={"lora": {"r": 1, "target_modules": ["q_proj"]}},
        learning_rate=1e-3,
    ),
    sick("lora-lr-1", "sft", TOO_HIGH, "LoRA at 1", learning_rate=1.0, data={"lora": {"r": 8}}),
    sick(
        "classifier-collapse",
        "classifier",
        "class_collapse not_learning",
        "97 of 100 rows are of one class, and the rate is low",
        data={"share": 0.97},
        learning_rate=1e-5,
    ),
    sick(
        "classifier-lr-10",
        "classifier",
        TOO_HIGH + " class_collapse",
        "learning rate 10",
        data={"share": 0.5},
        learning_rate=10.0,
    ),
)

DPO = (
    sick(
        "dpo-lr-1e-7",
        "dpo",
        "dpo_no_preference lr_too_low not_learning",
        "learning rate 1e-7",
        learning_rate=1e-7,
    ),
    sick(
        "dpo-lr-1e-2",
        "dpo",
        "lr_too_high divergence dpo_overoptimised likelihood_displacement dpo_divergence",
        "learning rate 1e-2",
        learning_rate=1e-2,
    ),
    sick(
        "dpo-lr-3e-3",
        "dpo",
        "lr_too_high divergence dpo_overoptimised likelihood_displacement dpo_divergence",
        "learning rate 3e-3",
        learning_rate=3e-3,
    ),
    sick(
        "dpo-coin-toss",
        "dpo",
        "dpo_no_preference not_learning",
        "half of the pairs are flipped",
        data={"flip": 0.5},
    ),
    sick(
        "dpo-same-answers",
        "dpo",
        "dpo_no_preference not_learning vanishing_gradient",
        "chosen and rejected are the same text",
        data={"same": True},
    ),
    sick(
        "dpo-length-shortcut",
        "dpo",
        "dpo_overoptimised",
        "the chosen answer is always twice as long",
        data={"double": True},
        max_steps=120,
    ),
    sick(
        "dpo-20-pairs",
        "dpo",
        "dpo_overoptimised memorisation overfitting",
        "20 pairs, 100 times each",
        data={"rows": 20, "copies": 100},
        max_steps=160,
    ),
    sick(
        "dpo-displaced",
        "dpo",
        "likelihood_displacement dpo_overoptimised",
        "near-identical pairs at a high rate: both likelihoods fall",
        data={"near": True},
        learning_rate=1e-3,
        max_steps=160,
    ),
    sick(
        "dpo-beta-0.001",
        "dpo",
        "likelihood_displacement dpo_no_preference dpo_overoptimised",
        "no leash to the reference",
        beta=0.001,
        learning_rate=1e-3,
        max_steps=160,
    ),
)

GRPO = (
    sick(
        "grpo-constant-reward",
        "grpo",
        "no_signal_zero_std reward_flat dead_reward_component",
        "a reward that is always 0",
        data={"rewards": ["constant"]},
    ),
    sick(
        "grpo-impossible",
        "grpo",
        "no_signal_zero_std reward_flat",
        "a task that the model never solves",
        data={"rewards": ["impossible"]},
    ),
    sick("grpo-cold", "grpo", "no_signal_zero_std", "temperature 0.1", temperature=0.1),
    sick(
        "grpo-lr-1e-7",
        "grpo",
        "reward_flat policy_not_moving lr_too_low not_learning",
        "learning rate 1e-7",
        learning_rate=1e-7,
        max_steps=110,
    ),
    sick(
        "grpo-lr-5e-3",
        "grpo",
        "reward_collapse kl_explosion no_signal_zero_std entropy_collapse",
        "learning rate 5e-3",
        learning_rate=5e-3,
        beta=0.02,
    ),
    sick(
        "grpo-lr-3e-2",
        "grpo",
        "reward_collapse kl_explosion no_signal_zero_std truncation_saturation",
        "learning rate 3e-2",
        learning_rate=3e-2,
        beta=0.02,
    ),
    sick(
        "grpo-no-leash",
        "grpo",
        "reward_collapse entropy_collapse no_signal_zero_std",
        "learning rate 3e-3 and no KL term",
        learning_rate=3e-3,
        max_steps=100,
    ),
    sick(
        "grpo-paid-by-length",
        "grpo",
        "length_runaway truncation_saturation no_signal_zero_std",
        "the reward is the length",
        data={"rewards": ["length"]},
        max_completion_length=24,
    ),
    sick(
        "grpo-paid-by-a",
        "grpo",
        "length_runaway truncation_saturation entropy_collapse no_signal_zero_std kl_explosion",
        "the reward counts the letter a",
        data={"rewards": ["letter"]},
        max_completion_length=24,
        beta=0.001,
        learning_rate=1e-3,
    ),
    sick(
        "grpo-length-among-two",
        "grpo",
        "length_runaway truncation_saturation format_only_hacking",
        "a second reward pays for length",
        data={"rewards": ["partial", "length"]},
        max_completion_length=24,
        learning_rate=1e-3,
        max_steps=110,
    ),
    sick(
        "grpo-cut-at-3",
        "grpo",
        "truncation_saturation",
        "three tokens for answers of five",
        max_completion_length=3,
    ),
    sick(
        "grpo-cut-and-masked",
        "grpo",
        "truncation_saturation no_signal_zero_std vanishing_gradient",
        "the same, and what was cut is masked",
        max_completion_length=3,
        mask_truncated_completions=True,
    ),
    sick(
        "grpo-dead-format",
        "grpo",
        "dead_reward_component",
        "a format reward that never matches",
        data={"rewards": ["exact", "impossible"]},
    ),
    sick(
        "grpo-paid-always",
        "grpo",
        "dead_reward_component",
        "a format reward that always matches",
        data={"rewards": ["exact", "always"]},
    ),
)

SICK = (*SFT, *DPO, *GRPO)

HEALTHY = (
    healthy("sft-good", "sft"),
    healthy("sft-lr-1e-3", "sft", learning_rate=1e-3),
    healthy("sft-lr-3e-3", "sft", learning_rate=3e-3),
    healthy("sft-linear", "sft", lr_scheduler_type="linear"),
    healthy("sft-constant", "sft", lr_scheduler_type="constant_with_warmup", learning_rate=1e-3),
    healthy("sft-batch-16", "sft", per_device_train_batch_size=16, learning_rate=1e-3),
    healthy("sft-accumulated", "sft", per_device_train_batch_size=8, gradient_accumulation_steps=4),
    healthy("sft-log-1", "sft", logging_steps=1),
    healthy("sft-no-eval", "sft", eval_strategy="no"),
    healthy("lora-good", "sft", learning_rate=5e-3, data={"lora": {"r": 8}}),
    healthy("sft-long-tail", "sft", max_steps=400),
    healthy("classifier-good", "classifier", data={"share": 0.5}),
    healthy("dpo-good", "dpo"),
    healthy("dpo-gentle", "dpo", learning_rate=1e-4, max_steps=140),
    healthy("dpo-with-sft", "dpo", loss_type=["sigmoid", "sft"], loss_weights=[1.0, 1.0]),
    healthy("dpo-beta-0.3", "dpo", beta=0.3, learning_rate=1e-4),
    healthy("grpo-good", "grpo"),
    healthy("grpo-leash", "grpo", beta=0.02),
    healthy("grpo-partial", "grpo", data={"rewards": ["partial"]}),
    healthy("grpo-16", "grpo", num_generations=16),
    healthy("grpo-gentle", "grpo", learning_rate=2e-4, max_steps=110),
)

CASES: dict[str, Case] = {case.name: case for case in (*SICK, *HEALTHY)}

SEEDS = (0, 1, 2)
