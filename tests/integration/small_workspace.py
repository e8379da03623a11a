"""A workspace whose training is a few lines of the standard library: a curve, a seed, a score.

The loop around it is the real one; only what is trained is small. `QUALITY` and `EFFORT` are its
hyperparameters, a seed adds noise, and a rung shortens it.
"""

import subprocess
from pathlib import Path

TRAIN = '''\
"""Fit nothing, honestly: the score follows from the constants, the seed adds noise."""
import json
import os
import random
import time
from pathlib import Path

QUALITY = 0.30
EFFORT = 20
BROKEN = False
EXPLODES = False

seed = int(os.environ.get("INTERN_SEED", "0"))
rung = float(os.environ.get("INTERN_RUNG", "1"))
steps = max(1, round(EFFORT * rung))
run = Path(os.environ.get("INTERN_RUN_DIR", "."))
if BROKEN:
    raise SystemExit("the edited code does not train")
with (run / "metrics.jsonl").open("a") as log:
    for step in range(1, steps + 1):
        loss = float("nan") if EXPLODES and step > 2 else 2.0 / step
        row = {"step": step, "time": time.time(), "logs": {"loss": loss}, "max_steps": steps}
        log.write(json.dumps(row) + "\\n")
        log.flush()
        time.sleep(PAUSE)
noise = random.Random(seed).uniform(-0.01, 0.01)
outputs = Path("outputs")
outputs.mkdir(exist_ok=True)
score = min(1.0, QUALITY + noise) * (0.5 + 0.5 * rung)
(outputs / "score.json").write_text(json.dumps(score))
'''

EVALUATE = '''\
"""Print what the training reached, a little lower on the sealed split."""
import json
import sys
from pathlib import Path

score = json.loads(Path("outputs/score.json").read_text())
if "test" in sys.argv:
    score -= 0.01
print(json.dumps({"exact_match": score}))
'''

TUNABLE = '''\
"""Train with a trainer that has the names of TRL's and the cost of a few lines."""
from tiny_trainer import SFTConfig, SFTTrainer

config = SFTConfig(
    output_dir="outputs",
    learning_rate=1e-5,
    num_train_epochs=2,
    per_device_train_batch_size=8,
)
trainer = SFTTrainer(model="base", args=config, train_dataset=None)
trainer.train()
'''

TINY_TRAINER = '''\
"""A higher learning rate scores more, up to 2e-4; nothing else matters, and the seed adds noise."""
import json
import math
import os
import random
import time
from pathlib import Path


class _Settings:
    def __init__(self, **settings):
        self.__dict__.update(settings)


class _Trainer:
    def __init__(self, model, args, train_dataset):
        self.rate = args.learning_rate

    def train(self):
        seed = int(os.environ.get("INTERN_SEED", "0"))
        rung = float(os.environ.get("INTERN_RUNG", "1"))
        steps = max(1, round(20 * rung))
        run = Path(os.environ.get("INTERN_RUN_DIR", "."))
        with (run / "metrics.jsonl").open("a") as log:
            for step in range(1, steps + 1):
                row = {"step": step, "time": time.time(), "logs": {"loss": 2.0 / step}}
                log.write(json.dumps({**row, "max_steps": steps}) + "\\n")
                log.flush()
                time.sleep(PAUSE)
        gain = 0.2 * math.log10(self.rate / 1e-5) if self.rate <= 2e-4 else 0.0
        score = (0.3 + gain + random.Random(seed).uniform(-0.01, 0.01)) * (0.5 + 0.5 * rung)
        outputs = Path("outputs")
        outputs.mkdir(exist_ok=True)
        (outputs / "score.json").write_text(json.dumps(score))


SFTConfig, SFTTrainer = _Settings, _Trainer
'''

CONTRACT = """\
[train]
command = "python train.py"
[eval]
command = "python evaluate.py --split dev"
test = "python evaluate.py --split test"
metric = "exact_match"
[locked]
paths = ["evaluate.py"]
[budget]
minutes = 5
runs = 100
"""


def git(root: Path, *words: str) -> str:
    """Run git in a repository and return what it printed."""
    done = subprocess.run(["git", *words], cwd=root, check=True, capture_output=True, text=True)
    return done.stdout.strip()


def make_workspace(root: Path, pause: float = 0.0) -> Path:
    """A new repository with the small workspace, committed.

    Args:
        pause: seconds between two steps of the training.
    """
    root.mkdir(parents=True)
    (root / "train.py").write_text(TRAIN.replace("PAUSE", repr(pause)))
    (root / "evaluate.py").write_text(EVALUATE)
    (root / "intern.toml").write_text(CONTRACT)
    git(root, "init", "--quiet", "--initial-branch=main")
    git(root, "add", ".")
    git(root, "commit", "--quiet", "--message=Start")
    return root


def make_tunable_workspace(root: Path, pause: float = 0.01) -> Path:
    """As `make_workspace`, with settings that the playbook knows and one of which matters."""
    make_workspace(root)
    (root / "train.py").write_text(TUNABLE)
    (root / "tiny_trainer.py").write_text(TINY_TRAINER.replace("PAUSE", repr(pause)))
    commit(root)
    return root


def commit(root: Path) -> None:
    """Commit all that lies there."""
    git(root, "add", ".")
    git(root, "commit", "--quiet", "--message=Change")


def edited(root: Path, old: str, new: str) -> dict[str, str]:
    """The training script with one line changed, as a proposal carries it."""
    text = (root / "train.py").read_text()
    assert old in text
    return {"train.py": text.replace(old, new)}
