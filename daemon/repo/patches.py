"""What changed between two trees, byte for byte: files, and runs of lines in them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from .plumbing import Git
from .trees import Entry, read_blob

_HEADER = re.compile(rb"@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@(.*)")
BINARY_PROBE = 8000
"""git takes a file with a NUL among its first 8000 bytes for binary."""


@dataclass(frozen=True)
class FileChange:
    """One path that differs. A rename is a removal and an addition: each can be judged alone."""

    path: str
    old: Entry | None
    new: Entry | None


@dataclass(frozen=True)
class LineEdit:
    """Lines of the old file replaced by new ones.

    Args:
        at: index of the first old line, from 0.
        removed: number of old lines.
        added: new lines, each with its newline where it has one.
    """

    at: int
    removed: int
    added: tuple[bytes, ...]


@dataclass(frozen=True)
class Patch:
    """One hunk of a text file, as git shows it with three lines of context.

    Args:
        old_start: first old line, from 1; with no old lines, the line before.
        lines: with their leading ` `, `+`, `-` or `\\` and without newline.
    """

    old_start: int
    old_lines: int
    new_start: int
    new_lines: int
    section: bytes
    lines: tuple[bytes, ...]

    def edits(self) -> Iterator[LineEdit]:
        """The runs of changed lines, without context, in order."""
        at = self.old_start - 1 if self.old_lines else self.old_start
        removed, added = 0, list[bytes]()
        for line, ended in self._ended_lines():
            if line[:1] == b" ":
                if removed or added:
                    yield LineEdit(at, removed, tuple(added))
                    at += removed
                    removed, added = 0, []
                at += 1
            elif line[:1] == b"-":
                removed += 1
            else:
                added.append(line[1:] + (b"\n" if ended else b""))
        if removed or added:
            yield LineEdit(at, removed, tuple(added))

    def _ended_lines(self) -> Iterator[tuple[bytes, bool]]:
        """Each line, and whether a newline ends it in the file."""
        for number, line in enumerate(self.lines):
            if line[:1] != b"\\":
                after = self.lines[number + 1 : number + 2]
                yield line, not (after and after[0][:1] == b"\\")


def file_changes(git: Git, old: str, new: str) -> list[FileChange]:
    """The files that differ between two commits or trees, in git's order."""
    fields = git.fields("diff-tree", "-r", "-z", "--raw", "--no-renames", old, new)
    changes = []
    for meta, path in zip(fields[::2], fields[1::2], strict=True):
        old_mode, new_mode, old_sha, new_sha, status = meta.removeprefix(":").split(" ")
        changes.append(
            FileChange(
                path,
                None if status == "A" else Entry(old_mode, old_sha),
                None if status == "D" else Entry(new_mode, new_sha),
            )
        )
    return changes


def line_patches(git: Git, old: str, new: str, path: str) -> list[Patch]:
    """The hunks of one text file between two trees, in order."""
    shown = git.run(
        "diff-tree",
        "-r",
        "-p",
        "--text",
        "-U3",
        "--inter-hunk-context=0",
        "--diff-algorithm=histogram",
        "--no-renames",
        "--no-color",
        "--no-ext-diff",
        "--no-textconv",
        old,
        new,
        "--",
        path,
    )
    patches: list[Patch] = []
    head: re.Match[bytes] | None = None
    lines: list[bytes] = []

    def finish() -> None:
        if head:
            a, b, c, d = (1 if part is None else int(part) for part in head.groups()[:4])
            patches.append(Patch(a, b, c, d, head[5].strip(), tuple(lines)))

    for line in shown.removesuffix(b"\n").split(b"\n"):
        if found := _HEADER.match(line):  # inside a hunk, every line has its own leading mark
            finish()
            head, lines = found, []
        elif head:
            lines.append(line)
    finish()
    return patches


def is_binary(content: bytes) -> bool:
    return b"\0" in content[:BINARY_PROBE]


def split_lines(content: bytes) -> list[bytes]:
    """Lines with their newlines; only `\\n` ends a line, as for git."""
    lines = content.split(b"\n")
    return [line + b"\n" for line in lines[:-1]] + ([lines[-1]] if lines[-1] else [])


def text_of(git: Git, entry: Entry | None) -> bytes | None:
    """Content of a plain text file; None for what is absent, binary, a link or a submodule."""
    if entry is None or not entry.regular:
        return None
    content = read_blob(git, entry.sha)
    return None if is_binary(content) else content
