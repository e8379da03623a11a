"""Stands where the trl library would: its configuration and trainer, in a few lines."""

import json
import math
import os
import random
import time
from dataclasses import dataclass
from pathlib import Path


@dataclass
class SFTConfig:
    """The settings that count here."""

    output_dir: str
    learning_rate: float = 2e-5
    num_train_epochs: float = 1
    per_device_train_batch_size: int = 8
    warmup_steps: float = 0
    weight_decay: float = 0
    seed: int = 0


class SFTTrainer:
    """Follows a curve; the score follows from the settings, the seed adds noise."""

    def __init__(self, args: SFTConfig) -> None:
        self.args = args

    def train(self) -> None:
        """Write the curve and the score."""
        args = self.args
        rung = float(os.environ.get("INTERN_RUNG", "1"))
        folder = Path(os.environ.get("INTERN_RUN_DIR", "."))
        pause = float(Path("pause.txt").read_text())
        noise = random.Random(int(os.environ.get("INTERN_SEED", args.seed)))
        steps = max(1, round(40 * args.num_train_epochs * rung))
        speed = min(1.0, 0.12 * max(0.0, 2.5 + math.log10(args.learning_rate / 2e-5)))
        with (folder / "metrics.jsonl").open("a") as log:
            for step in range(1, steps + 1):
                loss = 3 * math.exp(-speed * step / 40) + noise.uniform(0, 0.02)
                logs = {"loss": loss, "learning_rate": args.learning_rate, "grad_norm": 1.0}
                row = {"step": step, "time": time.time(), "logs": logs, "max_steps": steps}
                log.write(json.dumps(row) + "\n")
                log.flush()
                print(f"step {step}: loss {loss:.3f}", flush=True)
                time.sleep(pause)
        if args.per_device_train_batch_size <= 4:
            speed += 0.1
        score = 0.2 + speed * (0.5 + 0.5 * rung) + noise.uniform(-0.01, 0.01)
        outputs = Path(args.output_dir)
        outputs.mkdir(exist_ok=True)
        (outputs / "score.json").write_text(json.dumps(min(1.0, score)))
