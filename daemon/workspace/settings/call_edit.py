"""Add a keyword to a call or take one out, keeping how the person laid the call out."""

import libcst as cst

from ...errors import CannotEdit

_SPACE = cst.SimpleWhitespace(" ")
_NOTHING = cst.SimpleWhitespace("")


def add_keyword(call: str, name: str, literal: str) -> str:
    """The call with `name=literal` after its last argument.

    Args:
        call: source of the call, from its name to its closing parenthesis.
        literal: Python expression.
    """
    tree = _parse(call)
    args = list(tree.args)
    new = cst.Arg(
        keyword=cst.Name(name),
        equal=cst.AssignEqual(whitespace_before=_NOTHING, whitespace_after=_NOTHING),
        value=cst.parse_expression(literal),
    )
    if not args:
        return _code(tree.with_changes(args=[new]), call)
    last = args[-1]
    gap = _gap(tree)
    if isinstance(last.comma, cst.Comma):
        # The closing line stays behind the new argument; a comment stays on its own line.
        closing = last.comma.whitespace_after
        comma = last.comma.with_changes(whitespace_after=_opening(closing, gap))
        new = new.with_changes(comma=cst.Comma(whitespace_after=_closing(closing)))
    else:
        closing = last.whitespace_after_arg
        comma = cst.Comma(whitespace_after=_opening(closing, gap))
        new = new.with_changes(whitespace_after_arg=_closing(closing))
    args[-1] = last.with_changes(comma=comma, whitespace_after_arg=_NOTHING)
    return _code(tree.with_changes(args=[*args, new]), call)


def remove_keyword(call: str, name: str) -> str:
    """The call without the keyword `name`.

    Raises:
        CannotEdit: the call has no such keyword.
    """
    tree = _parse(call)
    args = list(tree.args)
    at = next(
        (i for i, arg in enumerate(args) if arg.keyword is not None and arg.keyword.value == name),
        None,
    )
    if at is None:
        raise CannotEdit(f"`{name}` is no keyword of this call; nothing to remove.")
    gone = args.pop(at)
    if at == len(args) and args:
        # It was the last: the one before it takes over how the call ends.
        args[-1] = args[-1].with_changes(
            comma=gone.comma, whitespace_after_arg=gone.whitespace_after_arg
        )
    return _code(tree.with_changes(args=args), call)


def rename_keyword(call: str, old: str, new: str) -> str:
    """The call with one keyword called otherwise, at its place.

    Raises:
        CannotEdit: the call has no such keyword, or has the new one already.
    """
    tree = _parse(call)
    names = [arg.keyword.value for arg in tree.args if arg.keyword is not None]
    if old not in names or new in names:
        raise CannotEdit(f"`{old}` can't be renamed to `{new}` in this call; edit it by hand.")
    args = [
        arg.with_changes(keyword=cst.Name(new))
        if arg.keyword is not None and arg.keyword.value == old
        else arg
        for arg in tree.args
    ]
    return _code(tree.with_changes(args=args), call)


def _parse(call: str) -> cst.Call:
    tree = cst.parse_expression(call)
    if not isinstance(tree, cst.Call):
        raise CannotEdit("A keyword can only be added to a call.")
    return tree


def _code(tree: cst.Call, before: str) -> str:
    newline = "\r\n" if "\r\n" in before else "\n"
    return cst.Module(body=[], default_newline=newline).code_for_node(tree)


def _gap(tree: cst.Call) -> cst.BaseParenthesizableWhitespace:
    """What stands between two arguments: a space, or a line break with the indentation."""
    for arg in tree.args[:-1]:
        if isinstance(arg.comma, cst.Comma):
            return _closing(arg.comma.whitespace_after)
    before = tree.whitespace_before_args
    return before if isinstance(before, cst.ParenthesizedWhitespace) else _SPACE


def _opening(
    closing: cst.BaseParenthesizableWhitespace, gap: cst.BaseParenthesizableWhitespace
) -> cst.BaseParenthesizableWhitespace:
    """The gap, with the comments that stood before the closing parenthesis."""
    if not isinstance(closing, cst.ParenthesizedWhitespace):
        return gap
    last = gap.last_line if isinstance(gap, cst.ParenthesizedWhitespace) else closing.last_line
    comment = closing.first_line.comment is not None or closing.empty_lines
    if not comment and not isinstance(gap, cst.ParenthesizedWhitespace):
        return gap
    return closing.with_changes(last_line=last)


def _closing(space: cst.BaseParenthesizableWhitespace) -> cst.BaseParenthesizableWhitespace:
    """The same space without its comments."""
    if not isinstance(space, cst.ParenthesizedWhitespace):
        return space
    newline = cst.TrailingWhitespace(newline=space.first_line.newline)
    return space.with_changes(first_line=newline, empty_lines=[])
