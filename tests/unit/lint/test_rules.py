"""Each rule on its own examples, which stand in its documentation too."""

import ast
import json
from pathlib import Path

import pytest
from intern_daemon.lint import REGISTRY, Installed, lint
from intern_daemon.workspace.settings import TrainingCode, find_settings

RULES = sorted(REGISTRY.values(), key=lambda rule: rule.id)
LONG = {"question": "why " * 200, "answer": "because " * 200}

#: What TRL 1.16 and transformers 5.23 answer, as far as the examples need it.
INSTALLED = Installed(
    versions={"trl": "1.16.0", "transformers": "5.23.0"},
    accepted={
        "SFTConfig": ["learning_rate", "eval_strategy", "packing", "completion_only_loss"],
        "SFTTrainer": ["model", "args", "train_dataset", "eval_dataset", "peft_config"],
    },
    exported={"trl": ["SFTConfig", "SFTTrainer"]},
)


@pytest.fixture
def root(tmp_path):
    """A folder with the rows that some examples read."""
    rows = tmp_path / "data" / "train.jsonl"
    rows.parent.mkdir()
    rows.write_text("\n".join(json.dumps(LONG) for _ in range(40)))
    return tmp_path


def code(root: Path, text: str) -> TrainingCode:
    (root / "train.py").write_text(text, encoding="utf-8")
    return find_settings(root, "python train.py")


def installed_for(rule):
    return INSTALLED if rule.id in {"L801", "L803", "L804"} else None


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_a_rule_objects_to_its_bad_example(rule, root):
    found = lint(code(root, rule.bad), installed=installed_for(rule))
    assert rule.id in [problem.rule.id for problem in found]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_a_good_example_has_no_errors_or_warnings_of_any_rule(rule, root):
    found = lint(code(root, rule.good), installed=installed_for(rule))
    assert rule.id not in [problem.rule.id for problem in found]
    serious = [one for one in found if one.rule.severity in ("error", "warning")]
    assert [(one.rule.id, one.message) for one in serious] == []


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_a_fix_mends_its_problem_and_leaves_valid_code(rule, root):
    before = code(root, rule.bad)
    for problem in lint(before, installed=installed_for(rule)):
        if problem.rule is not rule:
            continue
        for fix in problem.fixes:
            after = before
            for edit in fix.make():
                assert edit.before != edit.after
                ast.parse(edit.after)
                after = after.after(edit)
            left = [one.rule.id for one in lint(after, installed=installed_for(rule))]
            assert rule.id not in left, fix.title
