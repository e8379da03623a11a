"""Leaving out repeated and contradictory rows: the edited script's function does it for real."""

import ast
import json
from pathlib import Path

import pytest
from datasets import Dataset
from intern_daemon.agent.playbook.interventions import all_candidates

SCRIPT = """\
\"\"\"Train.\"\"\"

import json

from datasets import Dataset
from trl import SFTConfig, SFTTrainer

ROWS = [json.loads(line) for line in open("data/train.jsonl")]
trainer = SFTTrainer(
    model="base/tiny",
    args=SFTConfig(output_dir="outputs"),
    train_dataset=Dataset.from_list({rows}),
    eval_dataset=Dataset.from_list(ROWS[:2]),
)
"""

PROMPT_COMPLETION = [
    {"prompt": "a", "completion": "1"},
    {"prompt": "b", "completion": "1"},
    {"prompt": "a", "completion": "1"},
    {"prompt": "b", "completion": "2"},
    {"prompt": "c", "completion": "3"},
    {"prompt": "b", "completion": "1"},
    {"prompt": "d", "completion": "4"},
    {"prompt": "d", "completion": "5"},
]


def as_messages(row):
    return {
        "messages": [
            {"role": "user", "content": row["prompt"]},
            {"role": "assistant", "content": row["completion"]},
        ]
    }


def candidate(root: Path, rows: list[dict], script: str):
    (root / "data").mkdir(exist_ok=True)
    (root / "data/train.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    (root / "train.py").write_bytes(script.encode())
    found = all_candidates(root, "python train.py")
    return next((one for one in found if one.intervention == "deduplicate"), None)


def function(source: str):
    """The function of the edited script, alone."""
    tree = ast.parse(source)
    node = next(one for one in tree.body if getattr(one, "name", "") == "without_duplicates")
    names: dict = {}
    exec(ast.unparse(node), names)
    return names["without_duplicates"]


@pytest.mark.parametrize(
    ("rows", "made"),
    [
        (PROMPT_COMPLETION, "ROWS"),
        ([as_messages(row) for row in PROMPT_COMPLETION], "ROWS"),
        (
            [{"instruction": r["prompt"], "output": r["completion"]} for r in PROMPT_COMPLETION],
            "ROWS",
        ),
    ],
)
def test_the_majority_answer_stays_and_a_tie_drops_the_prompt(tmp_path, rows, made):
    found = candidate(tmp_path, rows, SCRIPT.format(rows=made))
    (edit,) = found.edits
    kept = function(edit.after)(Dataset.from_list(rows))
    assert kept.to_list() == [rows[0], rows[1], rows[4]]


def test_conversational_prompts_are_compared_by_their_messages(tmp_path):
    rows = [
        {
            "prompt": [{"role": "user", "content": r["prompt"]}],
            "completion": [{"role": "assistant", "content": r["completion"]}],
        }
        for r in PROMPT_COMPLETION
    ]
    (edit,) = candidate(tmp_path, rows, SCRIPT.format(rows="ROWS")).edits
    assert function(edit.after)(Dataset.from_list(rows)).to_list() == [rows[0], rows[1], rows[4]]


def test_texts_are_kept_once(tmp_path):
    rows = [{"text": text} for text in ("a", "b", "a", "c")]
    (edit,) = candidate(tmp_path, rows, SCRIPT.format(rows="ROWS")).edits
    assert function(edit.after)(Dataset.from_list(rows))["text"][:] == ["a", "b", "c"]


def test_the_layout_that_the_script_makes_is_the_one_compared(tmp_path):
    made = '[{"messages": [{"role": "user", "content": r["prompt"]}]} for r in ROWS]'
    (edit,) = candidate(tmp_path, PROMPT_COMPLETION, SCRIPT.format(rows=made)).edits
    assert 'row["messages"][:-1]' in edit.after
    assert "completion" not in function(edit.after).__code__.co_consts


def test_the_edit_adds_one_function_and_wraps_one_argument(tmp_path):
    found = candidate(tmp_path, PROMPT_COMPLETION, SCRIPT.format(rows="ROWS"))
    changed = [line for line in found.edits[0].diff.splitlines()[2:] if not line.startswith("@@")]
    assert changed == [
        "+",
        "+def without_duplicates(dataset):",
        '+    """Keep each example once; of one prompt\'s answers the most frequent, '
        'or none in a tie."""',
        "+    answers = {}",
        "+    for index, row in enumerate(dataset):",
        '+        prompt, answer = repr(row["prompt"]), repr(row["completion"])',
        "+        answers.setdefault(prompt, {}).setdefault(answer, []).append(index)",
        "+    kept = []",
        "+    for rows in answers.values():",
        "+        most, *others = sorted(rows.values(), key=len, reverse=True)",
        "+        if not others or len(most) > len(others[0]):",
        "+            kept.append(most[0])",
        "+    return dataset.select(sorted(kept))",
        "+",
        "+",
        "-    train_dataset=Dataset.from_list(ROWS),",
        "+    train_dataset=without_duplicates(Dataset.from_list(ROWS)),",
    ]
    assert found.title == ("resolve 2 duplicate rows and 2 prompts with contradictory answers of 8")
    assert "eval_dataset=Dataset.from_list(ROWS[:2])" in found.edits[0].after


def test_windows_line_ends_stay(tmp_path):
    script = SCRIPT.format(rows="ROWS").replace("\n", "\r\n")
    (edit,) = candidate(tmp_path, PROMPT_COMPLETION, script).edits
    assert edit.after.count("\n") == edit.after.count("\r\n")
    ast.parse(edit.after)


def test_a_positional_data_set_is_wrapped_too(tmp_path):
    script = (
        "from trl import SFTConfig, SFTTrainer\nrows = load('data/train.jsonl')\n"
        "SFTTrainer('m', SFTConfig(), None, rows).train()\n"
    )
    (edit,) = candidate(tmp_path, PROMPT_COMPLETION, script).edits
    assert "SFTTrainer('m', SFTConfig(), None, without_duplicates(rows)).train()\n" in edit.after


def test_clean_data_need_no_filter(tmp_path):
    rows = [{"prompt": str(n), "completion": "x"} for n in range(100)]
    assert candidate(tmp_path, rows, SCRIPT.format(rows="ROWS")) is None


def test_repetitions_in_evaluation_data_are_no_reason(tmp_path):
    (tmp_path / "data").mkdir()
    script = SCRIPT.format(rows="ROWS").replace("data/train.jsonl", "data/dev.jsonl")
    (tmp_path / "data/dev.jsonl").write_text('{"prompt": "a", "completion": "b"}\n' * 10)
    assert candidate(tmp_path, [], script) is None
