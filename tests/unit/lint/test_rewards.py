"""Reward functions: what can go wrong in them, and what only looks like it."""

import pytest
from intern_daemon.lint import lint
from intern_daemon.workspace.settings import find_settings


@pytest.fixture
def rules(tmp_path):
    def found(body):
        lines = "\n".join(f"    {line}" for line in body.splitlines())
        text = (
            "import json\nimport re\nfrom trl import GRPOTrainer\n\n"
            f"def score(completions, answer, **kwargs):\n{lines}\n\n"
            "trainer = GRPOTrainer('a/b', reward_funcs=[score], train_dataset=prompts)\n"
        )
        (tmp_path / "train.py").write_text(text)
        problems = lint(find_settings(tmp_path, "python train.py"))
        return {one.rule.id for one in problems} & {"L602", "L603", "L604"}

    return found


@pytest.mark.parametrize(
    "risk",
    [
        "re.search('a', c).group(1)",
        "re.findall('a', c)[-1]",
        "c.split('####')[1]",
        "json.loads(c)['answer']",
        "float(c.strip())",
        "eval(c)",
    ],
)
def test_what_raises_on_an_unexpected_completion_is_told(rules, risk):
    assert rules(f"return [{risk} == a for c, a in zip(completions, answer)]") == {"L602"}


@pytest.mark.parametrize(
    "body",
    [
        "out = []\nfor c in completions:\n    try:\n        out.append(float(c.strip()))\n"
        "    except ValueError:\n        out.append(0.0)\nreturn out",
        "return [c.split('####')[1] == 'a' if '####' in c else 0.0 for c in completions]",
        "return [c.split('####')[-1] == 'a' for c in completions]",
        "return [c.split('####')[0] == 'a' for c in completions]",
        "found = [re.search('a', c) for c in completions]\n"
        "return [m.group(1) == 'x' if m else 0.0 for m in found]",
        "return [float(c == a) for c, a in zip(completions, answer)]",
        "return [1.0 if re.match('a', c) else 0.0 for c in completions]",
        "contents = [c[0]['content'] for c in completions]\nreturn [0.5 for _ in contents]",
    ],
)
def test_a_careful_reward_is_left_alone(rules, body):
    assert rules(body) == set()


@pytest.mark.parametrize(
    "body",
    [
        "return 1.0",
        "return sum(len(c) == 3 for c in completions) / 8",
        "return [1.0 for c in completions if c]",
        "out = []\nfor c in completions:\n    if not c:\n        continue\n    out.append(1.0)\n"
        "return out",
        "out = []\nfor c in completions:\n    if c:\n        out.append(1.0)\n    out.append(0.0)\n"
        "return out",
        "out = []\nfor c, a in zip(completions, answer):\n    try:\n        out.append(c == a)\n"
        "    except ValueError:\n        pass\nreturn out",
    ],
)
def test_a_reward_of_another_length_is_told(rules, body):
    assert "L603" in rules(body)


@pytest.mark.parametrize(
    "body",
    [
        "out = []\nfor c in completions:\n    if c:\n        out.append(1.0)\n    else:\n"
        "        out.append(0.0)\nreturn out",
        "out = []\nfor c in completions:\n    if not c:\n        out.append(0.0)\n"
        "        continue\n    out.append(1.0)\nreturn out",
        "out = []\nfor c in completions:\n    reward = 0.0\n    for word in c:\n"
        "        reward += 1\n    out.append(reward)\nreturn out",
        "good = [c for c in completions if c]\nreturn [float(c in good) for c in completions]",
        "out = [0.0] * len(completions)\nreturn out",
    ],
)
def test_a_reward_of_the_right_length_is_left_alone(rules, body):
    assert "L603" not in rules(body)


@pytest.mark.parametrize(
    ("reward", "wrong"),
    [
        ("len(c)", True),
        ("float(len(c))", True),
        ("min(len(c) / 500, 1.0)", True),
        ("-abs(20 - len(c))", False),
        ("-len(c)", False),
        ("len(set(c)) / len(c)", False),
        ("float(c == 'x') + 0.001 * len(c)", False),
    ],
)
def test_only_a_reward_that_is_nothing_but_length_is_told(rules, reward, wrong):
    assert ("L604" in rules(f"return [{reward} for c in completions]")) is wrong
