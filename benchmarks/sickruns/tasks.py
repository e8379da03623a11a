"""The little string tasks that all runs train on: those of the sft template, without its flaws."""

import importlib.util
import random
from pathlib import Path

TEMPLATE = Path(__file__).resolve().parents[2] / "workspace_templates" / "sft"
BASE = TEMPLATE / "base" / "tiny"

_spec = importlib.util.spec_from_file_location("make_data", TEMPLATE / "make_data.py")
assert _spec is not None and _spec.loader is not None
_make_data = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_make_data)


def draw(n: int, seed: int) -> list[dict]:
    """Requests with their right answers: `operation`, `prompt`, `answer`."""
    rng, seen, rows = random.Random(seed), set(), []
    while len(rows) < n:
        # A (operation, text) pair may come again: there are fewer of them than rows.
        operation, text, prompt = _make_data.draw_row(rng, seen)
        seen.clear()
        answer = _make_data.OPERATIONS[operation](text)
        rows.append({"operation": operation, "prompt": prompt, "answer": answer})
    return rows


def wrong(row: dict, rng: random.Random) -> str:
    """An answer that another operation would have given."""
    text = row["prompt"].split()[-1]
    others = [make(text) for make in _make_data.OPERATIONS.values() if len(text) > 1]
    others = [answer for answer in others if answer != row["answer"]]
    return rng.choice(others) if others else row["answer"][::-1] + "a"


def conversation(row: dict) -> dict:
    """The row for SFT, with a loss on the answer alone."""
    return {
        "prompt": [{"role": "user", "content": row["prompt"]}],
        "completion": [{"role": "assistant", "content": row["answer"]}],
    }
