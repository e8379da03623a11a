"""The end of the answer and the loss on the answer: proposed only where TRL needs it."""

import ast
import json
from pathlib import Path

import jinja2
import pytest
from intern_daemon.agent.playbook.interventions import all_candidates
from intern_daemon.workspace.chat_template import assistant_turn
from intern_daemon.workspace.template_files import offset_in_source

MESSAGES = [{"role": "user", "content": "Q"}, {"role": "assistant", "content": "A"}]

OPEN = (
    "{% for m in messages %}{{ '<|im_start|>' + m['role'] + '\\n' }}"
    "{% if m['role'] == 'assistant' %}"
    "{% generation %}{{ m['content'] }}{% endgeneration %}{{ '\\n' }}"
    "{% else %}{{ m['content'] + '<|im_end|>\\n' }}{% endif %}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}"
)
SHARED = "{% for m in messages %}{{ m.role + ': ' + m.content | trim + '\\n' }}{% endfor %}"
EXCEPT = (
    "{% for m in messages %}{{ '<|im_start|>' + m['role'] + '\\n' + m['content'] }}"
    "{% if m['role'] != 'assistant' %}{{ '<|im_end|>\\n' }}{% endif %}{% endfor %}"
)
CLOSED = OPEN.replace("{{ m['content'] }}{% endgen", "{{ m['content'] + '<|im_end|>' }}{% endgen")
OUTSIDE = OPEN.replace("{% endgeneration %}{{ '\\n' }}", "{% endgeneration %}{{ '<|im_end|>\\n' }}")
PLAIN = CLOSED.replace("{% generation %}", "").replace("{% endgeneration %}", "")

SCRIPT = """\
from datasets import load_dataset
from transformers import AutoTokenizer
from trl import SFTConfig, SFTTrainer

tokenizer = AutoTokenizer.from_pretrained("base/tiny")
{template}data = load_dataset("json", data_files="data/train.jsonl", split="train")
SFTTrainer(
    model="base/tiny",
    args=SFTConfig(output_dir="outputs"),
    train_dataset=data,
    processing_class=tokenizer,
).train()
"""


def render(template: str) -> str:
    template = template.replace("{% generation %}", "").replace("{% endgeneration %}", "")
    return jinja2.Template(template).render(messages=MESSAGES, eos_token="<EOS>")


def workspace(
    root: Path, script: str, template: str | None = None, rows=None, eos="<|im_end|>"
) -> Path:
    (root / "base/tiny").mkdir(parents=True)
    (root / "data").mkdir()
    config = {"eos_token": eos} | ({"chat_template": template} if template else {})
    (root / "base/tiny/tokenizer_config.json").write_text(json.dumps(config))
    added = [{"content": "<|im_end|>"}, {"content": "<|endoftext|>"}]
    (root / "base/tiny/tokenizer.json").write_text(json.dumps({"added_tokens": added}))
    lines = (json.dumps(row) for row in rows or [{"messages": MESSAGES}])
    (root / "data/train.jsonl").write_text("\n".join(lines))
    (root / "train.py").write_text(script)
    return root


def find(root: Path, intervention: str):
    found = all_candidates(root, "python train.py")
    return next((one for one in found if one.intervention == intervention), None)


def added(edit) -> list[str]:
    return [line for line in edit.diff.splitlines()[2:] if line.startswith("+")]


@pytest.mark.parametrize(
    ("template", "end", "marked"),
    [
        (OPEN, None, False),
        (SHARED, None, False),
        (EXCEPT, None, False),
        (CLOSED, "<|im_end|>", True),
        (OUTSIDE, "<|im_end|>", False),
        (PLAIN, "<|im_end|>", False),
        (SHARED + "{{ eos_token }}", "eos_token", False),
    ],
)
def test_a_template_is_read_for_the_end_of_the_answer(template, end, marked):
    turn = assistant_turn(template)
    assert (turn.end, turn.marked) == (end, marked)


def test_no_template_of_trl_is_called_open():
    trl = pytest.importorskip("trl")
    files = sorted((Path(trl.__file__).parent / "chat_templates").glob("*.jinja"))
    turns = {file.stem: assistant_turn(file.read_text()) for file in files}
    # GLM and its kin end a turn by beginning the next one.
    assert [name for name, turn in turns.items() if turn and turn.end is None] == []
    assert turns["qwen3_training"].marked
    assert turns["phi3"].end == "<|end|>"


@pytest.mark.parametrize(
    ("template", "before", "after"),
    [
        (OPEN, "A\n", "A<EOS>\n"),
        (SHARED, "user: Q\nassistant: A\n", "user: Q\nassistant: A<EOS>\n"),
        (EXCEPT, "assistant\nA", "assistant\nA<EOS>"),
    ],
)
@pytest.mark.parametrize("written", ["repr", "json", "triple", "joined"])
def test_a_template_in_the_script_gets_its_end(tmp_path, template, before, after, written):
    half = len(template) // 3
    literal = {
        "repr": repr(template),
        "json": json.dumps(template),
        "triple": '"""' + template.replace("\\", "\\\\") + '"""',
        "joined": f"(\n    {template[:half]!r}\n    {template[half:]!r}\n)",
    }[written]
    script = SCRIPT.format(template=f"tokenizer.chat_template = {literal}\n")
    found = find(workspace(tmp_path, script), "end_of_sequence")
    (edit,) = found.edits
    (line,) = added(edit)
    assert "eos_token" in line
    tree = ast.parse(edit.after)
    node = next(
        n
        for n in ast.walk(tree)
        if isinstance(n, ast.Assign) and isinstance(n.targets[0], ast.Attribute)
    )
    edited = ast.literal_eval(node.value)
    assert render(template).endswith(before)
    assert render(edited).endswith(after)
    assert render(edited).count("<EOS>") == 1


