"""Repeated and contradictory rows of the training data, left out by the script.

The data file stays as it is: the script gets a function that picks the rows, and hands the trainer
its result. Evaluation data are not touched.
"""

import ast
from collections.abc import Iterator

from ....workspace.settings import FileEdit, PythonModule, TrainingCode, splice
from ....workspace.trained_rows import trained_rows
from ....workspace.training_data import DataFacts
from .intervention import Idea, intervention

NAME = "without_duplicates"

# Fewer repeated rows than this can hardly move a metric.
LEAST_SHARE = 0.005

_HEAD = f'''def {NAME}(dataset):
    """Keep each example once; of one prompt's answers the most frequent, or none in a tie."""
    answers = {{}}
    for index, row in enumerate(dataset):
'''

_QUESTIONS = {
    "messages": 'repr(row["messages"][:-1]), repr(row["messages"][-1])',
    "prompt_completion": 'repr(row["prompt"]), repr(row["completion"])',
    "text": 'repr(row["text"]), None',
    "instruction_output": 'repr((row["instruction"], row.get("input"))), repr(row["{answer}"])',
}

_TAIL = """        answers.setdefault(prompt, {}).setdefault(answer, []).append(index)
    kept = []
    for rows in answers.values():
        most, *others = sorted(rows.values(), key=len, reverse=True)
        if not others or len(most) > len(others[0]):
            kept.append(most[0])
    return dataset.select(sorted(kept))
"""


@intervention("deduplicate", family="data")
def deduplicate(code: TrainingCode, facts: DataFacts) -> Iterator[Idea]:
    """Only where local training data repeat or contradict themselves."""
    wrong = facts.duplicates + facts.contradictory_prompts
    if not facts.rows or wrong / facts.rows < LEAST_SHARE:
        return
    edits = _filtered(code, facts)
    if not edits:
        return
    parts = []
    if facts.duplicates:
        parts.append(f"{facts.duplicates} duplicate rows")
    if facts.contradictory_prompts:
        parts.append(f"{facts.contradictory_prompts} prompts with contradictory answers")
    found = " and ".join(parts)
    share = wrong / facts.rows
    yield Idea(
        variant="train",
        title=f"resolve {found} of {facts.rows}",
        hypothesis=(
            f"The training data hold {found}, which teach by heart or teach nothing: without them "
            "the metric rises."
        ),
        source="Lee et al. 2022, Deduplicating Training Data Makes Language Models Better",
        prior=min(0.7, 0.2 + share + (0.2 if facts.contradictory_prompts else 0.0)),
        cost=max(0.1, 1 - facts.duplicate_share),
        edits=edits,
    )


def _filtered(code: TrainingCode, facts: DataFacts) -> list[FileEdit]:
    given = code.argument("train_dataset")
    if given is None or code.trainer is None:
        return []
    module = code.trainer.module
    if NAME in module.functions or any(name == NAME for name in module.imports):
        return []
    source = module.source(given)
    start, end = module.span(given)
    function = _function(code, facts)
    newline = "\r\n" if "\r\n" in module.text else "\n"
    at = _after_imports(module, code.trainer.call.lineno)
    what = f"{NAME}() picks the rows of train_dataset"
    rest = module.text[at:].replace("\r", "")
    blank = "\n" * max(0, 2 - (len(rest) - len(rest.lstrip("\n"))))
    text = f"\n\n{function}{blank}" if at else f"{function}{blank}"
    parts = [((start, end), f"{NAME}({source})"), ((at, at), text.replace("\n", newline))]
    return [splice(module, parts, what, module.place(given))]


def _function(code: TrainingCode, facts: DataFacts) -> str:
    """The picking function, for the layout that the rows have, or for all where it is unknown."""
    shape = trained_rows(code, facts).shape
    answer = "output" if "output" in facts.columns else "response"
    if shape in _QUESTIONS:
        body = f"        prompt, answer = {_QUESTIONS[shape].format(answer=answer)}\n"
    elif shape in {"preference", "prompt"}:
        body = "        prompt, answer = repr(row), None\n"
    else:
        body = (
            '        if "messages" in row:\n'
            f"            prompt, answer = {_QUESTIONS['messages']}\n"
            '        elif "completion" in row:\n'
            f"            prompt, answer = {_QUESTIONS['prompt_completion']}\n"
            "        else:\n"
            "            prompt, answer = repr(row), None\n"
        )
    return _HEAD + body + _TAIL


def _after_imports(module: PythonModule, before: int) -> int:
    """Index behind the line of the last import of the module that stands before a line."""
    last = 0
    for statement in module.tree.body:
        if statement.lineno >= before:
            break
        docstring = isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
        if isinstance(statement, ast.Import | ast.ImportFrom) or (docstring and not last):
            last = module.span(statement)[1]
    if not last:
        return 0
    line_end = module.text.find("\n", last)
    return len(module.text) if line_end < 0 else line_end + 1
