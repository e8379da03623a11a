"""Reward functions"""

import ast
from collections.abc import Iterator

from ...workspace.settings import PythonModule, called, splice
from ..definitions import Reward, rewards
from ..edits import edit_fix
from ..rule import Fix, Spot, rule
from ..script import Script

_TRAINER = """
trainer = GRPOTrainer("Qwen/Qwen3-4B", reward_funcs=[exact], train_dataset=prompts)
"""


@rule(
    "L601",
    "reward_takes_no_columns",
    "error",
    source="TRL documentation, GRPOTrainer: reward functions get all columns as keyword arguments",
    bad="""
from trl import GRPOTrainer

def exact(completions, answer):
    return [float(text == right) for text, right in zip(completions, answer)]
"""
    + _TRAINER,
    good="""
from trl import GRPOTrainer

def exact(completions, answer, **kwargs):
    return [float(text == right) for text, right in zip(completions, answer)]
"""
    + _TRAINER,
)
def reward_takes_no_columns(script: Script) -> Iterator[Spot]:
    """A reward function has no `**kwargs`, but it is called with more than it names.

    TRL passes the prompts, the completions, their token ids, the state of the trainer and each
    column of the data set. The first batch stops with a TypeError.
    """
    if script.code.trainer_name not in {"GRPOTrainer", "RLOOTrainer"}:
        return
    for reward in rewards(script):
        if reward.passed and reward.function.args.kwarg is None:
            yield Spot(
                reward.place,
                f"{reward.function.name} is called with more arguments than it takes; it needs "
                "**kwargs.",
                _with_kwargs(reward),
            )


def _with_kwargs(reward: Reward) -> tuple[Fix, ...]:
    module, arguments = reward.module, reward.function.args
    ends = [module.span(one)[1] for one in _written(arguments)]
    if not ends:
        return ()
    at = (max(ends), max(ends))
    what = "**kwargs added"
    return (
        edit_fix("Add **kwargs", lambda: splice(module, [(at, ", **kwargs")], what, reward.place)),
    )


def _written(arguments: ast.arguments) -> Iterator[ast.expr]:
    """What a definition's parameters are made of, as far as it has a place."""
    # An `ast.arg` has the places of an expression.
    yield from (*arguments.args, *arguments.kwonlyargs)  # type: ignore[misc]
    yield from (one for one in (*arguments.defaults, *arguments.kw_defaults) if one is not None)


@rule(
    "L602",
    "reward_can_raise",
    "warning",
    source="TRL, GRPOTrainer: an exception in a reward function ends the training",
    bad="""
import re
from trl import GRPOTrainer

def exact(completions, answer, **kwargs):
    found = [re.search(r"<answer>(.*)</answer>", text).group(1) for text in completions]
    return [float(one == right) for one, right in zip(found, answer)]
"""
    + _TRAINER,
    good="""
import re
from trl import GRPOTrainer

def exact(completions, answer, **kwargs):
    found = [re.search(r"<answer>(.*)</answer>", text) for text in completions]
    return [float(one is not None and one[1] == right) for one, right in zip(found, answer)]
"""
    + _TRAINER,
)
def reward_can_raise(script: Script) -> Iterator[Spot]:
    """A reward function raises on a completion that is not as expected, and the run ends with it.

    Models write anything. Said for a match that is used unseen, for parts of a split or of
    `findall` that need not be there, for `json.loads`, `eval`, and numbers made of text; silent
    inside `try`, under a condition, and after an early return.
    """
    for reward in rewards(script):
        scope = reward.function
        for node in ast.walk(scope):
            why = _risk(node) if isinstance(node, ast.expr) else None
            if why is None or not isinstance(node, ast.expr):
                continue
            if not _is_guarded(reward.module, scope, node):
                yield script.at(reward.module, node, f"{scope.name} can raise: {why}.")
                break


