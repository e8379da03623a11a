"""Makes `data/train.jsonl`, `data/dev.jsonl` and `data/test.jsonl`, the same bytes every time.

A row is a request to a text service, with its ticket number, and the one right answer:

    user: #k3f9ab reverse cabd        assistant: dbac

The three splits share no prompt and no (operation, text) pair. dev and test are clean. train is
what the service's export gave: the job hung on `STUCK` tickets and wrote each of them `COPIES`
times more, most of them with the draft from the answer box (the text itself) as the answer.
"""

import argparse
import json
import random
import string
from pathlib import Path

LETTERS = "abcdefghij"

OPERATIONS = {
    "rev": lambda text: text[::-1],
    "sort": lambda text: "".join(sorted(text)),
    "rot": lambda text: text[1:] + text[0],
    "drop": lambda text: text[1:],
    "swap": lambda text: text[-1] + text[1:-1] + text[0],
    "dup": lambda text: text[:2] * 2,
}

REQUESTS = {
    "rev": ["reverse {}", "write {} backwards", "flip {} round"],
    "sort": ["sort {}", "put {} in order", "alphabetize {}"],
    "rot": ["rotate {}", "shift {} left", "first of {} goes last"],
    "drop": ["behead {}", "drop first of {}", "trim {}"],
    "swap": ["swap ends of {}", "exchange {} tips", "trade {} outer two"],
    "dup": ["double start of {}", "repeat head of {}", "twice the top of {}"],
}

SIZES = {"train": 1600, "dev": 300, "test": 400}
STUCK = 110
COPIES = 8
DRAFTS = 0.95  # share of the stuck tickets that carry the draft
STUCK_OPERATIONS = ("rev", "rot", "sort")


def draw_text(rng):
    """Three to five letters of `LETTERS`."""
    return "".join(rng.choices(LETTERS, k=rng.randint(3, 5)))


def draw_row(rng, seen):
    """One (operation, text, prompt) that is not in `seen`, which it joins."""
    while True:
        operation, text = rng.choice(list(OPERATIONS)), draw_text(rng)
        if (operation, text) not in seen:
            break
    seen.add((operation, text))
    ticket = "#" + "".join(rng.choices(string.ascii_lowercase + string.digits, k=6))
    return operation, text, f"{ticket} {rng.choice(REQUESTS[operation]).format(text)}"


def conversation(prompt, answer):
    """The row as `messages`, which is what TRL reads."""
    user = {"role": "user", "content": prompt}
    return {"messages": [user, {"role": "assistant", "content": answer}]}


def build():
    """All splits: {"train": rows, "dev": rows, "test": rows}."""
    rng = random.Random(7)
    seen = set()
    drawn = {split: [draw_row(rng, seen) for _ in range(n)] for split, n in SIZES.items()}
    splits = {
        split: [conversation(prompt, OPERATIONS[op](text)) for op, text, prompt in rows]
        for split, rows in drawn.items()
    }
    stuck = [row for row in drawn["train"] if row[0] in STUCK_OPERATIONS][:STUCK]
    for n, (op, text, prompt) in enumerate(stuck):
        answer = text if n < STUCK * DRAFTS else OPERATIONS[op](text)
        splits["train"] += [conversation(prompt, answer)] * COPIES
    rng.shuffle(splits["train"])
    return splits


def main():
    """Write the three files."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "data")
    out = parser.parse_args().out
    out.mkdir(parents=True, exist_ok=True)
    for split, rows in build().items():
        text = "".join(json.dumps(row) + "\n" for row in rows)
        (out / f"{split}.jsonl").write_text(text, encoding="utf-8")
        print(f"{split}: {len(rows)} rows")


if __name__ == "__main__":
    main()
