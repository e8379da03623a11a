"""The order of the rows, and how long they are"""

import ast
from collections.abc import Iterator

from ...workspace.settings import keyword
from ..edits import replacing
from ..origins import origins
from ..rule import Spot, rule
from ..script import Script

_LENGTHS = {"SFTConfig": 1024, "DPOConfig": 1024, "RewardConfig": 1024}
"""TRL's defaults of `max_length`."""
_ENOUGH = 20
"""Rows under which a sample says nothing of lengths."""
_CUT = 0.5
"""Share of the rows that must be cut before it is said."""


@rule(
    "L211",
    "no_shuffle",
    "warning",
    source="datasets documentation, IterableDataset.shuffle; google-research/tuning_playbook",
    bad="""
from datasets import load_dataset
from trl import SFTConfig, SFTTrainer

rows = load_dataset("HuggingFaceFW/fineweb-edu", split="train", streaming=True)
args = SFTConfig(max_steps=1000)
trainer = SFTTrainer("Qwen/Qwen3-4B", args=args, train_dataset=rows)
""",
    good="""
from datasets import load_dataset
from trl import SFTConfig, SFTTrainer

rows = load_dataset("HuggingFaceFW/fineweb-edu", split="train", streaming=True)
args = SFTConfig(max_steps=1000)
trainer = SFTTrainer(
    "Qwen/Qwen3-4B", args=args, train_dataset=rows.shuffle(seed=42, buffer_size=10_000)
)
""",
)
def no_shuffle(script: Script) -> Iterator[Spot]:
    """The rows are trained on in the order of the file.

    Trainers shuffle a `Dataset` by themselves, but not one that is streamed; and
    `train_sampling_strategy="sequential"` or `train_test_split(shuffle=False)` turns shuffling off.
    Sorted rows (by source, length or label) make the loss wander and bias the last steps.
    """
    site, rows = script.code.trainer, script.code.argument("train_dataset")
    if site is not None and rows is not None:
        for one in origins(script.code, site.module, rows):
            word = keyword(one.call, "streaming")
            streamed = word and isinstance(word.value, ast.Constant) and word.value.value is True
            if streamed and "shuffle" not in one.steps and not script.flag("shuffle_dataset"):
                message = "Streamed rows come in the order of the file; no trainer shuffles them."
                mended = f"{site.module.source(rows)}.shuffle(seed=42, buffer_size=10_000)"
                fix = replacing(site.module, rows, mended, "Shuffle the streamed rows")
                yield script.at(one.module, one.call, message, fix)
    if script.text("train_sampling_strategy") == "sequential":
        yield script.at_setting(
            "train_sampling_strategy",
            'train_sampling_strategy="sequential" trains on the rows in the order of the file.',
            script.removal("train_sampling_strategy"),
        )
    for site in script.calls("train_test_split"):
        word = keyword(site.call, "shuffle")
        if word and isinstance(word.value, ast.Constant) and word.value.value is False:
            message = "Without shuffling, the evaluation rows are the last ones of the file."
            yield script.at(site.module, word, message)


@rule(
    "L212",
    "no_seed",
    "information",
    source="PyTorch documentation, Reproducibility",
    bad="""
import random
from trl import SFTTrainer

rows = load_rows()
random.shuffle(rows)
trainer = SFTTrainer("Qwen/Qwen3-4B", train_dataset=to_dataset(rows))
""",
    good="""
import random
from trl import SFTTrainer

random.seed(42)
rows = load_rows()
random.shuffle(rows)
trainer = SFTTrainer("Qwen/Qwen3-4B", train_dataset=to_dataset(rows))
""",
)
def no_seed(script: Script) -> Iterator[Spot]:
    """Numbers are drawn before training without a seed, so no run can be repeated.

    A trainer seeds everything when it is made; what is drawn before (rows that are shuffled, a
    subset, new weights) differs from run to run. Said once a file, at the first draw outside of
    methods and reward functions: `random`, `numpy.random`, or `Dataset.shuffle()` without a seed.
    """
    if script.code.trainer is None or any(
        script.calls(
            "set_seed", "seed", "manual_seed", "seed_everything", "enable_full_determinism"
        )
    ):
        return
    rewards = _reward_functions(script)
    for module in script.modules:
        for call in module.calls:
            around = module.scope(call)
            named = around.name if isinstance(around, ast.FunctionDef) else ""
            # A method belongs to a game or a sampler, which draws while training goes on.
            if named in rewards or isinstance(module.parents.get(around), ast.ClassDef):
                continue
            if _draws(module.imports, call):
                name = module.source(call.func)
                message = f"{name}() draws without a seed, so no run can be repeated."
                yield script.at(module, call.func, message)
                return


def _draws(imports: dict[str, tuple[str, str | None]], call: ast.Call) -> bool:
    match call.func:
        case ast.Attribute(value=ast.Name(id=name), attr=drawn):
            if imports.get(name) == ("random", None):
                return drawn in {"shuffle", "sample", "choice", "choices", "random", "randint"}
            return drawn == "shuffle" and not call.args and not call.keywords
        case ast.Attribute(value=ast.Attribute(value=ast.Name(id=name), attr="random"), attr=drawn):
            numpy = imports.get(name) == ("numpy", None)
            return numpy and drawn in {"shuffle", "permutation", "choice", "rand", "randint"}
        case ast.Attribute(value=ast.Call(), attr="shuffle"):
            return not call.args and not call.keywords
    return False


def _reward_functions(script: Script) -> set[str]:
    node = script.code.argument("reward_funcs")
    found = ast.walk(node) if node is not None else iter(())
    return {one.id for one in found if isinstance(one, ast.Name)}


@rule(
    "L213",
    "rows_are_cut",
    "warning",
    source="TRL documentation, SFTConfig.max_length: longer sequences are truncated from the right",
    bad="""
import json
from datasets import Dataset
from trl import SFTConfig, SFTTrainer

rows = Dataset.from_list([json.loads(line) for line in open("data/train.jsonl")])
args = SFTConfig(max_length=16)
trainer = SFTTrainer("Qwen/Qwen3-4B", args=args, train_dataset=rows)
""",
    good="""
import json
from datasets import Dataset
from trl import SFTConfig, SFTTrainer

rows = Dataset.from_list([json.loads(line) for line in open("data/train.jsonl")])
args = SFTConfig(max_length=2048)
trainer = SFTTrainer("Qwen/Qwen3-4B", args=args, train_dataset=rows)
""",
)
def rows_are_cut(script: Script) -> Iterator[Spot]:
    """`max_length` is below the length of most rows, so their answers are cut off.

    The first 200 rows of the local training files are measured, at five characters a token, which
    is rather too few tokens than too many; said when more than half of them are longer. The end of
    a row is its answer and its end-of-sequence token: a model that never sees them does not stop.
    Silent for packing, which cuts nothing off, and where no local file is named.
    """
    config = script.code.config_name
    if config not in _LENGTHS or script.flag("packing", False) is not False:
        return
    limit = script.number("max_length", _LENGTHS[config])
    if limit is None or script.code.trainer is None:
        return
    for file in script.train_files:
        sample = script.samples.of(script.code.root, file.path)
        if sample is None or sample.rows < _ENOUGH or sample.share_above(limit) <= _CUT:
            continue
        tokens = sample.median_tokens
        room = 1 << max(1, int(max(sample.lengths) / 3)).bit_length()
        yield script.at_setting(
            "max_length",
            f"max_length={limit:g} cuts most rows of {file.path}: half of its first "
            f"{sample.rows} have more than {tokens} tokens.",
            script.setting_fix("max_length", room),
        )
        return