def _risk(node: ast.expr) -> str | None:  # noqa: PLR0911 - one return a risk
    match node:
        case ast.Call(func=ast.Attribute(value=ast.Call() as found, attr="group" | "groups")):
            if called(found) in {"search", "match", "fullmatch"}:
                return "there may be no match"
        case ast.Subscript(value=ast.Call() as found) if isinstance(
            found.func, ast.Attribute
        ) and isinstance(node.slice, ast.Constant | ast.UnaryOp):
            if called(found) == "findall":
                return "there may be no match"
            certain = isinstance(node.slice, ast.Constant) and node.slice.value == 0
            last = ast.unparse(node.slice) == "-1"
            if called(found) == "split" and not certain and not last:
                return "the text may have fewer parts"
            if called(found) in {"search", "match", "fullmatch"}:
                return "there may be no match"
        case ast.Call(func=ast.Attribute(value=ast.Name(id="json"), attr="loads")):
            return "the text may be no JSON"
        case ast.Call(func=ast.Name(id="eval" | "exec" as name)):
            return f"{name}() of what a model wrote can do anything"
        case ast.Call(func=ast.Name(id="float" | "int" as name), args=[ast.Call() as inner]):
            if called(inner) in {"strip", "group", "replace", "rstrip", "lstrip"}:
                return f"the text may be no {'number' if name == 'float' else 'integer'}"
    return None


def _is_guarded(module: PythonModule, scope: ast.AST, node: ast.expr) -> bool:
    child: ast.AST = node
    parent = module.parents.get(child)
    while parent is not None:
        match parent:
            case ast.Try(body=body) if child in body:
                return True
            case ast.If(test=test) | ast.IfExp(test=test) if child is not test:
                return True
            case ast.comprehension(ifs=ifs) if child in ifs:
                pass
            case ast.BoolOp():
                return True
            case (
                ast.ListComp(generators=loops)
                | ast.GeneratorExp(generators=loops)
                | ast.SetComp(generators=loops)
            ) if any(loop.ifs for loop in loops):
                return True
        if parent is scope:
            break
        child, parent = parent, module.parents.get(parent)
    leaving = ast.Return | ast.Continue | ast.Raise
    return any(
        isinstance(one, ast.If) and isinstance(one.body[-1], leaving) and one.lineno < node.lineno
        for one in ast.walk(scope)
    )


@rule(
    "L603",
    "reward_of_wrong_length",
    "error",
    source="TRL documentation, GRPOTrainer: rewards are one float for each completion",
    bad="""
from trl import GRPOTrainer

def exact(completions, answer, **kwargs):
    scores = []
    for text, right in zip(completions, answer):
        if text == right:
            scores.append(1.0)
    return scores
"""
    + _TRAINER,
    good="""
from trl import GRPOTrainer

def exact(completions, answer, **kwargs):
    scores = []
    for text, right in zip(completions, answer):
        scores.append(1.0 if text == right else 0.0)
    return scores
"""
    + _TRAINER,
)
def reward_of_wrong_length(script: Script) -> Iterator[Spot]:
    """A reward function does not return one reward for each completion.

    Either one number for all, or a list that leaves completions out: a comprehension with a
    condition, or a loop with a path that appends nothing, or twice. A reward of None is fine: TRL
    leaves it out of the mean.
    """
    for reward in rewards(script):
        if not reward.passed:
            continue
        for node in ast.walk(reward.function):
            if (
                isinstance(node, ast.Return)
                and node.value is not None
                and reward.module.scope(node) is reward.function
                and (why := _wrong_length(reward, node.value)) is not None
            ):
                message = f"{reward.function.name} returns {why}, not one for each completion."
                yield script.at(reward.module, node, message)


def _wrong_length(  # noqa: PLR0911 - one return a shape
    reward: Reward, node: ast.expr
) -> str | None:
    match node:
        case ast.Constant(value=int() | float()):
            return "one number"
        case ast.Call(func=ast.Name(id="sum" | "float" | "len" | "max" | "min")):
            return "one number"
        case ast.BinOp(left=ast.Call(func=ast.Name(id="sum"))):
            return "one number"
        case ast.ListComp(generators=[loop]) if loop.ifs and reward.loops_over(loop.iter):
            return "rewards for some completions only"
        case ast.Name(id=name):
            bound = reward.module.bindings(reward.function, name)
            if len(bound) != 1:
                return None
            if isinstance(bound[0].value, ast.ListComp):
                return _wrong_length(reward, bound[0].value)
            if not (isinstance(bound[0].value, ast.List) and not bound[0].value.elts):
                return None
            loops = [
                one
                for one in ast.walk(reward.function)
                if isinstance(one, ast.For) and _grows(one, name)
            ]
            if len(loops) == 1 and reward.loops_over(loops[0].iter):
                return _uneven(loops[0].body, name)
    return None


