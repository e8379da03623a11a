"""Number formats, attention and caches"""

import ast
from collections.abc import Iterator

from ...workspace.settings import PythonModule, Site, keyword
from ..edits import adding, renaming
from ..rule import Fix, Spot, rule
from ..script import Script

_HALF = {"float16", "half", "fp16"}
_BRAIN = {"bfloat16", "bf16"}
_RAGGED = ("flash", "flex", "varlen", "kernels-community", "paged")


def _loads(script: Script) -> Iterator[tuple[Site, str]]:
    """Calls that load a model, each with the format of its weights."""
    for site in script.calls("from_pretrained"):
        if "Token" in site.module.source(site.call.func) or "Processor" in site.module.source(
            site.call.func
        ):
            continue
        word = keyword(site.call, "dtype") or keyword(site.call, "torch_dtype")
        if word is None:
            continue
        name = _format(script, site.module, word.value)
        if name is not None:
            yield site, name


def _format(script: Script, module: PythonModule, node: ast.expr) -> str | None:
    """`float16` of `torch.float16`, `"float16"`, or a name that stands for either."""
    match node:
        case ast.Attribute(value=ast.Name(id="torch"), attr=name):
            return name
        case ast.Constant(value=str(name)):
            return name.removeprefix("torch.")
        case ast.Name(id=name):
            for scope in module.scopes(node):
                bound = module.bindings(scope, name)
                if len(bound) == 1 and isinstance(bound[0].value, ast.Attribute | ast.Constant):
                    return _format(script, module, bound[0].value)
    return None


@rule(
    "L501",
    "two_formats",
    "error",
    source="transformers, `TrainingArguments.__post_init__`: raises a ValueError",
    bad="""
from trl import SFTConfig, SFTTrainer

args = SFTConfig(fp16=True, bf16=True)
trainer = SFTTrainer("Qwen/Qwen3-4B", args=args, train_dataset=rows)
""",
    good="""
from trl import SFTConfig, SFTTrainer

args = SFTConfig(bf16=True)
trainer = SFTTrainer("Qwen/Qwen3-4B", args=args, train_dataset=rows)
""",
)
def two_formats(script: Script) -> Iterator[Spot]:
    """`fp16` and `bf16` are both on; only one of them can be.

    The configuration stops with a ValueError.
    """
    if script.flag("fp16") and script.flag("bf16"):
        yield script.at_setting(
            "fp16", "fp16 and bf16 are both on; only one can be.", script.removal("fp16")
        )


@rule(
    "L502",
    "fp16_on_bf16_model",
    "warning",
    source="transformers documentation, mixed precision; google/gemma: fp16 overflows to inf",
    bad="""
import torch
from transformers import AutoModelForCausalLM
from trl import SFTConfig, SFTTrainer

model = AutoModelForCausalLM.from_pretrained("Qwen/Qwen3-4B", dtype=torch.bfloat16)
trainer = SFTTrainer(model, args=SFTConfig(fp16=True), train_dataset=rows)
""",
    good="""
import torch
from transformers import AutoModelForCausalLM
from trl import SFTConfig, SFTTrainer

model = AutoModelForCausalLM.from_pretrained("Qwen/Qwen3-4B", dtype=torch.bfloat16)
trainer = SFTTrainer(model, args=SFTConfig(bf16=True), train_dataset=rows)
""",
)
def fp16_on_bf16_model(script: Script) -> Iterator[Spot]:
    """A model in bfloat16 is trained in float16, whose range is far smaller.

    Activations that bfloat16 holds overflow to infinity in float16, and the gradient scaler does
    not work on bfloat16 weights. Said for weights that are loaded as bfloat16, and for Gemma, whose
    activations are known to overflow.
    """
    if script.flag("fp16") is not True:
        return
    for site, name in _loads(script):
        if name in _BRAIN:
            yield script.at_setting(
                "fp16",
                f"fp16 trains a model that line {site.call.lineno} loads in bfloat16.",
                *_to_bf16(script),
            )
            return
    model = script.code.argument("model")
    if isinstance(model, ast.Constant) and "gemma" in str(model.value).lower():
        yield script.at_setting(
            "fp16", "Gemma's activations overflow in float16; bf16 holds them.", *_to_bf16(script)
        )


def _to_bf16(script: Script) -> Iterator[Fix]:
    """The same keyword under the other name, with the value as it is."""
    site = script.code.config
    if site is not None and keyword(site.call, "fp16") and not keyword(site.call, "bf16"):
        yield renaming(site.module, site.call, "fp16", "bf16")


