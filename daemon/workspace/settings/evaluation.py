"""Evaluate expressions that are plain values, without running anything."""

import ast

from .setting import Value


def evaluate(node: ast.expr) -> tuple[bool, Value]:
    """Whether an expression is a plain value, and which."""
    try:
        value = ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return _arithmetic(node)
    if isinstance(value, bool | int | float | str) or value is None:
        return True, value
    if isinstance(value, list | tuple | set):
        return True, list(value)
    return False, None


def _arithmetic(node: ast.expr) -> tuple[bool, Value]:
    """Products and powers of numbers: `3 * 1e-5`, `10 ** -4`, `-1`."""
    if not isinstance(node, ast.BinOp):
        return False, None
    parts = [evaluate(side) for side in (node.left, node.right)]
    numbers = [value for _, value in parts if isinstance(value, int | float)]
    if len(numbers) != 2 or any(abs(number) > 1e9 for number in numbers):
        return False, None
    left, right = numbers
    try:
        match node.op:
            case ast.Mult():
                return True, left * right
            case ast.Div():
                return True, left / right
            case ast.Pow() if abs(right) <= 64:
                return True, left**right
    except (ArithmeticError, ValueError):
        pass
    return False, None


def shorten(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 40 else f"{line[:37]}..."
