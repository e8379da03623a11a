"""Which rows train: followed through what scripts do with datasets."""

import pytest
from intern_daemon.lint import lint
from intern_daemon.workspace.settings import find_settings

HEAD = "from datasets import load_dataset, concatenate_datasets\nfrom trl import SFTTrainer\n"


@pytest.fixture
def rules(tmp_path):
    def found(text, train="rows", judged=""):
        extra = f", eval_dataset={judged}" if judged else ""
        text = f"{HEAD}{text}\ntrainer = SFTTrainer('a/b', train_dataset={train}{extra})\n"
        (tmp_path / "train.py").write_text(text)
        found = lint(find_settings(tmp_path, "python train.py"))
        return {one.rule.id for one in found} & {"L201", "L202", "L203"}

    return found


@pytest.mark.parametrize(
    "text",
    [
        "rows = load_dataset('a/b', split='test')",
        "rows = load_dataset('a/b')['test']",
        "both = load_dataset('a/b')\nrows = both['test'].map(f).filter(g)",
        "rows = load_dataset('a/b', split='train+test')",
        "rows = load_dataset('a/b', split='test[:80%]')",
        "SPLIT = 'test'\nrows = load_dataset('a/b', split=SPLIT)",
        "rows = load_dataset('a/b', split='test')\nrows = rows.shuffle(seed=1)",
        "one = load_dataset('a/b', split='train')\n"
        "rows = concatenate_datasets([one, load_dataset('a/b', split='test')])",
        "rows, other = load_dataset('a/b')['test'], load_dataset('a/b')['train']",
        "rows = load_dataset('json', data_files='data/test.jsonl', split='train')",
        "def read(path):\n    return load(path)\nrows = read('data/test.jsonl')",
    ],
)
def test_a_test_split_is_seen_through_what_is_done_with_it(rules, text):
    assert rules(text) == {"L201"}


@pytest.mark.parametrize(
    "text",
    [
        "rows = load_dataset('a/b', split='train')",
        "rows = load_dataset('a/latest', split='train')",
        "rows = load_dataset('a/b')\nrows = rows['train'].train_test_split(0.1, seed=1)['train']",
        "rows = load_dataset('json', data_files={'train': 'a.jsonl', 'test': 'test.jsonl'},\n"
        "                    split='train')",
        "if small:\n    rows = load_dataset('a/b', split='test')\nelse:\n    rows = other()",
        "rows = unknown(load_dataset('a/b', split='test'))",
        "rows = load_dataset('a/b', split='train')\ndev = load_dataset('a/b', split='test')",
    ],
)
def test_training_rows_are_left_alone(rules, text):
    assert rules(text) == set()


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("rows = load_dataset('openai/gsm8k', 'main', split='test')", True),
        ("rows = load_dataset('openai/gsm8k', 'main', split='train')", False),
        ("rows = load_dataset('Idavidrein/gpqa', 'gpqa_main')['train']", True),
        ("rows = load_dataset('HuggingFaceH4/aime_2024', split='train')", True),
        ("rows = load_dataset('cais/mmlu', 'all', split='auxiliary_train')", False),
        ("rows = load_dataset('cais/mmlu', 'all', split='validation')", True),
    ],
)
def test_a_benchmark_is_one_whatever_its_split_is_called(rules, text, wrong):
    assert rules(text) == ({"L202"} if wrong else set())


ROWS = "rows = load_dataset('a/b', split='train')\n"


@pytest.mark.parametrize(
    ("text", "train", "judged"),
    [
        (ROWS, "rows", "rows"),
        (ROWS, "rows", "rows.select(range(100))"),
        (ROWS + "dev = load_dataset('a/b', split='train[:100]')", "rows", "dev"),
        (ROWS, "rows", "rows.train_test_split(0.1, seed=1)['test']"),
        (ROWS + "rows = rows.map(f)\ndev = rows.shuffle(seed=1).take(9)", "rows", "dev"),
        (
            ROWS + "s = rows.train_test_split(0.1, seed=1)",
            "s['train']",
            "s['train'].select(range(9))",
        ),
    ],
)
def test_evaluation_rows_among_the_training_rows_are_seen(rules, text, train, judged):
    assert rules(text, train, judged) == {"L203"}


@pytest.mark.parametrize(
    ("text", "train", "judged"),
    [
        (ROWS + "s = rows.train_test_split(0.1, seed=1)", "s['train']", "s['test']"),
        (ROWS, "rows.select(range(100, 900))", "rows.select(range(100))"),
        (ROWS, "rows.skip(100)", "rows.take(100)"),
        (ROWS, "rows.filter(f)", "rows.filter(g)"),
        (ROWS + "dev = load_dataset('a/b', split='validation')", "rows", "dev"),
        (
            "rows = load_dataset('a/b', split='train[:90%]')\n"
            "dev = load_dataset('a/b', split='train[90%:]')",
            "rows",
            "dev",
        ),
        (ROWS + "dev = load_dataset('a/c', split='train')", "rows", "dev"),
        ("both = load_dataset('a/b')", "both[one]", "both[other]"),
        (ROWS + "a = rows.shuffle().select(range(9))", "a", "rows.shuffle().select(range(9))"),
    ],
)
def test_rows_that_may_be_apart_are_left_alone(rules, text, train, judged):
    assert "L203" not in rules(text, train, judged)
