"""Secrets, and jobs on other machines"""

import ast
import re
from collections.abc import Iterator

from ...workspace.data_files import data_files
from ...workspace.redaction import Redaction
from ...workspace.settings import PythonModule, called
from ..rule import Spot, rule
from ..script import Script

_WANDB = re.compile(r"[0-9a-f]{40}")
_SHORTEST = 8
"""Different characters of a real secret; `hf_xxxxxxxxxxxxxxxxxxxxxxxx` has four."""
_REMOTE = re.compile(r"\bhf jobs (?:uv )?run\b|\brun_(?:uv_)?job\(|^import modal\b", re.MULTILINE)
_OWN_FOLDER = re.compile(r"(?:/home/|/Users/|~/|[A-Za-z]:\\)[\w.-]")
_LEAVING = (
    "push_to_hub", "upload_folder", "upload_file", "create_commit", "Volume", "s3://", "gs://",
    "push_to_hub_merged", "hub_model_id", "boto3",
)  # fmt: skip

_secrets = Redaction({})


@rule(
    "L901",
    "hard_coded_token",
    "error",
    source="the shapes that Hugging Face, OpenAI, GitHub and others publish for secret scanners",
    bad="""
from huggingface_hub import login
from trl import SFTTrainer

login(token="hf_aBcDeFgHiJkLmNoPqRsTuVwXyZ0123456789")
""",
    good="""
import os

from huggingface_hub import login
from trl import SFTTrainer

login(token=os.environ["HF_TOKEN"])
""",
)
def hard_coded_token(script: Script) -> Iterator[Spot]:
    """A secret stands in the code, and goes wherever the code goes.

    Revoke it: it is in the history of the repository even when it is deleted. Placeholders such as
    `hf_xxxx` are none.
    """
    for module, node in script.nodes(ast.Constant):
        value = node.value
        if not isinstance(value, str) or not 20 <= len(value) <= 500:
            continue
        if len(set(value)) - 3 < _SHORTEST or isinstance(module.parents.get(node), ast.Expr):
            continue
        # Names such as `sk-learn-random-forest-v2` have no capitals, keys do.
        looks = value != value.lower() and not re.search(r"\s|://", value)
        is_secret = looks and _secrets.text(value) != value
        if is_secret or (_WANDB.fullmatch(value) and _is_key(module, node)):
            yield script.at(module, node, "A secret stands in the code; revoke it.")


def _is_key(module: PythonModule, node: ast.expr) -> bool:
    """Whether a text without a shape of its own is given as a key."""
    match module.parents.get(node):
        case ast.keyword(arg="key" | "api_key" | "token"):
            return True
        case ast.Call() as call:
            return called(call) == "login"
        case ast.Assign(targets=[target]):
            return re.search(r"KEY|TOKEN|SECRET", ast.unparse(target).upper()) is not None
    return False


@rule(
    "L902",
    "remote_job_keeps_nothing",
    "warning",
    source="Hugging Face Jobs documentation: the machine and its disk go when the job ends",
    bad='''
"""Run with: hf jobs uv run --flavor a10g-small train.py"""
from trl import SFTConfig, SFTTrainer

trainer = SFTTrainer("Qwen/Qwen3-4B", args=SFTConfig(), train_dataset=rows)
trainer.train()
trainer.save_model("outputs")
''',
    good='''
"""Run with: hf jobs uv run --flavor a10g-small --secrets HF_TOKEN train.py"""
from trl import SFTConfig, SFTTrainer

args = SFTConfig(push_to_hub=True, hub_model_id="me/model")
trainer = SFTTrainer("Qwen/Qwen3-4B", args=args, train_dataset=rows)
trainer.train()
''',
)
def remote_job_keeps_nothing(script: Script) -> Iterator[Spot]:
    """A script for a remote job pushes nothing, and its machine's disk goes with the job.

    Said for scripts that name `hf jobs run`, `run_job` or Modal, and that neither push to the Hub
    nor write to a volume or bucket.
    """
    if script.code.trainer is None or not _is_remote(script) or script.says(*_LEAVING):
        return
    yield script.at_setting(
        "push_to_hub",
        "The job's machine is gone when it ends, and its results with it: nothing is pushed.",
        script.setting_fix("push_to_hub", True),
    )


@rule(
    "L903",
    "local_path_in_remote_job",
    "warning",
    source="Hugging Face Jobs documentation: a job gets the script, not the folder around it",
    bad='''
"""Run with: hf jobs uv run --flavor a10g-small train.py"""
from datasets import load_dataset
from trl import SFTConfig, SFTTrainer

rows = load_dataset("json", data_files="/home/me/rows.jsonl", split="train")
args = SFTConfig(push_to_hub=True)
trainer = SFTTrainer("Qwen/Qwen3-4B", args=args, train_dataset=rows)
''',
    good='''
"""Run with: hf jobs uv run --flavor a10g-small train.py"""
from datasets import load_dataset
from trl import SFTConfig, SFTTrainer

rows = load_dataset("me/rows", split="train")
args = SFTConfig(push_to_hub=True)
trainer = SFTTrainer("Qwen/Qwen3-4B", args=args, train_dataset=rows)
''',
)
def local_path_in_remote_job(script: Script) -> Iterator[Spot]:
    """A script for a remote job reads a file of this machine, which is not there.

    Said for paths in somebody's own folder, and for data files of the repository, in scripts that
    name `hf jobs run` or `run_job`.
    """
    if not _is_remote(script) or script.says("import modal", "Volume"):
        return
    ours = {file.path for file in data_files(script.code.root, script.modules)}
    for module, node in script.nodes(ast.Constant):
        value = node.value
        if not isinstance(value, str) or isinstance(module.parents.get(node), ast.Expr):
            continue
        if _OWN_FOLDER.match(value) or value.removeprefix("./") in ours:
            yield script.at(module, node, f"{value} is a path of this machine, not of the job's.")


def _is_remote(script: Script) -> bool:
    return any(_REMOTE.search(module.text) for module in script.modules)
