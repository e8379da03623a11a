"""Scores the model in outputs/ on a held-out split.

    python evaluate.py --split dev|test [--per-item FILE]

An answer counts only if it is right to the letter and the model then stops by itself. The last line
printed is one JSON object: {"exact_match": .., "terminated": .., "n": ..}.
"""

import argparse
import json
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
OUTPUTS = HERE / "outputs"
MAX_NEW_TOKENS = 10  # the longest answer has 5 letters


def read_rows(split):
    """The rows of data/<split>.jsonl."""
    lines = (HERE / "data" / f"{split}.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def answer_all(rows):
    """Greedy answers to all rows in one batch: a list of (text, whether it ended)."""
    # Imported late, so that a missing model is told at once.
    import torch  # noqa: PLC0415
    from transformers import AutoModelForCausalLM, AutoTokenizer  # noqa: PLC0415

    shipped = (OUTPUTS / "tokenizer.json").is_file()
    tokenizer = AutoTokenizer.from_pretrained(OUTPUTS if shipped else HERE / "base" / "tiny")
    model = AutoModelForCausalLM.from_pretrained(OUTPUTS, dtype=torch.float32).eval()

    prompts = [
        tokenizer.apply_chat_template(
            row["messages"][:-1], tokenize=False, add_generation_prompt=True
        )
        for row in rows
    ]
    inputs = tokenizer(
        prompts, return_tensors="pt", padding=True, padding_side="left", add_special_tokens=False
    )
    with torch.inference_mode():
        output = model.generate(
            input_ids=inputs["input_ids"],
            attention_mask=inputs["attention_mask"],
            max_new_tokens=MAX_NEW_TOKENS,
            do_sample=False,
            eos_token_id=tokenizer.eos_token_id,
            pad_token_id=tokenizer.pad_token_id,
        )
    answers = []
    for generated in output[:, inputs["input_ids"].shape[1] :].tolist():
        ended = tokenizer.eos_token_id in generated
        end = generated.index(tokenizer.eos_token_id) if ended else len(generated)
        answers.append((tokenizer.decode(generated[:end]), ended))
    return answers


def main():
    """Answer, compare, print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--split", choices=["dev", "test"], required=True)
    parser.add_argument("--per-item", type=Path, help="write one JSON line per row to this file")
    args = parser.parse_args()

    if not any(OUTPUTS.glob("*.safetensors")):
        print("There is no trained model in outputs/: run `python train.py`.", file=sys.stderr)
        return 2

    rows = read_rows(args.split)
    answers = answer_all(rows)
    correct = [
        ended and text == row["messages"][-1]["content"]
        for row, (text, ended) in zip(rows, answers, strict=True)
    ]
    if args.per_item:
        items = [{"id": f"{args.split}-{n}", "correct": right} for n, right in enumerate(correct)]
        args.per_item.write_text(
            "".join(json.dumps(item) + "\n" for item in items), encoding="utf-8"
        )
    score = {
        "exact_match": round(sum(correct) / len(rows), 4),
        "terminated": round(sum(ended for _, ended in answers) / len(rows), 4),
        "n": len(rows),
    }
    print(json.dumps(score))
    return 0


if __name__ == "__main__":
    sys.exit(main())
