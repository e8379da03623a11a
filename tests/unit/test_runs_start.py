"""What a run is started with: command, environment, interpreter, preloaded modules, slot."""

import asyncio
import os
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from intern_daemon.errors import NoInterpreter
from intern_daemon.runs import Slot, Slots, find_python, inspect
from intern_daemon.runs.command import script_of, to_argv
from intern_daemon.runs.environment import RECORDER, data_digest, run_environment, values_of
from intern_daemon.runs.evaluation import read_score
from intern_daemon.runs.preload import preload
from intern_daemon.workspace import parse

PYTHON = Path("/v/bin/python")


@pytest.mark.parametrize(
    ("command", "argv"),
    [
        ("python train.py --lr 1e-4", ["/v/bin/python", "train.py", "--lr", "1e-4"]),
        ("python3.12 'my train.py'", ["/v/bin/python", "my train.py"]),
        ("accelerate launch train.py", ["accelerate", "launch", "train.py"]),
        ("python a.py && python b.py", ["/bin/sh", "-c", "python a.py && python b.py"]),
        ("SEED=1 python a.py", ["/bin/sh", "-c", "SEED=1 python a.py"]),
        ("python 'a.py", ["/bin/sh", "-c", "python 'a.py"]),
    ],
)
def test_a_command_becomes_arguments(command, argv):
    assert to_argv(command, PYTHON) == argv


def test_only_a_plain_script_can_be_forked(tmp_path):
    (tmp_path / "train.py").touch()
    assert script_of([str(PYTHON), "train.py", "-v"], PYTHON, tmp_path) == tmp_path / "train.py"
    for argv in (
        [str(PYTHON), "-m", "train"],
        [str(PYTHON), "gone.py"],
        ["/other/python", "train.py"],
        ["/bin/sh", "-c", "python train.py"],
    ):
        assert script_of(argv, PYTHON, tmp_path) is None


def environment(base: dict[str, str], **more) -> dict[str, str]:
    settings = {"python": PYTHON, "seed": 3, "rung": 0.5, "threads": 1, "device": {}}
    return run_environment(base, Path("/w/.intern/runs/run-0001"), **(settings | more))


def test_a_run_has_its_own_environment():
    env = environment({"HF_TOKEN": "hf_x", "PYTHONPATH": "/mine", "INTERN_RUNG": "9"})
    assert env["HF_TOKEN"] == "hf_x"
    assert env["INTERN_RUNG"] == "0.5"
    assert env["INTERN_SEED"] == "3"
    assert env["TRACKIO_DIR"] == "/w/.intern/runs/run-0001/trackio"
    assert env["PYTHONPATH"] == f"{RECORDER}{os.pathsep}/mine"
    assert env["PATH"].startswith("/v/bin:")
    assert env["OMP_NUM_THREADS"] == "1"
    assert env["GIT_CEILING_DIRECTORIES"] == "/w/.intern/runs/run-0001"


def test_what_the_user_set_stays():
    env = environment({"OMP_NUM_THREADS": "8", "TOKENIZERS_PARALLELISM": "true"})
    assert (env["OMP_NUM_THREADS"], env["TOKENIZERS_PARALLELISM"]) == ("8", "true")


def test_an_evaluation_has_no_rung():
    assert "INTERN_RUNG" not in environment({}, rung=None)


@given(st.sampled_from(["HF_TOKEN", "WANDB_API_KEY", "my_secret", "DB_PASSWORD"]), st.text())
def test_no_secret_is_told(name, value):
    env = environment({}) | {name: value}
    assert name not in values_of(env, {})
    assert "INTERN_SEED" in values_of(env, {})


def test_the_data_digest_follows_size_time_and_name(tmp_path):
    data = tmp_path / "data"
    data.mkdir()
    (data / "train.jsonl").write_text("one")
    first = data_digest(tmp_path, ["data"])
    assert data_digest(tmp_path, ["data", "data"]) == first
    (data / "train.jsonl").write_text("one more")
    second = data_digest(tmp_path, ["data"])
    (data / "train.jsonl").rename(data / "renamed.jsonl")
    assert len({first, second, data_digest(tmp_path, ["data"]), data_digest(tmp_path, [])}) == 4


def config(python: str | None):
    line = f'python = "{python}"\n' if python else ""
    return parse(f'[train]\ncommand = "x"\n{line}[eval]\ncommand = "y"\nmetric = "em"\n')


def make_python(path: Path) -> Path:
    path.parent.mkdir(parents=True)
    path.symlink_to(sys.executable)
    return path


