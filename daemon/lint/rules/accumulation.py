"""The batch that a step really sees"""

import ast
from collections.abc import Iterator

from ...workspace.settings import PythonModule
from ..definitions import name_place
from ..rule import Spot, rule
from ..script import Script

_TRAINERS = {"Trainer", "Seq2SeqTrainer", "SFTTrainer", "RewardTrainer"}


@rule(
    "L511",
    "batch_does_not_divide",
    "warning",
    source="transformers documentation, gradient accumulation: the effective batch is the product",
    bad="""
from trl import SFTConfig, SFTTrainer

BATCH, MICRO = 100, 32
args = SFTConfig(
    per_device_train_batch_size=MICRO, gradient_accumulation_steps=BATCH // MICRO
)
trainer = SFTTrainer("Qwen/Qwen3-4B", args=args, train_dataset=rows)
""",
    good="""
from trl import SFTConfig, SFTTrainer

BATCH, MICRO = 128, 32
args = SFTConfig(
    per_device_train_batch_size=MICRO, gradient_accumulation_steps=BATCH // MICRO
)
trainer = SFTTrainer("Qwen/Qwen3-4B", args=args, train_dataset=rows)
""",
)
def batch_does_not_divide(script: Script) -> Iterator[Spot]:
    """The steps of accumulation are rounded down, so the batch is another one than it says.

    `100 // 32` are 3 steps: an effective batch of 96; and `16 // 32` are none at all.
    """
    for module, word in script.nodes(ast.keyword):
        if word.arg != "gradient_accumulation_steps":
            continue
        division = _division(module, word.value)
        if division is None:
            continue
        whole, part = (_number(script, module, side) for side in (division.left, division.right))
        if whole is None or not part or whole % part == 0:
            continue
        steps = int(whole // part)
        yield script.at(
            module,
            word,
            f"{whole:g} // {part:g} is {steps}, so the effective batch is {steps * part:g}, not "
            f"{whole:g}.",
        )


def _division(module: PythonModule, node: ast.expr) -> ast.BinOp | None:
    if isinstance(node, ast.Name):
        bound = [one for s in module.scopes(node) for one in module.bindings(s, node.id)]
        if len(bound) != 1 or bound[0].value is None:
            return None
        node = bound[0].value
    match node:
        case ast.BinOp(op=ast.FloorDiv()):
            return node
        case ast.Call(func=ast.Name(id="int"), args=[ast.BinOp(op=ast.Div()) as inner]):
            return inner
    return None


def _number(script: Script, module: PythonModule, node: ast.expr) -> float | None:
    found = script.code.setting_of(module, node)
    value = found.value if found else None
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


@rule(
    "L512",
    "loss_takes_no_count",
    "error",
    source="transformers, `Trainer.training_step`: compute_loss(..., num_items_in_batch=...)",
    bad="""
from transformers import Trainer

class WeightedTrainer(Trainer):
    def compute_loss(self, model, inputs, return_outputs=False):
        outputs = model(**inputs)
        return (outputs.loss, outputs) if return_outputs else outputs.loss
""",
    good="""
from transformers import Trainer

class WeightedTrainer(Trainer):
    def compute_loss(self, model, inputs, return_outputs=False, num_items_in_batch=None):
        outputs = model(**inputs, num_items_in_batch=num_items_in_batch)
        return (outputs.loss, outputs) if return_outputs else outputs.loss
""",
)
def loss_takes_no_count(script: Script) -> Iterator[Spot]:
    """A trainer's own `compute_loss` does not take `num_items_in_batch`, which it is called with.

    Since transformers 4.46 training stops with a TypeError at its first step. Silent for an older
    installed version.
    """
    if _is_older(script):
        return
    for module, function in _losses(script):
        arguments = function.args
        names = {one.arg for one in (*arguments.args, *arguments.kwonlyargs)}
        if "num_items_in_batch" not in names and arguments.kwarg is None:
            message = "compute_loss is called with num_items_in_batch, which it does not take."
            yield Spot(name_place(module, function), message)


@rule(
    "L513",
    "loss_ignores_accumulation",
    "warning",
    source="transformers, `Trainer.training_step`; Gradient accumulation (Hugging Face blog, 2024)",
    bad="""
from transformers import Trainer, TrainingArguments

class WeightedTrainer(Trainer):
    def compute_loss(self, model, inputs, return_outputs=False, num_items_in_batch=None):
        outputs = model(**inputs)
        loss = weighted(outputs.logits, inputs["labels"]).mean()
        return (loss, outputs) if return_outputs else loss

args = TrainingArguments(gradient_accumulation_steps=8)
trainer = WeightedTrainer(model, args, train_dataset=rows)
""",
    good="""
from transformers import Trainer, TrainingArguments

class WeightedTrainer(Trainer):
    def compute_loss(self, model, inputs, return_outputs=False, num_items_in_batch=None):
        outputs = model(**inputs)
        loss = weighted(outputs.logits, inputs["labels"]).sum() / num_items_in_batch
        return (loss, outputs) if return_outputs else loss

args = TrainingArguments(gradient_accumulation_steps=8)
trainer = WeightedTrainer(model, args, train_dataset=rows)
""",
)
def loss_ignores_accumulation(script: Script) -> Iterator[Spot]:
    """A loss of one's own is a mean over each micro-batch, so accumulation changes the step.

    For models that normalise by `num_items_in_batch`, as language models do, the trainer does not
    divide by `gradient_accumulation_steps`: a mean that ignores the count makes gradients that many
    times larger. Said where several steps are accumulated and `compute_loss` never uses the count,
    nor hands on to `super()`.
    """
    steps = script.number("gradient_accumulation_steps", 1)
    if steps is None or steps <= 1 or _is_older(script):
        return
    for module, function in _losses(script):
        names = {one.arg for one in (*function.args.args, *function.args.kwonlyargs)}
        if "num_items_in_batch" not in names or script.says("model_accepts_loss_kwargs"):
            continue
        used = any(
            isinstance(node, ast.Name) and node.id in {"num_items_in_batch", "super"}
            for node in ast.walk(function)
        )
        if not used:
            yield Spot(
                name_place(module, function),
                f"This loss ignores num_items_in_batch, so accumulating {steps:g} steps makes "
                f"gradients up to {steps:g} times larger.",
            )


def _losses(script: Script) -> Iterator[tuple[PythonModule, ast.FunctionDef]]:
    """`compute_loss` of the classes that derive from a trainer."""
    for module in script.modules:
        for made in module.classes.values():
            bases = {ast.unparse(base).rpartition(".")[2] for base in made.bases}
            if bases & _TRAINERS:
                for one in made.body:
                    if isinstance(one, ast.FunctionDef) and one.name == "compute_loss":
                        yield module, one


def _is_older(script: Script) -> bool:
    version = script.installed.versions.get("transformers", "") if script.installed else ""
    numbers = [int(part) for part in version.split(".")[:2] if part.isdigit()]
    return len(numbers) == 2 and tuple(numbers) < (4, 46)