def test_a_template_constant_is_edited_where_it_stands(tmp_path):
    script = SCRIPT.format(template="tokenizer.chat_template = TEMPLATE\n")
    script = f"TEMPLATE = {OPEN!r}\n{script}"
    (edit,) = find(workspace(tmp_path, script), "end_of_sequence").edits
    assert added(edit)[0].startswith("+TEMPLATE = ")


def test_a_template_file_of_the_repository_is_edited(tmp_path):
    script = SCRIPT.format(template="tokenizer.chat_template = Path('chat.jinja').read_text()\n")
    workspace(tmp_path, script)
    (tmp_path / "chat.jinja").write_text(OPEN)
    (edit,) = find(tmp_path, "end_of_sequence").edits
    assert edit.path == "chat.jinja"
    assert render(edit.after).endswith("A<EOS>\n")


def test_the_template_of_the_base_is_mended_in_the_script(tmp_path):
    found = find(workspace(tmp_path, SCRIPT.format(template=""), OPEN), "end_of_sequence")
    (edit,) = found.edits
    assert edit.path == "train.py"
    assert added(edit)[1] == "+tokenizer.chat_template = tokenizer.chat_template.replace("
    node = next(
        n
        for n in ast.parse(edit.after).body
        if isinstance(n, ast.Assign) and isinstance(n.targets[0], ast.Attribute)
    )
    old, new = (ast.literal_eval(arg) for arg in node.value.args)
    assert OPEN.count(old) == 1
    assert render(OPEN.replace(old, new)).endswith("A<EOS>\n")


def test_a_script_without_a_tokenizer_gets_a_template_file(tmp_path):
    script = SCRIPT.format(template="").replace("    processing_class=tokenizer,\n", "")
    edits = find(workspace(tmp_path, script, OPEN), "end_of_sequence").edits
    assert [edit.path for edit in edits] == ["train.py", "chat_template.jinja"]
    assert 'chat_template_path="chat_template.jinja"' in edits[0].after
    assert render(edits[1].after).endswith("A<EOS>\n")


def test_a_template_with_an_end_is_left_alone(tmp_path):
    assert find(workspace(tmp_path, SCRIPT.format(template=""), CLOSED), "end_of_sequence") is None


@pytest.mark.parametrize("rows", [[{"text": "a"}], [{"prompt": "a", "completion": "b"}]])
def test_rows_that_trl_ends_by_itself_are_left_alone(tmp_path, rows):
    root = workspace(tmp_path, SCRIPT.format(template=""), OPEN, rows=rows)
    assert find(root, "end_of_sequence") is None


def test_an_end_that_generation_does_not_know_becomes_the_end_token(tmp_path):
    root = workspace(tmp_path, SCRIPT.format(template=""), CLOSED, eos="<|endoftext|>")
    found = find(root, "end_of_sequence")
    assert found.title == "end-of-sequence token <|endoftext|> -> <|im_end|>"
    assert 'SFTConfig(output_dir="outputs", eos_token="<|im_end|>")' in found.edits[0].after


def test_loss_on_the_answer_needs_markers_around_the_end(tmp_path):
    found = find(workspace(tmp_path, SCRIPT.format(template=""), CLOSED), "completion_only_loss")
    assert 'SFTConfig(output_dir="outputs", assistant_only_loss=True)' in found.edits[0].after


@pytest.mark.parametrize("template", [OPEN, OUTSIDE, PLAIN, None])
def test_loss_on_the_answer_is_not_proposed_without_markers(tmp_path, template):
    root = workspace(tmp_path, SCRIPT.format(template=""), template)
    assert find(root, "completion_only_loss") is None


def test_loss_on_the_answer_is_proposed_where_trl_marks_the_template_itself(tmp_path):
    trl = pytest.importorskip("trl")
    template = (Path(trl.__file__).parent / "chat_templates/qwen3.jinja").read_text()
    root = workspace(tmp_path, SCRIPT.format(template=""), template)
    assert find(root, "completion_only_loss") is not None


def test_loss_on_the_answer_that_is_set_already_is_left_alone(tmp_path):
    script = SCRIPT.format(template="").replace(
        '"outputs")', '"outputs", assistant_only_loss=True)'
    )
    assert find(workspace(tmp_path, script, CLOSED), "completion_only_loss") is None


@pytest.mark.parametrize(
    ("source", "index", "before"),
    [
        ("'abc'", 2, "'ab"),
        ("'a\\nbc'", 2, "'a\\n"),
        ("r'a\\nbc'", 3, "r'a\\n"),
        ("'a' 'bc'", 2, "'a' 'b"),
        ('"""a\\\nb"""', 1, '"""a'),
        ("'\\d\\x41é'", 3, "'\\d\\x41"),
    ],
)
def test_an_index_of_a_string_is_found_in_its_literal(source, index, before):
    found = offset_in_source(source, index)
    assert source[: found[0]] == before
