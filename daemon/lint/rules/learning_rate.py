"""The learning rate for the method"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ...protocol import Method
from ...workspace.discovery import base_models
from ...workspace.settings import spell
from ..rule import Spot, rule
from ..script import Script

FACTOR = 5.0
"""How far outside a band is too far: good rates differ that much between tasks and models."""
SMALL = 300_000_000
"""Bytes of weights under which the bands, made for models of a billion parameters, say nothing."""


@dataclass(frozen=True)
class Band:
    """Learning rates that usually work, both ends included."""

    low: float
    high: float


FULL: dict[Method, Band] = {
    "sft": Band(1e-5, 5e-5),
    "dpo": Band(5e-7, 2e-6),
    "kto": Band(5e-7, 2e-6),
    "orpo": Band(1e-6, 1e-5),
    "grpo": Band(5e-7, 2e-6),
}
ADAPTERS: dict[Method, Band] = {
    "sft": Band(1e-4, 5e-4),
    "dpo": Band(2e-6, 2e-5),
    "kto": Band(2e-6, 2e-5),
    "orpo": Band(5e-6, 1e-4),
    "grpo": Band(1e-6, 2e-5),
}


@rule(
    "L101",
    "sft_learning_rate",
    "warning",
    source="TRL's default of 2e-5 for SFT; LoRA Without Regret (Thinking Machines, 2025)",
    bad="""
from trl import SFTConfig, SFTTrainer

args = SFTConfig(learning_rate=5e-3, eval_strategy="epoch")
trainer = SFTTrainer("Qwen/Qwen3-4B", args=args, train_dataset=rows, eval_dataset=held_out)
""",
    good="""
from trl import SFTConfig, SFTTrainer

args = SFTConfig(learning_rate=2e-5, eval_strategy="epoch")
trainer = SFTTrainer("Qwen/Qwen3-4B", args=args, train_dataset=rows, eval_dataset=held_out)
""",
)
def sft_learning_rate(script: Script) -> Iterator[Spot]:
    """The learning rate is far outside what works for supervised fine-tuning.

    The band is 1e-5 to 5e-5 for all weights and 1e-4 to 5e-4 for LoRA, which takes some ten times
    more; a warning beyond five times outside (the factor is ours: good rates differ that much
    between tasks). Where the code does not tell whether adapters are trained, the band reaches over
    both. Silent for a local model with less than 300 MB of weights and for one that is called tiny:
    the smaller a model, the higher the rate that it takes.
    """
    yield from _judged(script, {"sft", "lora"}, "supervised fine-tuning")


@rule(
    "L102",
    "preference_learning_rate",
    "warning",
    source="TRL's default of 1e-6 for DPO; huggingface/trl#1236, where 1e-4 diverges",
    bad="""
from trl import DPOConfig, DPOTrainer

args = DPOConfig(learning_rate=2e-4, eval_strategy="epoch")
trainer = DPOTrainer("Qwen/Qwen3-4B", args=args, train_dataset=pairs, eval_dataset=held_out)
""",
    good="""
from trl import DPOConfig, DPOTrainer

args = DPOConfig(learning_rate=1e-6, eval_strategy="epoch")
trainer = DPOTrainer("Qwen/Qwen3-4B", args=args, train_dataset=pairs, eval_dataset=held_out)
""",
)
def preference_learning_rate(script: Script) -> Iterator[Spot]:
    """The learning rate is one of supervised fine-tuning, not of preference optimisation.

    DPO and KTO take 5e-7 to 2e-6 for all weights and 2e-6 to 2e-5 for LoRA, ORPO 1e-6 to 1e-5 and
    5e-6 to 1e-4. Above five times that, rewards run away while the accuracy stays at chance; below
    a fifth, hardly anything moves.
    """
    yield from _judged(script, {"dpo", "kto", "orpo"}, "preference optimisation")


@rule(
    "L103",
    "grpo_learning_rate",
    "warning",
    source="TRL's default of 1e-6 for GRPO; LoRA Without Regret (Thinking Machines, 2025)",
    bad="""
from trl import GRPOConfig, GRPOTrainer

args = GRPOConfig(learning_rate=2e-4)
trainer = GRPOTrainer("Qwen/Qwen3-4B", reward_funcs=[score], args=args, train_dataset=prompts)
""",
    good="""
from trl import GRPOConfig, GRPOTrainer

args = GRPOConfig(learning_rate=1e-6)
trainer = GRPOTrainer("Qwen/Qwen3-4B", reward_funcs=[score], args=args, train_dataset=prompts)
""",
)
def grpo_learning_rate(script: Script) -> Iterator[Spot]:
    """The learning rate is far outside what works for reinforcement learning.

    GRPO and RLOO take 5e-7 to 2e-6 for all weights and 1e-6 to 2e-5 for LoRA. Above five times
    that, the policy leaves the region where its samples say anything; below a fifth, it hardly
    moves.
    """
    yield from _judged(script, {"grpo"}, "reinforcement learning")


def _judged(script: Script, methods: set[Method], what: str) -> Iterator[Spot]:
    method = script.code.method
    rate = script.setting("learning_rate")
    if method not in methods or rate is None or isinstance(rate.value, bool):
        return
    if not isinstance(rate.value, int | float) or rate.value < 0 or _is_small(script):
        return
    band, kind = _band("sft" if method == "lora" else method, script.lora)
    value = float(rate.value)
    if value > band.high * FACTOR:
        off = f"{value / band.high:.3g} times above"
        better = band.high
    elif value < band.low / FACTOR:
        off = f"{band.low / value:.3g} times below" if value else "below"
        better = band.low
    else:
        return
    usual = f"{spell(band.low, '1e-5')} to {spell(band.high, '1e-5')}"
    yield script.at_setting(
        "learning_rate",
        f"The learning rate {rate.text} is {off} the usual {usual} of {what}{kind}.",
        script.setting_fix("learning_rate", better),
    )


def _band(method: Method, lora: bool | None) -> tuple[Band, str]:
    full, adapters = FULL[method], ADAPTERS[method]
    if lora is None:
        return Band(full.low, adapters.high), ""
    return (adapters, " with LoRA") if lora else (full, " of all weights")


def _is_small(script: Script) -> bool:
    """Whether the base model is a folder with few weights, or says that it is tiny."""
    for guess in base_models(script.code):
        if "tiny" in guess.value.lower().split("/")[-1].replace("-", " ").replace("_", " ").split():
            return True
        folder = script.code.root / guess.value
        if folder.is_dir():
            return 0 < sum(map(_size, folder.glob("*.safetensors"))) < SMALL
    return False


def _size(file: Path) -> int:
    try:
        return file.stat().st_size
    except OSError:
        return 0
