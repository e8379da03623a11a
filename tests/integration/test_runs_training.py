"""Real trainings with TRL on a tiny model: what is recorded, and that warm is the same as cold."""

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from intern_daemon.metrics import ColumnStore
from intern_daemon.repo.checkout import export_tree
from intern_daemon.repo.repository import Repository
from intern_daemon.runs import RunKeeper, RunRequest, Slot, Slots, read_record
from intern_daemon.runs.backends import LocalBackend
from intern_daemon.workspace import EventStore, Layout

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(importlib.util.find_spec("trl") is None, reason="needs the train extra"),
]

MAKE_BASE = """
import torch
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

words = ["<pad>", "<eos>", "<unk>", *"abcdefghijklmnopqrstuvwxyz "]
inner = Tokenizer(models.WordLevel({word: n for n, word in enumerate(words)}, unk_token="<unk>"))
inner.pre_tokenizer = pre_tokenizers.Split("", "isolated")
tokenizer = PreTrainedTokenizerFast(
    tokenizer_object=inner, pad_token="<pad>", eos_token="<eos>", unk_token="<unk>"
)
torch.manual_seed(0)
size = dict(hidden_size=16, intermediate_size=32, num_hidden_layers=1, num_attention_heads=2)
model = LlamaForCausalLM(
    LlamaConfig(vocab_size=len(tokenizer), pad_token_id=0, eos_token_id=1, **size)
)
model.save_pretrained("base")
tokenizer.save_pretrained("base")
"""

TRAIN = """
import hashlib
import math
import os
import sys
import time

BEGIN = time.time()
from datasets import Dataset
from peft import LoraConfig
from transformers import AutoModelForCausalLM, AutoTokenizer, TrainerCallback
from trl import SFTConfig, SFTTrainer

unseeded = __import__("torch").rand(1).item()
rows = [{"text": word * 3} for word in ("ab", "cd", "ef", "gh", "ij", "kl", "mn", "op")] * 8
args = SFTConfig(
    output_dir="outputs", max_steps=18, warmup_steps=6, per_device_train_batch_size=4, bf16=False,
    learning_rate=1e-2, logging_steps=1, report_to="none", use_cpu=True, save_strategy="no",
    gradient_checkpointing=False, disable_tqdm=True, seed=5, hub_token="hf_private",
)
trainer = SFTTrainer(
    model=AutoModelForCausalLM.from_pretrained("base"), args=args,
    train_dataset=Dataset.from_list(rows), processing_class=AutoTokenizer.from_pretrained("base"),
    peft_config=LoraConfig(r=2, target_modules="all-linear") if "--lora" in sys.argv else None,
)
trainer.train()
trainer.log({"odd": math.nan, "far": -math.inf})
digest = hashlib.sha256()
for name, tensor in sorted(trainer.model.state_dict().items()):
    digest.update(tensor.numpy().tobytes())
print("WEIGHTS", digest.hexdigest(), "UNSEEDED", unseeded, "SEED", args.seed, __name__, __file__)
print("TOOK", time.time() - BEGIN, file=sys.stderr)
"""

DPO = """
from datasets import Dataset
from transformers import AutoModelForCausalLM, AutoTokenizer
from trl import DPOConfig, DPOTrainer

rows = [{"prompt": "ab", "chosen": "cd", "rejected": "ef"}] * 8
DPOTrainer(
    model=AutoModelForCausalLM.from_pretrained("base"),
    args=DPOConfig(
        output_dir="outputs", num_train_epochs=3, per_device_train_batch_size=2, bf16=False,
        logging_steps=1, report_to="none", use_cpu=True, save_strategy="no",
        gradient_checkpointing=False,
    ),
    train_dataset=Dataset.from_list(rows),
    processing_class=AutoTokenizer.from_pretrained("base"),
).train()
"""

THREADS = "import torch\nprint('threads', torch.get_num_threads())\n"
SETS = "import os\nos.environ['OMP_NUM_THREADS'] = str(1 + 1)\nprint('once')\n" + THREADS
CONSTANT = "import os\nos.environ['OMP_NUM_THREADS'] = '2'\n" + THREADS
RAISES = "import torch\nprint('before')\nimport sys\nraise ValueError('bad shape')\n"


