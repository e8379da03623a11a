"""Which rows train and which rows judge"""

import ast
import re
from collections.abc import Iterator

from ...workspace.data_files import SUFFIXES
from ...workspace.settings import called
from ..benchmarks import EVERY, SPLITS, is_benchmark
from ..edits import adding
from ..origins import Origin, origins
from ..rule import Spot, rule
from ..script import Script

_TEST = re.compile(r"test(?:$|[^a-z])")
_TEST_FILE = re.compile(r"(?:^|[^a-z])test(?:[^a-z]|$)")


@rule(
    "L201",
    "trains_on_test",
    "error",
    source="the meaning of a test split; huggingface/open-r1, scripts/decontaminate.py",
    bad="""
from datasets import load_dataset
from trl import SFTTrainer

rows = load_dataset("trl-lib/Capybara", split="test")
trainer = SFTTrainer("Qwen/Qwen3-4B", train_dataset=rows)
""",
    good="""
from datasets import load_dataset
from trl import SFTTrainer

rows = load_dataset("trl-lib/Capybara", split="train")
trainer = SFTTrainer("Qwen/Qwen3-4B", train_dataset=rows)
""",
)
def trains_on_test(script: Script) -> Iterator[Spot]:
    """A test split is trained on.

    The rows are followed from `train_dataset=` through `map`, `filter`, `concatenate_datasets` and
    the like back to `load_dataset`. The test side of a `train_test_split` counts, too, and so does
    a local file whose name says `test`.
    """
    for one in _training(script):
        if one.name is not None and is_benchmark(one.name, one.splits):
            continue  # L202 says more
        where = _test_of(one)
        if where is not None:
            message = f"The model is trained on {where}, which is there to test it."
            yield script.at(one.module, one.call, message)


@rule(
    "L202",
    "trains_on_benchmark",
    "error",
    source="huggingface/open-r1, scripts/decontaminate.py; the data sets' pages on the Hub",
    bad="""
from datasets import load_dataset
from trl import GRPOTrainer

prompts = load_dataset("Idavidrein/gpqa", "gpqa_main", split="train")
trainer = GRPOTrainer("Qwen/Qwen3-4B", reward_funcs=[score], train_dataset=prompts)
""",
    good="""
from datasets import load_dataset
from trl import GRPOTrainer

prompts = load_dataset("open-r1/DAPO-Math-17k-Processed", "en", split="train")
trainer = GRPOTrainer("Qwen/Qwen3-4B", reward_funcs=[score], train_dataset=prompts)
""",
)
def trains_on_benchmark(script: Script) -> Iterator[Spot]:
    """A known benchmark is trained on.

    Several benchmarks have a single split that is called `train` (GPQA, AIME, IFEval): its name
    does not make it training data. After this, the model's score on the benchmark says nothing.
    """
    for one in _training(script):
        if one.name is None or not is_benchmark(one.name, one.splits):
            continue
        every = SPLITS[one.name.lower()] == EVERY
        splits = ", ".join(sorted(one.splits))
        which = "whatever its split is called" if every else f"as its split {splits}"
        message = (
            f"{one.name} is a benchmark, {which}; a model trained on it can't be scored by it."
        )
        yield script.at(one.module, one.call, message)


@rule(
    "L203",
    "evaluates_on_training_rows",
    "warning",
    source="google-research/tuning_playbook: validation data must not be trained on",
    bad="""
from datasets import load_dataset
from trl import SFTConfig, SFTTrainer

rows = load_dataset("trl-lib/Capybara", split="train")
trainer = SFTTrainer(
    "Qwen/Qwen3-4B",
    args=SFTConfig(eval_strategy="epoch"),
    train_dataset=rows,
    eval_dataset=rows.select(range(200)),
)
""",
    good="""
from datasets import load_dataset
from trl import SFTConfig, SFTTrainer

rows = load_dataset("trl-lib/Capybara", split="train")
sides = rows.train_test_split(test_size=200, seed=42)
trainer = SFTTrainer(
    "Qwen/Qwen3-4B",
    args=SFTConfig(eval_strategy="epoch"),
    train_dataset=sides["train"],
    eval_dataset=sides["test"],
)
""",
)
def evaluates_on_training_rows(script: Script) -> Iterator[Spot]:
    """The evaluation set holds rows that are trained on.

    Its loss then falls with the training loss whatever happens, and overfitting can't be seen.
    Said when both come from the same split and training leaves none of its rows out.
    """
    site, held_out = script.code.trainer, script.code.argument("eval_dataset")
    if site is None or held_out is None:
        return
    trained = _training(script)
    for one in origins(script.code, site.module, held_out):
        for other in trained:
            if _holds(other, one):
                what = "the rows" if not one.choices else "some of the rows"
                message = f"The evaluation set is made of {what} that the model is trained on."
                yield script.at(site.module, held_out, message)
                return


