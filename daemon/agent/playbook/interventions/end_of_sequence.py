"""The end marker of the answer, without which a model never learns to stop.

TRL 1.16 adds the end token to rows of text and of plain prompt and completion by itself. It adds
nothing to conversations: there the chat template alone decides. So only those are looked at.
"""

import ast
import json
from collections.abc import Iterator

from ....errors import CannotEdit
from ....protocol import Change, Place
from ....workspace.chat_template import AssistantTurn, assistant_turn
from ....workspace.discovery import base_models
from ....workspace.settings import (
    FileEdit,
    PythonModule,
    TrainingCode,
    Value,
    called,
    splice,
)
from ....workspace.template_files import (
    TemplateSource,
    offset_in_source,
    template_source,
    tokenizer,
)
from ....workspace.trained_rows import trained_rows
from ....workspace.training_data import DataFacts
from .intervention import Idea, intervention

NEW_TEMPLATE = "chat_template.jinja"
WHAT = "the chat template ends the assistant's turn"
SOURCE = "TRL documentation, chat templates"


@intervention("end_of_sequence", family="end of sequence")
def end_of_sequence(code: TrainingCode, facts: DataFacts) -> Iterator[Idea]:
    """For conversations whose template leaves the answer open or ends it in another token."""
    if code.method not in {"sft", "lora"} or not trained_rows(code, facts).conversational:
        return
    models = [guess.value for guess in base_models(code)]
    source = template_source(code, models)
    turn = assistant_turn(source.text) if source else None
    if source is None or turn is None:
        return
    if turn.end is None:
        edits = _end_turn(code, source, turn)
        if edits:
            yield Idea(
                variant="template",
                title="end-of-sequence token after each answer in the chat template",
                hypothesis=(
                    "The model never sees an answer end, so it does not stop: with the end token "
                    "in the template it stops after the answer, and the metric rises."
                ),
                source=SOURCE,
                prior=0.9,
                edits=edits,
            )
        return
    yield from _other_token(code, models, turn.end)


def _other_token(code: TrainingCode, models: list[str], end: str) -> Iterator[Idea]:
    """The template ends answers in one token, and generation stops at another."""
    base = next((found for name in models if (found := tokenizer(code.root, name))), None)
    if base is None or end in {"eos_token", base.eos_token} or end not in base.special_tokens:
        return
    if code.config_name != "SFTConfig" or code.trace("eos_token") is not None:
        return
    if any("eos_token" in _assigned_attributes(module) for module in code.modules):
        return
    yield Idea(
        variant="eos_token",
        title=f"end-of-sequence token {base.eos_token} -> {end}",
        hypothesis=(
            f"The template ends answers in {end}, but generation waits for {base.eos_token}: with "
            f"{end} as the end token the model stops after the answer, and the metric rises."
        ),
        source=SOURCE,
        prior=0.7,
        values={"eos_token": end},
    )


def _assigned_attributes(module: PythonModule) -> set[str]:
    return {
        target.attr
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Attribute)
    }


def _end_turn(code: TrainingCode, source: TemplateSource, turn: AssistantTurn) -> list[FileEdit]:
    if source.module is not None and source.node is not None:
        return _in_literal(source.module, source.node, turn)
    if source.path is not None:
        after = _insert(source.text, turn.content_end, turn.ending())
        line = source.text.count("\n", 0, turn.content_end) + 1
        place = Place(path=source.path, line=line)
        return [FileEdit(source.path, source.text, after, [Change(what=WHAT, place=place)])]
    return _beside_tokenizer(code, source.text, turn) or _in_new_file(code, source.text, turn)


def _in_literal(module: PythonModule, node: ast.expr, turn: AssistantTurn) -> list[FileEdit]:
    start, _ = module.span(node)
    found = offset_in_source(module.source(node), turn.content_end)
    if found is None:
        return []
    at, delimiter = found
    ending = turn.ending('"' if delimiter == "'" else "'")
    place = module.place(node)
    return [splice(module, [((start + at, start + at), ending)], WHAT, place)]


def _beside_tokenizer(code: TrainingCode, text: str, turn: AssistantTurn) -> list[FileEdit]:
    """The template belongs to the base model, which stays as it is: mend it once it is loaded."""
    given = code.argument("processing_class") or code.argument("tokenizer")
    if not isinstance(given, ast.Name) or code.trainer is None:
        return []
    module = code.trainer.module
    bound = [one for scope in module.scopes(given) for one in module.bindings(scope, given.id)]
    if len(bound) != 1 or not isinstance(bound[0].value, ast.Call):
        return []
    if called(bound[0].value) != "from_pretrained":
        return []
    statement = bound[0]
    _, end = module.span(statement)
    begin = module.span(statement)[0]
    indent = " " * statement.col_offset
    if module.text[begin - statement.col_offset : begin].strip():
        return []  # something else stands before it on the line
    old, new = _unique(text, turn)
    name = given.id
    line_end = module.text.find("\n", end)
    line_end = len(module.text) if line_end < 0 else line_end
    newline = "\r\n" if "\r\n" in module.text else "\n"
    if newline == "\r\n" and line_end < len(module.text):
        line_end -= 1
    lines = [
        "",
        f"{indent}# The base's template leaves the answer open; without an end no model stops.",
        f"{indent}{name}.chat_template = {name}.chat_template.replace(",
        f"{indent}    {_quoted(old)},",
        f"{indent}    {_quoted(new)},",
        f"{indent})",
    ]
    place = module.place(statement)
    return [splice(module, [((line_end, line_end), newline.join(lines))], WHAT, place)]


def _unique(text: str, turn: AssistantTurn) -> tuple[str, str]:
    """A piece of the template around the insertion that stands there once, and its new form."""
    at = turn.content_end
    start, end = text.rfind("{{", 0, at), text.find("}}", at) + 2
    while text.count(text[start:end]) > 1 and start > 0:
        start -= 1
    return text[start:end], text[start:at] + turn.ending() + text[at:end]


def _quoted(text: str) -> str:
    return repr(text) if '"' in text and "'" not in text else json.dumps(text, ensure_ascii=False)


def _in_new_file(code: TrainingCode, text: str, turn: AssistantTurn) -> list[FileEdit]:
    """Nothing in the script holds the tokenizer: give TRL the mended template as a file."""
    if (code.root / NEW_TEMPLATE).exists():
        return []
    values: dict[str, Value] = {"chat_template_path": NEW_TEMPLATE}
    try:
        edits = code.set_all(values)
    except CannotEdit:
        return []
    after = _insert(text, turn.content_end, turn.ending())
    change = Change(what=WHAT, place=Place(path=NEW_TEMPLATE, line=1))
    return [*edits, FileEdit(NEW_TEMPLATE, "", after, [change])]


def _insert(text: str, at: int, new: str) -> str:
    return text[:at] + new + text[at:]