class Place:
    def __init__(self, root: Path) -> None:
        self.layout = Layout(root)
        self.layout.make()
        self.store = EventStore(self.layout.database)
        repository = Repository(root, root / ".git")
        self.keeper = RunKeeper(
            self.layout,
            self.store,
            lambda commit, dest: export_tree(repository, commit, dest),
            lambda run, rows: None,
            slots=Slots([Slot("cpu-0"), Slot("cpu-1")]),
        )
        self.warm = self.keeper.backend
        self.cold = LocalBackend(None)

    async def run(self, command: str, *, warm: bool = True, **more):
        self.keeper.backend = self.warm if warm else self.cold
        commit = git(self.layout.root, "rev-parse", "HEAD")
        request = RunRequest(
            commit=commit, command=command, python=Path(sys.executable), share=["base"], **more
        )
        run = await self.keeper.launch(request)
        run = await self.keeper.wait(run.id)
        return run, self.layout.run(run.id)


def git(root: Path, *arguments: str) -> str:
    return subprocess.run(
        ["git", *arguments], cwd=root, check=True, capture_output=True, text=True
    ).stdout.strip()


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    folder = tmp_path_factory.mktemp("base")
    subprocess.run([sys.executable, "-c", MAKE_BASE], cwd=folder, check=True)
    return folder / "base"


@pytest.fixture
async def place(base, tmp_path):
    (tmp_path / "base").symlink_to(base)
    (tmp_path / ".gitignore").write_text("base\n")
    texts = {"train.py": TRAIN, "dpo.py": DPO, "sets.py": SETS, "raises.py": RAISES}
    for name, text in {**texts, "constant.py": CONSTANT}.items():
        (tmp_path / name).write_text(text)
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "-q", "-m", "start")
    place = Place(tmp_path)
    yield place
    await place.keeper.close()
    place.store.close()


def losses(folder: Path) -> list[float]:
    return ColumnStore(folder / "series").read("loss").values.tolist()


def printed(folder: Path, name: str) -> str:
    words = (folder / "stdout.log").read_text().split()
    return words[words.index(name) + 1]


async def test_a_warm_run_is_the_same_as_a_cold_one_to_the_last_bit(place):
    cold, cold_folder = await place.run("python train.py", warm=False, seed=7)
    first, first_folder = await place.run("python train.py", seed=7)
    second, second_folder = await place.run("python train.py", seed=7)
    other, other_folder = await place.run("python train.py", seed=8)

    assert [run.state for run in (cold, first, second, other)] == ["succeeded"] * 4
    assert [run.warm for run in (cold, first, second, other)] == [False, True, True, True]
    assert losses(cold_folder) == losses(first_folder) == losses(second_folder)
    folders = [cold_folder, first_folder, second_folder, other_folder]
    assert len({printed(folder, "WEIGHTS") for folder in folders[:3]}) == 1
    assert [printed(folder, "SEED") for folder in folders] == ["7", "7", "7", "8"]
    assert losses(other_folder) != losses(cold_folder)
    # What a script leaves unseeded is as random as in a fresh interpreter.
    assert len({printed(folder, "UNSEEDED") for folder in folders}) == 4
    assert read_record(first_folder).cold is None
    assert place.keeper.warm == [sys.executable]
    print("\nseconds:", *[f"{run.ended - run.started:.2f}" for run in (cold, first, second, other)])


async def test_what_the_trainer_logs_and_how_it_is_set_is_recorded(place):
    run, folder = await place.run("python train.py --lora", warm=False, rung=1 / 3, seed=11)

    assert run.state == "succeeded", run.message
    config = json.loads((folder / "config.json").read_text())
    arguments = config["arguments"]
    assert (arguments["max_steps"], arguments["warmup_steps"], arguments["seed"]) == (6, 2, 11)
    assert (config["trainer"], config["peft"], config["train_rows"]) == ("SFTTrainer", True, 64)
    assert 0 < config["trainable_parameters"] < config["num_parameters"]
    assert config["world_size"] == 1
    assert "hf_private" not in (folder / "config.json").read_text()
    lines = [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]
    assert [line["step"] for line in lines if "loss" in line["logs"]] == [1, 2, 3, 4, 5, 6]
    assert {line["max_steps"] for line in lines} == {6}
    assert lines[-1]["logs"]["odd"] == "NaN"
    assert lines[-1]["logs"]["far"] == "-Infinity"
    assert not (folder / "recorder.log").exists()
    # The schedule is compressed: it warms up over 2 steps and has decayed at the sixth.
    rates = [line["logs"]["learning_rate"] for line in lines if "learning_rate" in line["logs"]]
    assert rates.index(max(rates)) == 2
    assert rates[-1] < max(rates) / 2