def test_the_interpreter_is_the_named_one_then_the_venv_then_the_editors(tmp_path):
    mine = make_python(tmp_path / "mine/bin/python")
    editors = make_python(tmp_path / "editors/bin/python")
    assert find_python(config(None), tmp_path) == Path(sys.executable)
    assert find_python(config(None), tmp_path, str(editors)) == editors
    assert find_python(config(None), tmp_path, str(editors.parent.parent)) == editors
    venv = make_python(tmp_path / ".venv/bin/python")
    assert find_python(config(None), tmp_path, str(editors)) == venv
    assert find_python(config("mine/bin/python"), tmp_path, str(editors)) == mine


def test_an_interpreter_that_is_not_there_is_named_with_the_mend(tmp_path):
    with pytest.raises(NoInterpreter, match=r"gone/python .* does not exist; create it or name"):
        find_python(config("gone/python"), tmp_path)


def test_an_interpreter_that_does_not_start_is_named_with_the_mend(tmp_path):
    broken = tmp_path / "python"
    broken.write_text("#!/bin/sh\necho 'no encodings' >&2\nexit 1\n")
    broken.chmod(0o755)
    with pytest.raises(NoInterpreter, match="does not start \\(no encodings\\)"):
        find_python(config("python"), tmp_path)


def test_an_interpreter_tells_its_packages():
    known = inspect(Path(sys.executable))
    assert known.version == sys.version.split()[0]
    assert "numpy" in known.packages


SCRIPT = """
import os
os.environ["HF_HUB_OFFLINE"] = "1"
os.environ.setdefault("OMP_NUM_THREADS", "4")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "true")
os.environ["COMPUTED"] = str(3)
import torch.nn as nn
import transformers as hf
from trl import SFTTrainer
import yaml, trackio
import local
os.environ["LATE"] = "1"
def main():
    from peft import LoraConfig
    return hf.AutoTokenizer, nn.Linear
"""


def test_a_script_is_read_for_what_is_slow_to_import(tmp_path):
    (tmp_path / "train.py").write_text(SCRIPT)
    (tmp_path / "local.py").write_text("import train\nfrom datasets import load_dataset\n")
    found = preload(tmp_path / "train.py", {"TOKENIZERS_PARALLELISM": "false"})
    assert set(found.names) == {
        *("torch.nn", "transformers", "trl", "trl:SFTTrainer", "peft", "peft:LoraConfig"),
        *("transformers:AutoTokenizer", "torch.nn:Linear", "datasets", "datasets:load_dataset"),
    }
    assert found.constants == {"HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": "4"}
    assert found.worthwhile


@pytest.mark.parametrize("text", ["print('hello')", "import numpy", "def broken(:", ""])
def test_a_script_without_slow_imports_is_not_worth_a_warm_runner(tmp_path, text):
    (tmp_path / "train.py").write_text(text)
    assert not preload(tmp_path / "train.py", {}).worthwhile


async def test_slots_are_given_by_priority_and_then_in_order():
    slots = Slots([Slot("only")])
    order = []

    async def work(name: str, priority: int) -> None:
        async with slots.take(priority):
            order.append(name)

    async with slots.take():
        tasks = []
        for name, priority in (("a", 0), ("b", 0), ("urgent", 5), ("c", 0)):
            tasks.append(asyncio.create_task(work(name, priority)))
            await asyncio.sleep(0)
        tasks[1].cancel()
        await asyncio.sleep(0)
    await asyncio.gather(*tasks, return_exceptions=True)
    assert order == ["urgent", "a", "c"]


async def test_a_slot_given_to_somebody_cancelled_is_not_lost():
    slots = Slots([Slot("only")])
    holder = slots.take()
    await holder.__aenter__()
    waiting = asyncio.create_task(slots.take().__aenter__())
    await asyncio.sleep(0)
    await holder.__aexit__(None, None, None)
    waiting.cancel()  # the slot is its own already, and it does not know yet
    await asyncio.gather(waiting, return_exceptions=True)
    async with asyncio.timeout(1), slots.take() as slot:
        assert slot.name == "only"


@pytest.mark.parametrize(
    ("printed", "score"),
    [
        ('{"em": 1}\n', {"em": 1.0}),
        ('loading\n{"em": 0.5, "n": 3}\n\n', {"em": 0.5, "n": 3.0}),
        ("", None),
        ("{}", None),
        ('{"em": "high"}', None),
        ('{"em": NaN}', None),
        ('{"em": 1}\ndone', None),
        ("[1]", None),
    ],
)
def test_a_score_is_the_last_line_as_an_object_of_numbers(printed, score):
    assert read_score(printed) == score
