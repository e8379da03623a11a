"""What the lint calls an error does stop the real libraries, and its mended example does not."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from intern_daemon.lint import REGISTRY, Asking, lint
from intern_daemon.workspace.settings import find_settings

from ..conftest import REPOSITORY

TINY = REPOSITORY / "workspace_templates" / "sft" / "base" / "tiny"

#: What each bad example ends with, at the latest when it trains: the exception and words of it.
STOPS = {
    "L305": ("ValueError", "generation"),
    "L306": ("ValueError", "formatting function"),
    "L402": ("ValueError", "eval_dataset"),
    "L411": ("ValueError", "load_best_model_at_end"),
    "L501": ("ValueError", "fp16 and bf16"),
    "L512": ("TypeError", "num_items_in_batch"),
    "L601": ("TypeError", "unexpected keyword argument"),
    "L603": ("ValueError", "rewards"),
    "L612": ("ValueError", "at least 2 generations"),
    "L613": ("ValueError", "temperature"),
    "L614": ("ValueError", "sync_ref_model"),
    "L615": ("ValueError", "reward weights"),
    "L622": ("ValueError", "same object"),
    "L704": ("ValueError", "PeftModel"),
    "L801": ("TypeError", "learning_rates"),
    "L803": ("ImportError", "DataCollatorForCompletionOnlyLM"),
    "L804": ("TypeError", "packing"),
}

PROGRAM = """\

import json, sys, warnings
warnings.simplefilter("ignore")
import transformers.training_args
# TRL computes in bfloat16 unless told otherwise, for which transformers wants a GPU.
transformers.training_args.is_torch_bf16_gpu_available = lambda: True
from datasets import Dataset
from transformers import AutoModelForCausalLM, AutoTokenizer, Trainer, TrainingArguments

examples, tiny = json.load(sys.stdin)
turns = [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}]
text = [{"text": "a b c"}] * 8
kinds = {
    "L305": [{"messages": turns}] * 8,
    "L306": [{"prompt": "a", "completion": "b"}] * 8,
    "L803": [{"prompt": "a", "completion": "b"}] * 8,
    "L512": [{"input_ids": [1, 2, 3], "labels": [1, 2, 3]}] * 8,
}


def names(rule):
    rows = Dataset.from_list(kinds.get(rule, text))
    zero = lambda completions, **kwargs: [0.0] * len(completions)
    tokenizer = AutoTokenizer.from_pretrained(tiny)
    return {
        "rows": rows,
        "held_out": rows,
        "prompts": Dataset.from_list([{"prompt": "a b", "answer": "c"}] * 8),
        "pairs": Dataset.from_list([{"prompt": "a", "chosen": "b", "rejected": "c"}] * 8),
        "model": AutoModelForCausalLM.from_pretrained(tiny),
        "tokenizer": tokenizer,
        "score": zero,
        "exact": zero,
        "form": zero,
        "as_text": lambda row: row["prompt"] + row["completion"],
        "as_prompt_and_completion": lambda row: row,
    }


def outcome(rule, code, train):
    known = names(rule)
    try:
        exec(code, known)
        if rule == "L512":
            arguments = TrainingArguments(max_steps=1, report_to="none")
            known["trainer"] = known["WeightedTrainer"](
                known["model"], arguments, train_dataset=known["rows"]
            )
        if train and "trainer" in known:
            known["trainer"].train()
    except Exception as error:
        return [type(error).__name__, str(error)]
    return None


told = {rule: [outcome(rule, bad, True), outcome(rule, good, False)]
        for rule, (bad, good) in examples.items()}
print()
print(json.dumps(told))
"""


def small(example):
    """The example with a model that is here."""
    for name in ("Qwen/Qwen3-4B", "gpt2"):
        example = example.replace(f'"{name}"', repr(str(TINY)))
    return example


@pytest.mark.slow
def test_each_error_stops_the_library_and_its_mended_example_does_not(tmp_path):
    examples = {rule: [small(REGISTRY[rule].bad), small(REGISTRY[rule].good)] for rule in STOPS}
    environment = {**os.environ, "HF_HUB_OFFLINE": "1", "ACCELERATE_USE_CPU": "1"}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        input=json.dumps([examples, str(TINY)]),
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env={**environment, "OMP_NUM_THREADS": "1", "CUDA_VISIBLE_DEVICES": ""},
        check=False,
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout.strip().splitlines()[-1])
    for rule, (kind, words) in STOPS.items():
        bad = told[rule][0]
        assert bad is not None and bad[0] == kind and words in bad[1], (rule, bad)
    assert {rule: good for rule, (_, good) in told.items() if good is not None} == {}


@pytest.mark.slow
def test_the_installed_libraries_know_every_argument_of_the_mended_examples(tmp_path):
    asking = Asking(tmp_path / "cache")
    installed = asking.ask(Path(sys.executable))
    for rule in REGISTRY.values():
        (tmp_path / "train.py").write_text(rule.good, encoding="utf-8")
        found = lint(find_settings(tmp_path, "python train.py"), installed=installed)
        assert [one.message for one in found if one.rule.id.startswith("L80")] == [], rule.id


@pytest.mark.slow
def test_an_answer_is_kept_on_disk_for_the_next_process(tmp_path):
    first = Asking(tmp_path).ask(Path(sys.executable))
    (file,) = tmp_path.iterdir()
    changed = first.model_copy(update={"accepted": {"SFTConfig": ["nothing_else"]}})
    file.write_text(changed.model_dump_json())
    assert Asking(tmp_path).ask(Path(sys.executable)) == changed
    file.write_text("{half")
    assert Asking(tmp_path).ask(Path(sys.executable)) == first
