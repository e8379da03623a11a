"""Groups of completions in GRPO and RLOO"""

import ast
from collections.abc import Iterator

from ..rule import Spot, rule
from ..script import Script

_GENERATIONS = {"GRPOConfig": 8, "RLOOConfig": 2}
"""TRL's defaults of `num_generations`."""


@rule(
    "L611",
    "groups_do_not_divide",
    "warning",
    source="TRL, `GRPOConfig.__post_init__`: generation_batch_size must be divisible",
    bad="""
from trl import GRPOConfig, GRPOTrainer

args = GRPOConfig(per_device_train_batch_size=4, num_generations=6)
trainer = GRPOTrainer("Qwen/Qwen3-4B", reward_funcs=[score], args=args, train_dataset=prompts)
""",
    good="""
from trl import GRPOConfig, GRPOTrainer

args = GRPOConfig(per_device_train_batch_size=6, num_generations=6)
trainer = GRPOTrainer("Qwen/Qwen3-4B", reward_funcs=[score], args=args, train_dataset=prompts)
""",
)
def groups_do_not_divide(script: Script) -> Iterator[Spot]:
    """The batch of a device does not hold whole groups of generations.

    `per_device_train_batch_size` times the steps per generation (those of accumulation, unless it
    is set) must be a multiple of `num_generations`. On one device the configuration stops with a
    ValueError; several devices can make it fit. Silent for Unsloth, which enlarges the batch.
    """
    name = script.code.config_name
    if name not in _GENERATIONS or script.code.config is None or script.says("unsloth"):
        return
    group = script.number("num_generations", _GENERATIONS[name])
    batch = script.number("generation_batch_size")
    if batch is None:
        if not script.absent("generation_batch_size"):
            return
        each = script.number("per_device_train_batch_size", 8)
        steps = script.number("steps_per_generation")
        if steps is None and script.absent("steps_per_generation"):
            steps = script.number("gradient_accumulation_steps", 1)
        if each is None or steps is None:
            return
        batch = each * steps
    if group is None or group < 2 or batch % group == 0:
        return
    yield script.at_setting(
        "num_generations",
        f"On one device {batch:g} completions are generated at a time, which does not hold whole "
        f"groups of {group:g}.",
    )


@rule(
    "L612",
    "group_of_one",
    "error",
    source="TRL, `GRPOConfig.__post_init__`: raises a ValueError",
    bad="""
from trl import GRPOConfig, GRPOTrainer

args = GRPOConfig(num_generations=1)
trainer = GRPOTrainer("Qwen/Qwen3-4B", reward_funcs=[score], args=args, train_dataset=prompts)
""",
    good="""
from trl import GRPOConfig, GRPOTrainer

args = GRPOConfig(num_generations=8)
trainer = GRPOTrainer("Qwen/Qwen3-4B", reward_funcs=[score], args=args, train_dataset=prompts)
""",
)
def group_of_one(script: Script) -> Iterator[Spot]:
    """A group of one completion has no other to be compared with, so it has no advantage.

    The configuration stops with a ValueError.
    """
    count = script.number("num_generations")
    if script.code.config_name in _GENERATIONS and count is not None and count < 2:
        yield script.at_setting(
            "num_generations",
            f"num_generations={count:g} leaves nothing to compare a completion with; at least 2.",
            script.setting_fix("num_generations", 8),
        )


@rule(
    "L613",
    "generations_are_alike",
    "error",
    source="DeepSeekMath (arXiv 2402.03300): the advantage is relative to the group's mean",
    bad="""
from trl import GRPOConfig, GRPOTrainer

args = GRPOConfig(temperature=0.0)
trainer = GRPOTrainer("Qwen/Qwen3-4B", reward_funcs=[score], args=args, train_dataset=prompts)
""",
    good="""
from trl import GRPOConfig, GRPOTrainer

args = GRPOConfig(temperature=1.0)
trainer = GRPOTrainer("Qwen/Qwen3-4B", reward_funcs=[score], args=args, train_dataset=prompts)
""",
)
def generations_are_alike(script: Script) -> Iterator[Spot]:
    """All completions of a group are the same, so every advantage is zero and nothing is learned.

    Greedy decoding: a `temperature` of 0, `top_k=1`, or `top_p=0`.
    """
    if script.code.config_name not in _GENERATIONS:
        return
    greedy = {"temperature": 0, "top_k": 1, "top_p": 0}
    for name, limit in greedy.items():
        value = script.number(name)
        if value is not None and script.setting(name) and value == limit:
            yield script.at_setting(
                name,
                f"{name}={value:g} makes all completions of a group alike, so nothing is learned.",
                script.setting_fix("temperature", 1.0)
                if name == "temperature"
                else script.removal(name),
            )


@rule(
    "L614",
    "synced_without_reference",
    "error",
    source="TRL, `GRPOTrainer.__init__`: raises a ValueError",
    bad="""
from trl import GRPOConfig, GRPOTrainer

args = GRPOConfig(sync_ref_model=True)
trainer = GRPOTrainer("Qwen/Qwen3-4B", reward_funcs=[score], args=args, train_dataset=prompts)
""",
    good="""
from trl import GRPOConfig, GRPOTrainer

args = GRPOConfig(sync_ref_model=True, beta=0.04)
trainer = GRPOTrainer("Qwen/Qwen3-4B", reward_funcs=[score], args=args, train_dataset=prompts)
""",
)
def synced_without_reference(script: Script) -> Iterator[Spot]:
    """The reference model is to be synchronised, but `beta` is 0, so there is none.

    Since TRL 0.17 `beta` is 0 unless it is set, and the trainer stops with a ValueError.
    """
    if script.code.config_name != "GRPOConfig" or not script.flag("sync_ref_model"):
        return
    if script.number("beta", 0.0) == 0:
        yield script.at_setting(
            "sync_ref_model",
            "There is no reference model to synchronise: beta is 0.",
            script.removal("sync_ref_model"),
        )


@rule(
    "L615",
    "weights_do_not_match",
    "error",
    source="TRL, `GRPOTrainer.__init__`: raises a ValueError",
    bad="""
from trl import GRPOConfig, GRPOTrainer

args = GRPOConfig(reward_weights=[1.0, 0.2])
trainer = GRPOTrainer("Qwen/Qwen3-4B", reward_funcs=[exact], args=args, train_dataset=prompts)
""",
    good="""
from trl import GRPOConfig, GRPOTrainer

args = GRPOConfig(reward_weights=[1.0, 0.2])
trainer = GRPOTrainer(
    "Qwen/Qwen3-4B", reward_funcs=[exact, form], args=args, train_dataset=prompts
)
""",
)
def weights_do_not_match(script: Script) -> Iterator[Spot]:
    """There are more or fewer reward weights than reward functions.

    The trainer stops with a ValueError when it is made.
    """
    weights, functions = script.setting("reward_weights"), script.code.argument("reward_funcs")
    if weights is None or not isinstance(weights.value, list) or functions is None:
        return
    count = len(functions.elts) if isinstance(functions, ast.List | ast.Tuple) else 1
    if isinstance(functions, ast.Name | ast.Call | ast.BinOp | ast.ListComp):
        return  # it may be a list
    if any(isinstance(one, ast.Starred) for one in getattr(functions, "elts", [])):
        return
    if len(weights.value) != count:
        yield script.at_setting(
            "reward_weights",
            f"There are {len(weights.value)} reward weights for {count} reward functions.",
        )
