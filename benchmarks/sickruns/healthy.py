"""Healthy runs of every method: nothing may be said of them above a note."""

from case import healthy

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
    healthy("dpo-gentle", "dpo", learning_rate=5e-5, max_steps=140),
    healthy("dpo-with-sft", "dpo", loss_type=["sigmoid", "sft"], loss_weights=[1.0, 1.0]),
    healthy("dpo-beta-0.3", "dpo", beta=0.3, learning_rate=1e-4),
    healthy("grpo-good", "grpo"),
    healthy("grpo-leash", "grpo", beta=0.02),
    healthy("grpo-partial", "grpo", data={"rewards": ["partial"]}),
    healthy("grpo-16", "grpo", num_generations=16),
    healthy("grpo-gentle", "grpo", learning_rate=2e-4, max_steps=110),
)
