"""One Python file: its text, its tree, its names, and spans in characters."""

import ast
from collections.abc import Iterator
from functools import cached_property
from pathlib import PurePosixPath

from ...errors import CannotEdit
from ...protocol import Place

Scope = ast.Module | ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
Span = tuple[int, int]


class PythonModule:
    """A parsed Python file.

    Args:
        path: relative to the workspace root, with forward slashes.
        text: its source.

    Raises:
        CannotEdit: it does not parse; the sentence names the line.
    """

    def __init__(self, path: str, text: str) -> None:
        self.path = path
        self.text = text
        try:
            self.tree = ast.parse(text)
        except (SyntaxError, ValueError) as error:
            line = getattr(error, "lineno", None)
            where = f"{path}:{line}" if line else path
            raise CannotEdit(f"{where} is not valid Python; mend it first.") from error

    @cached_property
    def _walked(self) -> tuple[list[ast.AST], dict[ast.AST, ast.AST]]:
        """All nodes and their parents, walked once: a script of 3000 lines has 50,000 nodes."""
        nodes: list[ast.AST] = [self.tree]
        parents: dict[ast.AST, ast.AST] = {}
        for node in nodes:  # it grows meanwhile
            for child in ast.iter_child_nodes(node):
                parents[child] = node
                nodes.append(child)
        return nodes, parents

    @property
    def nodes(self) -> list[ast.AST]:
        """All nodes, in the order of `ast.walk`."""
        return self._walked[0]

    @property
    def parents(self) -> dict[ast.AST, ast.AST]:
        return self._walked[1]

    @cached_property
    def calls(self) -> list[ast.Call]:
        """Every call, in the order of the text."""
        found = [node for node in self.nodes if isinstance(node, ast.Call)]
        return sorted(found, key=lambda call: (call.lineno, call.col_offset))

    @cached_property
    def attribute_assignments(self) -> dict[str, list[ast.Assign]]:
        """Assignments to one attribute, such as `args.seed = 1`, by its name, in order."""
        found: dict[str, list[ast.Assign]] = {}
        for node in self.nodes:
            match node:
                case ast.Assign(targets=[ast.Attribute(attr=name)]):
                    found.setdefault(name, []).append(node)
        return found

    @cached_property
    def imports(self) -> dict[str, tuple[str, str | None]]:
        """Module and original name by local name; the original name is None for `import x`."""
        names: dict[str, tuple[str, str | None]] = {}
        for node in self.nodes:
            if isinstance(node, ast.Import):
                for alias in node.names:
                    names[alias.asname or alias.name.partition(".")[0]] = (alias.name, None)
            elif isinstance(node, ast.ImportFrom):
                for alias in node.names:
                    source = "." * node.level + (node.module or "")
                    names[alias.asname or alias.name] = (source, alias.name)
        return names

    @cached_property
    def classes(self) -> dict[str, ast.ClassDef]:
        return {node.name: node for node in self.nodes if isinstance(node, ast.ClassDef)}

    @cached_property
    def functions(self) -> dict[str, ast.FunctionDef | ast.AsyncFunctionDef]:
        kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
        return {node.name: node for node in self.nodes if isinstance(node, kinds)}

    @cached_property
    def _bindings(self) -> dict[ast.AST, dict[str, list[ast.Assign | ast.AnnAssign]]]:
        found: dict[ast.AST, dict[str, list[ast.Assign | ast.AnnAssign]]] = {}
        for node in self.nodes:
            if isinstance(node, ast.Assign):
                targets = node.targets
            elif isinstance(node, ast.AnnAssign) and node.value is not None:
                targets = [node.target]
            else:
                continue
            if isinstance(self.parents.get(node), ast.ClassDef):
                continue
            for target in targets:
                names = target.elts if isinstance(target, ast.Tuple | ast.List) else [target]
                for name in names:
                    if isinstance(name, ast.Name):
                        scope = found.setdefault(self.scope(node), {})
                        scope.setdefault(name.id, []).append(node)
        return found

    def bindings(self, scope: Scope, name: str) -> list[ast.Assign | ast.AnnAssign]:
        """The assignments to a name in one scope, in the order of the text."""
        found = self._bindings.get(scope, {}).get(name, [])
        return sorted(found, key=lambda node: node.lineno)

    def scope(self, node: ast.AST) -> Scope:
        """The function, lambda or module around a node."""
        current = self.parents.get(node)
        while current is not None and not isinstance(current, Scope):
            current = self.parents.get(current)
        return current or self.tree

    def scopes(self, node: ast.AST) -> Iterator[Scope]:
        """The scope of a node, then those around it, the module last."""
        current: Scope = self.scope(node)
        while True:
            yield current
            if isinstance(current, ast.Module):
                return
            current = self.scope(current)

    @cached_property
    def _line_starts(self) -> list[int]:
        starts = [0]
        # Not splitlines: it also breaks at form feeds and other marks that Python keeps in a line.
        for index, character in enumerate(self.text):
            if character == "\n" or (
                character == "\r" and self.text[index + 1 : index + 2] != "\n"
            ):
                starts.append(index + 1)
        return starts

    def offset(self, line: int, column: int) -> int:
        """Index in the text of a line from 1 and a column in UTF-8 bytes, as `ast` counts."""
        start = self._line_starts[line - 1]
        end = self._line_starts[line] if line < len(self._line_starts) else len(self.text)
        content = self.text[start:end]
        if content.isascii():
            return start + column
        return start + len(content.encode()[:column].decode())

    def span(self, node: ast.expr | ast.stmt | ast.keyword) -> Span:
        """Start and end of a node in the text, in characters."""
        assert node.end_lineno is not None and node.end_col_offset is not None
        return (
            self.offset(node.lineno, node.col_offset),
            self.offset(node.end_lineno, node.end_col_offset),
        )

    def source(self, node: ast.expr | ast.stmt | ast.keyword) -> str:
        start, end = self.span(node)
        return self.text[start:end]

    def place(self, node: ast.expr | ast.stmt | ast.keyword) -> Place:
        """The node's place for an editor: lines and columns from 1, columns in characters."""
        start, end = self.span(node)
        return Place(
            path=self.path,
            line=node.lineno,
            column=start - self._line_starts[node.lineno - 1] + 1,
            end_line=node.end_lineno,
            end_column=end - self._line_starts[(node.end_lineno or node.lineno) - 1] + 1,
        )


def called(call: ast.Call) -> str:
    """The last part of the called name: `SFTConfig` of `trl.SFTConfig(...)`; empty for others."""
    match call.func:
        case ast.Name(id=name):
            return name
        case ast.Attribute(attr=name):
            return name
    return ""


def keyword(call: ast.Call, name: str) -> ast.keyword | None:
    return next((word for word in call.keywords if word.arg == name), None)


def module_paths(script: str, dotted: str, original: str | None) -> list[str]:
    """Where an imported module may lie: beside the script, or at the root."""
    folder = PurePosixPath(script).parent
    level = len(dotted) - len(dotted.lstrip("."))
    name = dotted.lstrip(".").replace(".", "/")
    bases = [folder, PurePosixPath()] if level == 0 else [folder.joinpath(*[".."] * (level - 1))]
    tails = [name] if original is None else [name, f"{name}/{original}" if name else original]
    paths = [
        (base / f"{tail}{suffix}").as_posix()
        for base in bases
        for tail in tails
        for suffix in (".py", "/__init__.py")
        if tail
    ]
    return list(dict.fromkeys(paths))
