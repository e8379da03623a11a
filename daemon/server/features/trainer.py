"""The line of a training script at which training begins."""

import ast

from ...workspace.settings import PythonModule, TrainingCode


def entry(code: TrainingCode, path: str) -> tuple[int, int, int] | None:
    """Line from 1, first and last column from 0: the trainer's call, else where the script starts.

    None: the file is not where training begins.
    """
    if code.trainer is not None:
        if code.trainer.module.path != path:
            return None
        place = code.trainer.module.place(code.trainer.call.func)
        end = (place.end_column or place.column) - 1 if place.end_line == place.line else -1
        return place.line, place.column - 1, max(end, place.column)
    if path != code.script:
        return None
    module = code.modules[0]
    statement = _start(module)
    if statement is None:
        return 1, 0, 0
    line = module.text.splitlines()[statement.lineno - 1]
    return statement.lineno, statement.col_offset, len(line)


def _start(module: PythonModule) -> ast.stmt | None:
    """`if __name__ == "__main__"`, else the first statement that does something."""
    passive = (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    acts: list[ast.stmt] = []
    for node in module.tree.body:
        match node:
            case ast.If(test=ast.Compare(left=ast.Name(id="__name__"))):
                return node
            case ast.Expr(value=ast.Constant()):
                pass
            case _ if not isinstance(node, passive):
                acts.append(node)
    return acts[0] if acts else None