async def test_epochs_are_shortened_as_well(place):
    run, folder = await place.run("python dpo.py", warm=False, rung=0.25)
    assert run.state == "succeeded", run.message
    config = json.loads((folder / "config.json").read_text())
    assert config["trainer"] == "DPOTrainer"
    assert config["arguments"]["num_train_epochs"] == 0.75
    assert run.progress.total_steps == 3
    assert "rewards/chosen" in ColumnStore(folder / "series").names()


async def test_a_script_that_computes_a_setting_read_at_import_is_started_cold_once(place):
    run, folder = await place.run("python sets.py")
    assert (run.state, run.warm) == ("succeeded", False)
    assert read_record(folder).cold == "the script sets OMP_NUM_THREADS"
    assert (folder / "stdout.log").read_text().count("once") == 1
    again, folder = await place.run("python sets.py")
    assert again.warm is False
    assert read_record(folder).cold == "the script sets OMP_NUM_THREADS"


async def test_a_literal_setting_is_known_before_the_imports(place):
    run, folder = await place.run("python constant.py")
    assert (run.state, run.warm) == ("succeeded", True)
    assert printed(folder, "threads") == "2"


async def test_a_traceback_reads_as_in_a_cold_run(place):
    logs = []
    for warm in (False, True):
        run, folder = await place.run("python raises.py", warm=warm)
        assert (run.state, run.exit_code, run.warm) == ("failed", 1, warm)
        assert run.message == "Exit code 1 at raises.py:4: ValueError: bad shape."
        logs.append((folder / "stdout.log").read_text().replace(str(folder), ""))
    assert logs[0] == logs[1]


async def test_a_warm_run_outlives_its_runner_and_can_be_stopped(place):
    (place.layout.root / "long.py").write_text("import torch, time\ntime.sleep(600)\n")
    git(place.layout.root, "add", "-A")
    git(place.layout.root, "commit", "-q", "-m", "long")
    commit = git(place.layout.root, "rev-parse", "HEAD")
    request = RunRequest(commit=commit, command="python long.py", python=Path(sys.executable))
    run = await place.keeper.launch(request)
    started = next_state(place, run.id, "running")
    await started
    place.keeper.runners.close()
    folder = place.layout.run(run.id)
    assert place.keeper.backend.presence(folder) == "supervised"
    stopped = await place.keeper.stop(run.id, "enough")
    assert (stopped.state, stopped.warm) == ("stopped", True)


def next_state(place: Place, run_id: str, state: str):
    import asyncio

    reached = asyncio.get_running_loop().create_future()

    def look(_event) -> None:
        if place.store.state.runs[run_id].state == state and not reached.done():
            reached.set_result(None)

    place.store.listen(look)
    return reached


async def test_a_file_that_shadows_a_library_makes_the_run_cold(place):
    (place.layout.root / "numpy.py").write_text("")
    (place.layout.root / "datasets").mkdir()
    (place.layout.root / "datasets" / "train.jsonl").write_text("{}")  # a folder shadows nothing
    git(place.layout.root, "add", "-A")
    git(place.layout.root, "commit", "-q", "-m", "shadow numpy")
    run, folder = await place.run("python raises.py")
    assert run.warm is False
    assert read_record(folder).cold == "numpy.py stands in the place of an imported module"


async def test_a_distributed_launcher_starts_cold(place):
    place.keeper.environ["RANK"] = "0"
    run, folder = await place.run("python raises.py")
    assert run.warm is False
    assert read_record(folder).cold == "RANK is set: a distributed launcher"


def test_the_recorder_gives_way_to_the_users_own_sitecustomize(tmp_path):
    from intern_daemon.runs.environment import RECORDER

    (tmp_path / "sitecustomize.py").write_text("print('mine ran')")
    env = {**os.environ, "PYTHONPATH": f"{RECORDER}{os.pathsep}{tmp_path}"}
    answer = subprocess.run(
        [sys.executable, "-c", "import sys; print('transformers' in sys.modules)"],
        env=env,
        capture_output=True,
        text=True,
        check=True,
    )
    assert answer.stdout == "mine ran\nFalse\n"
