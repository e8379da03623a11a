"""LoRA and quantised weights"""

import ast
from collections.abc import Iterator

from ...workspace.settings import keyword
from ..edits import removing
from ..rule import Spot, rule
from ..script import Script

_ATTENTION = {
    "q_proj", "k_proj", "v_proj", "o_proj", "qkv_proj", "out_proj", "query_key_value", "c_attn",
    "q", "k", "v", "o", "query", "key", "value", "Wqkv",
}  # fmt: skip


@rule(
    "L701",
    "attention_only",
    "information",
    source="LoRA Without Regret (Thinking Machines, 2025)",
    bad="""
from peft import LoraConfig
from trl import SFTTrainer

adapter = LoraConfig(r=16, lora_alpha=32, target_modules=["q_proj", "v_proj"])
trainer = SFTTrainer("Qwen/Qwen3-4B", train_dataset=rows, peft_config=adapter)
""",
    good="""
from peft import LoraConfig
from trl import SFTTrainer

adapter = LoraConfig(r=16, lora_alpha=32, target_modules="all-linear")
trainer = SFTTrainer("Qwen/Qwen3-4B", train_dataset=rows, peft_config=adapter)
""",
)
def attention_only(script: Script) -> Iterator[Spot]:
    """LoRA adapts the attention only, though most of the model's knowledge is in its other layers.

    At the same number of trained parameters, adapters on all linear layers learn clearly more.
    """
    found = script.setting("target_modules")
    if found is None or not isinstance(found.value, list) or not found.value:
        return
    names = {str(name).rpartition(".")[2] for name in found.value}
    if names <= _ATTENTION and script.code.method in {"lora", "sft", "dpo", "grpo", "kto", "orpo"}:
        yield script.at_setting(
            "target_modules",
            "These adapters reach the attention only; all linear layers learn more.",
            script.setting_fix("target_modules", "all-linear"),
        )


@rule(
    "L702",
    "weak_adapter",
    "information",
    source="PEFT documentation, LoraConfig: updates are scaled by lora_alpha / r, of default 8",
    bad="""
from peft import LoraConfig
from trl import SFTTrainer

adapter = LoraConfig(r=128)
trainer = SFTTrainer("Qwen/Qwen3-4B", train_dataset=rows, peft_config=adapter)
""",
    good="""
from peft import LoraConfig
from trl import SFTTrainer

adapter = LoraConfig(r=128, lora_alpha=128)
trainer = SFTTrainer("Qwen/Qwen3-4B", train_dataset=rows, peft_config=adapter)
""",
)
def weak_adapter(script: Script) -> Iterator[Spot]:
    """A rank is set without `lora_alpha`, so the default of 8 scales the adapter down.

    The update is multiplied by `lora_alpha / r`: a rank of 128 learns with a sixteenth of the
    strength that a rank of 8 has. Said from a rank of 32 on.
    """
    rank = script.number("r")
    adapter = script.code.adapter
    if rank is None or rank < 32 or adapter is None or adapter.name != "LoraConfig":
        return
    if any(word.arg is None for word in adapter.call.keywords) or adapter.call.args:
        return
    if keyword(adapter.call, "lora_alpha") or keyword(adapter.call, "use_rslora"):
        return
    yield script.at_setting(
        "r",
        f"With r={rank:g} and the default lora_alpha of 8, the adapter is scaled by {8 / rank:g}.",
        script.setting_fix("lora_alpha", int(rank)),
    )


@rule(
    "L703",
    "quantised_without_adapter",
    "error",
    source="transformers, `validate_quantization_for_training`: raises a ValueError",
    bad="""
from transformers import AutoModelForCausalLM, BitsAndBytesConfig
from trl import SFTTrainer

small = BitsAndBytesConfig(load_in_4bit=True)
model = AutoModelForCausalLM.from_pretrained("Qwen/Qwen3-4B", quantization_config=small)
trainer = SFTTrainer(model, train_dataset=rows)
""",
    good="""
from peft import LoraConfig
from transformers import AutoModelForCausalLM, BitsAndBytesConfig
from trl import SFTTrainer

small = BitsAndBytesConfig(load_in_4bit=True)
model = AutoModelForCausalLM.from_pretrained("Qwen/Qwen3-4B", quantization_config=small)
trainer = SFTTrainer(model, train_dataset=rows, peft_config=LoraConfig())
""",
)
def quantised_without_adapter(script: Script) -> Iterator[Spot]:
    """A model in 4 or 8 bits is trained without adapters, which can't be.

    Quantised weights have no gradients; the trainer stops with a ValueError.
    """
    if script.code.trainer is None or script.lora is not False:
        return
    for module, word in script.nodes(ast.keyword):
        is_on = isinstance(word.value, ast.Constant) and word.value.value is True
        if word.arg in {"load_in_4bit", "load_in_8bit"} and is_on:
            message = "A quantised model can only be trained through adapters; none is set up."
            yield script.at(module, word, message)
            return


@rule(
    "L704",
    "two_adapters",
    "error",
    source="TRL, `SFTTrainer.__init__`: raises a ValueError",
    bad="""
from peft import LoraConfig, get_peft_model
from trl import SFTTrainer

adapter = LoraConfig()
model = get_peft_model(model, adapter)
trainer = SFTTrainer(model, train_dataset=rows, peft_config=adapter)
""",
    good="""
from peft import LoraConfig
from trl import SFTTrainer

adapter = LoraConfig()
trainer = SFTTrainer(model, train_dataset=rows, peft_config=adapter)
""",
)
def two_adapters(script: Script) -> Iterator[Spot]:
    """The model has its adapter already, and the trainer is to give it another one.

    TRL stops with a ValueError; older versions train an adapter on an adapter.
    """
    site, model = script.code.trainer, script.code.argument("model")
    if site is None or not isinstance(model, ast.Name) or not script.takes("peft_config"):
        return
    word = keyword(site.call, "peft_config")
    for scope in site.module.scopes(model):
        bound = [one for one in site.module.bindings(scope, model.id) if one.value is not None]
        if not bound:
            continue
        last = bound[-1].value
        made = isinstance(last, ast.Call) and isinstance(last.func, ast.Name)
        if word is not None and made and last.func.id == "get_peft_model":  # type: ignore[union-attr]
            yield script.at(
                site.module,
                word,
                "The model has an adapter from get_peft_model already.",
                removing(site.module, site.call, "peft_config"),
            )
        return