@rule(
    "L204",
    "unseeded_split",
    "warning",
    source="datasets documentation, Dataset.train_test_split: without a seed each run splits anew",
    bad="""
from datasets import load_dataset
from trl import SFTConfig, SFTTrainer

sides = load_dataset("trl-lib/Capybara", split="train").train_test_split(test_size=0.1)
trainer = SFTTrainer(
    "Qwen/Qwen3-4B",
    args=SFTConfig(eval_strategy="epoch"),
    train_dataset=sides["train"],
    eval_dataset=sides["test"],
)
""",
    good="""
from datasets import load_dataset
from trl import SFTConfig, SFTTrainer

sides = load_dataset("trl-lib/Capybara", split="train").train_test_split(test_size=0.1, seed=42)
trainer = SFTTrainer(
    "Qwen/Qwen3-4B",
    args=SFTConfig(eval_strategy="epoch"),
    train_dataset=sides["train"],
    eval_dataset=sides["test"],
)
""",
)
def unseeded_split(script: Script) -> Iterator[Spot]:
    """The split into training and evaluation rows is drawn anew by each run.

    Two runs are then judged on different rows, and a model that is trained on has seen rows of the
    other split. Silent where a seed is set for NumPy or by `set_seed`, which `datasets` draws from,
    and where nothing is shuffled.
    """
    if any(script.calls("set_seed", "seed_everything")) or script.says("random.seed("):
        return
    for site in script.calls("train_test_split"):
        names = {word.arg for word in site.call.keywords}
        if not isinstance(site.call.func, ast.Attribute) or None in names:
            continue
        if names & {"seed", "generator", "shuffle", "random_state"}:
            continue
        with_seed = adding(site.module, site.call, "seed", "42")
        message = "This split has no seed, so each run trains and evaluates on other rows."
        yield script.at(site.module, site.call, message, with_seed)


def _training(script: Script) -> list[Origin]:
    site, node = script.code.trainer, script.code.argument("train_dataset")
    return origins(script.code, site.module, node) if site and node is not None else []


def _test_of(one: Origin) -> str | None:
    """How to call the test rows that an origin is; None: it is none."""
    if one.part is not None:
        return "the test side of the split" if one.part == "test" else _test_split(one)
    return _test_split(one) or _test_file(one)


def _test_split(one: Origin) -> str | None:
    found = next((split for split in sorted(one.splits) if _TEST.match(split)), None)
    return f"the split {found} of {one.name or 'its data'}" if found else None


def _test_file(one: Origin) -> str | None:
    for node in ast.walk(one.call):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            name = node.value.rpartition("/")[2].lower()
            is_test = _TEST_FILE.search(name.rpartition(".")[0]) is not None
            # In a table of files the split decides, not that a test file stands in it.
            if name.endswith(SUFFIXES) and is_test and not _in_table(one.call):
                return node.value
    return None


def _in_table(call: ast.Call) -> bool:
    return any(isinstance(node, ast.Dict) for node in ast.walk(call))


def _holds(trained: Origin, judged: Origin) -> bool:
    """Whether rows that are judged are surely among those that are trained on."""
    if trained.source != judged.source:
        return False
    if None in {trained.split, judged.split}:
        # A data set without a split is a table of them, but for the loaders of one file.
        told = called(trained.call) not in {"load_dataset", "load_from_disk"}
        if trained.split is not judged.split or not (told or trained.call is judged.call):
            return False
    elif trained.split != judged.split and (
        # `train` holds `train[:100]`; two slices may be apart.
        "[" in (trained.split or "") or not judged.splits <= trained.splits
    ):
        return False
    if trained.part not in {None, judged.part}:
        return False
    if trained.choices and "shuffle" in (*trained.steps, *judged.steps):
        return False
    return trained.choices == judged.choices[: len(trained.choices)]
