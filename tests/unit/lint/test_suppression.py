"""Comments that silence rules."""

import pytest
from intern_daemon.lint import lint
from intern_daemon.lint.suppression import ignored
from intern_daemon.protocol import Place
from intern_daemon.workspace.settings import find_settings

BAD = """\
from trl import SFTConfig, SFTTrainer

args = SFTConfig(
    fp16=True,
    bf16=True,
    learning_rate=5e-3,
)
trainer = SFTTrainer("Qwen/Qwen3-4B", args=args, train_dataset=rows)
trainer.evaluate()
"""


@pytest.fixture
def rules(tmp_path):
    def found(text):
        (tmp_path / "train.py").write_text(text)
        return {one.rule.id for one in lint(find_settings(tmp_path, "python train.py"))}

    return found


def test_without_a_comment_both_problems_are_told(rules):
    assert rules(BAD) == {"L501", "L101"}


def test_a_comment_at_the_end_of_a_line_silences_its_rule_there(rules):
    text = BAD.replace("5e-3,", "5e-3,  # intern: ignore[L101]")
    assert rules(text) == {"L501"}


def test_a_comment_for_another_rule_silences_nothing(rules):
    assert rules(BAD.replace("5e-3,", "5e-3,  # intern: ignore[L102]")) == {"L501", "L101"}


def test_a_comment_on_a_line_of_its_own_counts_for_the_line_below(rules):
    text = BAD.replace("    learning", "    # intern: ignore[L102, L101] on purpose\n    learning")
    assert rules(text) == {"L501"}


def test_a_comment_without_ids_silences_all_rules_of_its_line(rules):
    assert rules(BAD.replace("fp16=True,", "fp16=True,  # intern: ignore")) == {"L101"}


def test_a_comment_before_the_first_statement_counts_for_the_file(rules):
    assert rules('"""Trains."""\n\n# intern: ignore[L101]\n' + BAD) == {"L501"}
    assert rules("# intern: ignore\n" + BAD) == set()


def test_a_comment_inside_a_string_is_none(rules):
    text = BAD.replace("args = S", 'note = "# intern: ignore[L101]"; args = S')
    assert rules(text) == {"L501", "L101"}


def test_a_comment_anywhere_within_a_call_of_several_lines_silences_what_is_said_of_it():
    found = ignored("train.py", "x = f(\n    1,\n)  # intern: ignore[L204]\n")
    assert found.covers("L204", Place(path="train.py", line=1, end_line=3))
    assert not found.covers("L204", Place(path="train.py", line=1, end_line=2))


def test_a_setting_in_yaml_is_silenced_on_its_line_in_yaml(tmp_path, rules):
    (tmp_path / "rates.yaml").write_text("learning_rate: 0.005  # intern: ignore[L101]\n")
    load = "import yaml\n\nsettings = yaml.safe_load(open('rates.yaml'))\n"
    assert rules(load + BAD.replace("5e-3", "settings['learning_rate']")) == {"L501"}