def _grows(node: ast.AST, name: str) -> bool:
    """Whether anything below appends to a list."""
    return any(_appends(one, name) for one in ast.walk(node))


def _appends(node: ast.AST, name: str) -> bool:
    match node:
        case ast.Call(func=ast.Attribute(value=ast.Name(id=owner), attr="append")):
            return owner == name
    return False


class _Untold(Exception):
    """How often a block appends can't be told."""


def _uneven(body: list[ast.stmt], name: str) -> str | None:
    try:
        through, left = _counts(body, name)
    except _Untold:
        return None
    counts = through | left
    if counts == {1}:
        return None
    return "rewards for some completions only" if 0 in counts else "several rewards for some"


def _counts(body: list[ast.stmt], name: str) -> tuple[set[int], set[int]]:
    """How often a block may append: where it runs through, and where it leaves by `continue`."""
    through, left = {0}, set[int]()
    for statement in body:
        match statement:
            case ast.Continue():
                return set(), left | through
            case ast.Raise() | ast.Return():
                return set(), left
            case ast.Break():
                raise _Untold
            case ast.If(body=one, orelse=other):
                branches = [_counts(one, name), _counts(other, name)]
            case ast.Try(body=one, handlers=handlers, orelse=other, finalbody=last):
                branches = [_counts([*one, *other, *last], name)]
                branches += [_counts([*each.body, *last], name) for each in handlers]
            case ast.With(body=one):
                branches = [_counts(one, name)]
            case ast.Expr(value=value) if _appends(value, name):
                branches = [({1}, set())]
            case _ if _grows(statement, name) or _mentions(statement, name):
                raise _Untold
            case _:
                continue
        left |= {a + b for a in through for _, ends in branches for b in ends}
        through = {a + b for a in through for ends, _ in branches for b in ends}
    return through, left


def _mentions(node: ast.AST, name: str) -> bool:
    return any(isinstance(one, ast.Name) and one.id == name for one in ast.walk(node))


@rule(
    "L604",
    "reward_is_length",
    "warning",
    source="Singhal et al., 2023, A Long Way to Go: length correlations in RLHF",
    bad="""
from trl import GRPOTrainer

def exact(completions, **kwargs):
    return [len(text) / 1000 for text in completions]
"""
    + _TRAINER,
    good="""
from trl import GRPOTrainer

def exact(completions, answer, **kwargs):
    return [float(text == right) for text, right in zip(completions, answer)]
"""
    + _TRAINER,
)
def reward_is_length(script: Script) -> Iterator[Spot]:
    """A reward grows with the length of the completion, so the model learns to talk.

    Said where the reward is nothing but a length, as it is or times a number. A distance from a
    target length, or a length among other terms, is silent.
    """
    for reward in rewards(script):
        if not reward.passed:
            continue
        for node in ast.walk(reward.function):
            scored: ast.expr | None = None
            match node:
                case ast.Return(value=ast.ListComp(elt=elt)):
                    scored = elt
                case ast.Expr(value=ast.Call(func=ast.Attribute(attr="append"), args=[elt])):
                    scored = elt
            if scored is not None and _is_length(scored):
                message = f"{reward.function.name} rewards length: the longer, the better."
                yield script.at(reward.module, scored, message)


def _is_length(node: ast.expr) -> bool:
    match node:
        case ast.Call(func=ast.Name(id="len"), args=[_]):
            return True
        case ast.Call(func=ast.Name(id="float"), args=[inner]):
            return _is_length(inner)
        case ast.Call(func=ast.Name(id="min"), args=args):
            return any(_is_length(one) for one in args)
        case ast.BinOp(left=left, op=ast.Div() | ast.Mult(), right=right):
            if isinstance(right, ast.Constant | ast.Name):
                return _is_length(left)
            return isinstance(left, ast.Constant | ast.Name) and _is_length(right)
    return False