@rule(
    "L503",
    "fp16_weights",
    "error",
    source="PyTorch, GradScaler: `Attempting to unscale FP16 gradients`",
    bad="""
import torch
from transformers import AutoModelForCausalLM
from trl import SFTConfig, SFTTrainer

model = AutoModelForCausalLM.from_pretrained("Qwen/Qwen3-4B", dtype=torch.float16)
trainer = SFTTrainer(model, args=SFTConfig(fp16=True), train_dataset=rows)
""",
    good="""
import torch
from transformers import AutoModelForCausalLM
from trl import SFTConfig, SFTTrainer

model = AutoModelForCausalLM.from_pretrained("Qwen/Qwen3-4B", dtype=torch.float32)
trainer = SFTTrainer(model, args=SFTConfig(fp16=True), train_dataset=rows)
""",
)
def fp16_weights(script: Script) -> Iterator[Spot]:
    """Mixed precision in float16 needs weights in float32, but they are loaded in float16.

    The first optimiser step stops with "Attempting to unscale FP16 gradients". Silent where
    adapters may be trained, which are in float32.
    """
    if script.flag("fp16") is not True or script.lora is not False:
        return
    if script.says("BitsAndBytes", "load_in_", "deepspeed"):
        return
    for site, name in _loads(script):
        if name in _HALF:
            word = keyword(site.call, "dtype") or keyword(site.call, "torch_dtype")
            assert word is not None
            yield script.at(
                site.module, word, "fp16=True needs weights in float32, not in float16."
            )


@rule(
    "L504",
    "packing_without_attention",
    "warning",
    source="TRL documentation, reducing memory usage: packing and padding-free need FlashAttention",
    bad="""
from trl import SFTConfig, SFTTrainer

args = SFTConfig(packing=True, model_init_kwargs={"attn_implementation": "sdpa"})
trainer = SFTTrainer("Qwen/Qwen3-4B", args=args, train_dataset=rows)
""",
    good="""
from trl import SFTConfig, SFTTrainer

args = SFTConfig(packing=True, model_init_kwargs={"attn_implementation": "flash_attention_2"})
trainer = SFTTrainer("Qwen/Qwen3-4B", args=args, train_dataset=rows)
""",
)
def packing_without_attention(script: Script) -> Iterator[Spot]:
    """Packed rows see each other: the attention does not know where one ends.

    TRL packs without padding (`packing_strategy` "bfd"), for which the attention must take the
    boundaries from the positions: FlashAttention and FlexAttention do. Said where the code names
    another implementation, or names none anywhere.
    """
    if script.code.trainer_name != "SFTTrainer" or script.says("unsloth"):
        return
    packing, free = script.flag("packing", False), script.flag("padding_free", False)
    if not packing and not free:
        return
    if not free and script.text("packing_strategy", "bfd") not in {"bfd", "bfd_split"}:
        return
    if script.says(*_RAGGED):
        return
    name = "packing" if packing else "padding_free"
    model = script.code.argument("model")
    loaded = [site for site in script.calls("from_pretrained") if _is_model(site)]
    if script.says("attn_implementation") and not _names_another(script):
        return
    if not (isinstance(model, ast.Constant) or loaded):
        return
    fixes = [
        adding(site.module, site.call, "attn_implementation", '"flash_attention_2"')
        for site in loaded[:1]
        if keyword(site.call, "attn_implementation") is None
    ]
    yield script.at_setting(
        name, f"{name} needs FlashAttention: with another attention, rows see each other.", *fixes
    )


def _is_model(site: Site) -> bool:
    return "AutoModel" in site.module.source(site.call.func)


def _names_another(script: Script) -> bool:
    """Whether an implementation without boundaries is named outright."""
    named: list[object] = []
    for module in script.modules:
        for node in module.nodes:
            match node:
                case ast.keyword(arg="attn_implementation", value=ast.Constant(value=name)):
                    named.append(name)
                case ast.Dict(keys=keys, values=values):
                    named += [
                        getattr(value, "value", None)
                        for key, value in zip(keys, values, strict=True)
                        if isinstance(key, ast.Constant) and key.value == "attn_implementation"
                    ]
    return bool(named) and all(name in {"sdpa", "eager"} for name in named)


@rule(
    "L505",
    "cache_while_checkpointing",
    "hint",
    source="transformers, gradient checkpointing: `use_cache=True` is incompatible and turned off",
    bad="""
from transformers import AutoModelForCausalLM
from trl import SFTConfig, SFTTrainer

model = AutoModelForCausalLM.from_pretrained("Qwen/Qwen3-4B", use_cache=True)
trainer = SFTTrainer(model, args=SFTConfig(gradient_checkpointing=True), train_dataset=rows)
""",
    good="""
from transformers import AutoModelForCausalLM
from trl import SFTConfig, SFTTrainer

model = AutoModelForCausalLM.from_pretrained("Qwen/Qwen3-4B", use_cache=False)
trainer = SFTTrainer(model, args=SFTConfig(gradient_checkpointing=True), train_dataset=rows)
""",
)
def cache_while_checkpointing(script: Script) -> Iterator[Spot]:
    """The key-value cache is asked for, which gradient checkpointing has no use for.

    transformers turns it off with a warning in each run.
    """
    if script.flag("gradient_checkpointing") is not True:
        return
    for site in script.calls("from_pretrained"):
        word = keyword(site.call, "use_cache")
        if word and isinstance(word.value, ast.Constant) and word.value.value is True:
            yield script.at(
                site.module, word, "Gradient checkpointing turns the cache off; use_cache=False."
            )
