"""The layout of the rows that reach the trainer, after what the script does to the file's rows."""

import ast
from dataclasses import dataclass

from .settings import TrainingCode, called
from .training_data import DataFacts, Shape

_KEYS: dict[Shape, frozenset[str]] = {
    "preference": frozenset({"chosen", "rejected"}),
    "messages": frozenset({"messages"}),
    "prompt_completion": frozenset({"prompt", "completion"}),
    "text": frozenset({"text"}),
}


@dataclass(frozen=True)
class TrainedRows:
    """What the trainer sees."""

    shape: Shape
    conversational: bool | None
    """Lists of messages, which go through the chat template; None: it can't be told."""


def trained_rows(code: TrainingCode, facts: DataFacts) -> TrainedRows:
    """Tell the layout from the dictionaries that the script makes, else from the file's columns."""
    if code.argument("formatting_func") is not None:
        return TrainedRows("text", False)
    made = _made(code)
    shapes = {row.shape for row in made}
    if len(shapes) == 1:
        known = {row.conversational for row in made}
        return TrainedRows(made[0].shape, known.pop() if len(known) == 1 else None)
    if shapes:
        return TrainedRows("unknown", None)
    if facts.shape == "prompt_completion" and not {"prompt", "completion"} <= set(facts.columns):
        # TRL knows these two names only; the script renames columns in some way that we don't see.
        return TrainedRows("unknown", None)
    return TrainedRows(facts.shape, facts.conversational if facts.rows else None)


def _made(code: TrainingCode) -> list[TrainedRows]:
    rows = []
    for module in code.modules:
        for node in ast.walk(module.tree):
            match node:
                case ast.Dict(keys=keys, values=values):
                    entries = {
                        str(key.value): value
                        for key, value in zip(keys, values, strict=True)
                        if isinstance(key, ast.Constant)
                    }
                case ast.Call(args=[], keywords=words) if called(node) == "dict":
                    entries = {word.arg: word.value for word in words if word.arg}
                case _:
                    continue
            shape = next((s for s, names in _KEYS.items() if names <= entries.keys()), None)
            if shape is not None:
                first = (
                    entries[sorted(_KEYS[shape])[0]]
                    if shape != "prompt_completion"
                    else entries["prompt"]
                )
                rows.append(TrainedRows(shape, shape == "messages" or _is_messages(first)))
    return rows


def _is_messages(node: ast.expr) -> bool | None:
    if isinstance(node, ast.List):
        return any(isinstance(item, ast.Dict) for item in node.elts)
    if isinstance(node, ast.Constant | ast.JoinedStr | ast.BinOp):
        return False
    return None
