"""Fine-tunes on data/train.jsonl."""

import sys

sys.path.insert(0, "lib")

from trl import SFTConfig, SFTTrainer

config = SFTConfig(
    output_dir="outputs",
    learning_rate=2e-5,
    num_train_epochs=1,
    per_device_train_batch_size=8,
    warmup_steps=0.05,
    weight_decay=0.1,
    seed=0,
)
trainer = SFTTrainer(args=config)
trainer.train()
