"""Secrets and remote jobs: what is one, and what only looks like it."""

import pytest
from intern_daemon.lint import lint
from intern_daemon.workspace.settings import find_settings


@pytest.fixture
def rules(tmp_path):
    def found(text):
        (tmp_path / "train.py").write_text(f"from trl import SFTTrainer\n{text}\n")
        problems = lint(find_settings(tmp_path, "python train.py"))
        return {one.rule.id for one in problems if one.rule.id.startswith("L90")}

    return found


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("login('hf_aBcDeFgHiJkLmNoPqRsTuVwXyZaBcDeFgH')", True),
        ("key = 'sk-proj-Ab3dEf6hIj9kLm2nOp5qRs8t'", True),
        ("wandb.login(key='0123456789abcdef0123456789abcdef01234567')", True),
        ("os.environ['WANDB_API_KEY'] = '0123456789abcdef0123456789abcdef01234567'", True),
        ("commit = '0123456789abcdef0123456789abcdef01234567'", False),
        ("login('hf_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx')", False),
        ("login('hf_YOUR_TOKEN_GOES_HERE')", False),
        ("name = 'sk-learn-random-forest-baseline-v2'", False),
        ("login(os.environ['HF_TOKEN'])", False),
        ("url = 'https://user:Passw0rdPassw0rd@example.org/data.json'", False),
    ],
)
def test_a_secret_is_told_and_a_placeholder_is_not(rules, text, secret):
    assert ("L901" in rules(text)) is secret


REMOTE = "# hf jobs uv run --flavor a10g-small train.py\n"
TRAINER = "trainer = SFTTrainer('a/b', train_dataset=load({path!r}))\ntrainer.train()\n"


def test_only_a_script_for_a_remote_job_must_push(rules):
    text = TRAINER.format(path="me/rows")
    assert rules(text) == set()
    assert rules(REMOTE + text) == {"L902"}
    assert rules(REMOTE + text + "trainer.push_to_hub()") == set()


def test_a_file_of_the_repository_is_not_there_in_a_remote_job(rules, tmp_path):
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "train.jsonl").write_text("{}\n")
    text = TRAINER.format(path="data/train.jsonl") + "trainer.push_to_hub()"
    assert rules(text) == set()
    assert rules(REMOTE + text) == {"L903"}
