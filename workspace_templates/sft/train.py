"""Fine-tunes base/tiny on the requests in data/train.jsonl and saves the model to outputs/."""

import json
from pathlib import Path

import torch
from datasets import Dataset
from transformers import AutoModelForCausalLM, AutoTokenizer, set_seed
from trl import SFTConfig, SFTTrainer


def load(path):
    """The rows of a JSONL file as a dataset."""
    lines = Path(path).read_text(encoding="utf-8").splitlines()
    return Dataset.from_list([json.loads(line) for line in lines])


config = SFTConfig(
    output_dir="outputs",
    # Usual fine-tuning settings, on the careful side.
    learning_rate=1e-4,
    num_train_epochs=1,
    per_device_train_batch_size=32,
    gradient_accumulation_steps=2,
    lr_scheduler_type="cosine",
    warmup_steps=0.05,  # below 1: a share of all steps
    weight_decay=0.01,
    max_grad_norm=1.0,
    max_length=64,
    assistant_only_loss=False,
    seed=0,
    # There is no GPU here.
    use_cpu=True,
    bf16=False,
    gradient_checkpointing=False,
    # What to print, and how often.
    logging_steps=5,
    logging_nan_inf_filter=False,
    eval_strategy="steps",
    eval_steps=20,
    per_device_eval_batch_size=100,
    save_strategy="no",
    report_to="none",  # or "trackio"
    disable_tqdm=True,
)
set_seed(config.seed)

tokenizer = AutoTokenizer.from_pretrained("base/tiny")
model = AutoModelForCausalLM.from_pretrained("base/tiny", dtype=torch.float32)

trainer = SFTTrainer(
    model=model,
    args=config,
    train_dataset=load("data/train.jsonl"),
    eval_dataset=load("data/dev.jsonl"),
    processing_class=tokenizer,
)
trainer.train()

trainer.save_model("outputs")  # the tokenizer goes with it
trainer.save_state()
