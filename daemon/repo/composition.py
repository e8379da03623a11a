"""The accepted tree: the session's base plus the accepted hunks of each commit, and nothing else.

Every line has an identity: it comes from the base or from one hunk. Going through the commits in
order, we keep two versions of a file side by side, the branch's and the accepted one. An accepted
hunk replaces the very lines that it replaced on the branch, wherever they now are; when a rejected
hunk wrote (or should have removed) them, it can't stand alone, and that is told as a conflict.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from .hunks import Kind, ReviewedCommit, ReviewedFile, Unit
from .patches import LineEdit, split_lines, text_of
from .plumbing import Git
from .trees import Entry, write_blob

Lines = list[int]
"""Identities of the lines of a text file."""


@dataclass(frozen=True)
class Version:
    """A file at one moment: its mode, and its lines or (binary, link, submodule) its SHA."""

    mode: str
    content: tuple[int, ...] | str


@dataclass
class Trace:
    """One path through the commits."""

    base: Entry | None
    branch: Version | None
    kept: Version | None
    touched: bool = False


@dataclass
class Composition:
    """The outcome.

    Args:
        changes: by path, what the accepted tree has instead of the base's; None: removed.
        conflicts: by path, why an accepted hunk can't stand without a rejected one.
        base: by the same paths, what the base has.
    """

    changes: dict[str, Entry | None] = field(default_factory=dict)
    conflicts: dict[str, str] = field(default_factory=dict)
    base: dict[str, Entry | None] = field(default_factory=dict)


class _Dependent(Exception):
    """An accepted hunk stands on a rejected one."""


def compose(git: Git, commits: Iterable[ReviewedCommit], accepted: set[str]) -> Composition:
    """Put the accepted hunks, by id, on the base of the commits."""
    composer = _Composer(git)
    result = Composition()
    for commit in commits:
        for file in commit.files:
            try:
                composer.advance(file, accepted)
            except _Dependent:
                name = commit.experiment or commit.sha[:8]
                result.conflicts.setdefault(
                    file.change.path,
                    f"{file.change.path}: the accepted hunk of {name} builds on a rejected one",
                )
    for path, trace in composer.traces.items():
        if trace.touched and path not in result.conflicts:
            entry = composer.entry(trace.kept)
            if entry != trace.base:
                result.changes[path], result.base[path] = entry, trace.base
    return result


class _Composer:
    def __init__(self, git: Git) -> None:
        self.git = git
        self.lines: list[bytes] = []
        self.traces: dict[str, Trace] = {}

    def advance(self, file: ReviewedFile, accepted: set[str]) -> None:
        """Take one commit's change of one file in.

        Raises:
            _Dependent: an accepted hunk can't be applied; the branch's version is taken in anyway.
        """
        change = file.change
        trace = self.traces.get(change.path)
        if trace is None:
            before = self._version(change.old)
            trace = self.traces[change.path] = Trace(change.old, before, before)
        dependent = False
        branch, fresh = self._next(trace.branch, file)
        for unit in file.units:
            if unit.hunk.id in accepted:
                trace.touched = True
                try:
                    trace.kept = self._apply(unit, trace, branch, fresh)
                except _Dependent:
                    dependent = True
        trace.branch = branch
        if dependent:
            raise _Dependent

    def entry(self, version: Version | None) -> Entry | None:
        """Store a version and say what a tree holds for it."""
        if version is None:
            return None
        if isinstance(version.content, str):
            return Entry(version.mode, version.content)
        content = b"".join(self.lines[line] for line in version.content)
        return Entry(version.mode, write_blob(self.git, content))

    def _version(self, entry: Entry | None) -> Version | None:
        if entry is None:
            return None
        text = text_of(self.git, entry)
        content = entry.sha if text is None else self._fresh(split_lines(text))
        return Version(entry.mode, content)

    def _fresh(self, lines: Iterable[bytes]) -> tuple[int, ...]:
        first = len(self.lines)
        self.lines.extend(lines)
        return tuple(range(first, len(self.lines)))

    def _next(
        self, before: Version | None, file: ReviewedFile
    ) -> tuple[Version | None, dict[LineEdit, tuple[int, ...]]]:
        """The branch's version after the commit, and the new lines of each edit."""
        fresh: dict[LineEdit, tuple[int, ...]] = {}
        if any(unit.kind is Kind.FILE for unit in file.units):
            return self._version(file.change.new), fresh
        assert before is not None and file.change.new is not None
        content = before.content
        if isinstance(content, tuple):
            lines = list(content)
            shift = 0
            for unit in file.units:
                for edit in unit.edits:
                    fresh[edit] = self._fresh(edit.added)
                    start = edit.at + shift
                    lines[start : start + edit.removed] = fresh[edit]
                    shift += len(edit.added) - edit.removed
            content = tuple(lines)
        return Version(file.change.new.mode, content), fresh

    def _apply(
        self,
        unit: Unit,
        trace: Trace,
        branch: Version | None,
        fresh: dict[LineEdit, tuple[int, ...]],
    ) -> Version | None:
        kept = trace.kept
        if unit.kind is Kind.FILE:
            # A file may go whatever was rejected in it, but must not replace what was not shown.
            if branch is not None and kept != trace.branch:
                raise _Dependent
            return branch
        if kept is None:
            raise _Dependent
        if unit.kind is Kind.MODE:
            assert branch is not None
            return Version(branch.mode, kept.content)
        if isinstance(kept.content, str) or trace.branch is None:
            raise _Dependent
        old = trace.branch.content
        assert isinstance(old, tuple)
        lines = list(kept.content)
        for edit in unit.edits:
            start = _find(lines, old, edit)
            lines[start : start + edit.removed] = fresh[edit]
        # Only the last line may lack its newline: another one would run into its neighbour.
        if any(not self.lines[line].endswith(b"\n") for line in lines[:-1]):
            raise _Dependent
        return Version(kept.mode, tuple(lines))


def _find(lines: Lines, old: tuple[int, ...], edit: LineEdit) -> int:
    """Where an edit of `old` goes in `lines`.

    Raises:
        _Dependent: the lines that it replaces are not there in one piece, or neither neighbour of
            what it inserts is.
    """
    replaced = list(old[edit.at : edit.at + edit.removed])
    if replaced:
        if replaced[0] in lines:
            start = lines.index(replaced[0])
            if lines[start : start + len(replaced)] == replaced:
                return start
        raise _Dependent
    if edit.at > 0 and old[edit.at - 1] in lines:
        return lines.index(old[edit.at - 1]) + 1
    if edit.at < len(old) and old[edit.at] in lines:
        return lines.index(old[edit.at])
    if edit.at == 0:
        return 0
    if edit.at == len(old):
        return len(lines)
    raise _Dependent
