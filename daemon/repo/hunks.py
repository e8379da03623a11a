"""What there is to review: the hunks of every commit between the session's base and its branch."""

import hashlib
import os
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from ..errors import GitRefused
from ..protocol import Decision, Hunk, Review, Session
from .messages import EXPERIMENT, read_message, split
from .patches import FileChange, LineEdit, file_changes, line_patches, split_lines, text_of
from .repository import Repository


class Kind(Enum):
    LINES = "lines"
    MODE = "mode"
    FILE = "file"
    """The file as a whole: new, deleted, binary, or turned into something else."""


@dataclass(frozen=True)
class Unit:
    """One hunk with what it takes to apply it.

    Args:
        kind: what it changes.
        edits: for lines: its runs of changed lines, in order; else empty.
    """

    hunk: Hunk
    kind: Kind
    edits: tuple[LineEdit, ...] = ()


@dataclass(frozen=True)
class ReviewedFile:
    """A file that a commit changed, and its hunks in order."""

    change: FileChange
    units: tuple[Unit, ...]


@dataclass(frozen=True)
class ReviewedCommit:
    """A kept commit. `experiment` is empty when the person committed on the branch."""

    sha: str
    parent: str
    experiment: str
    subject: str
    trailers: Mapping[str, list[str]]
    files: tuple[ReviewedFile, ...]

    @property
    def hunks(self) -> list[Hunk]:
        return [unit.hunk for file in self.files for unit in file.units]


def review(repository: Repository, session: Session, decisions: Mapping[str, Decision]) -> Review:
    """All hunks of a session, oldest commit first, with what the person decided of them.

    Args:
        decisions: by hunk id; a missing one is open.

    Raises:
        GitRefused: the session's branch is gone.
    """
    commits = reviewed_commits(repository, session, decisions)
    return Review(
        session=session.id,
        branch=session.branch,
        target=repository.state().user_ref,
        hunks=[hunk for commit in commits for hunk in commit.hunks],
    )


def reviewed_commits(
    repository: Repository, session: Session, decisions: Mapping[str, Decision]
) -> list[ReviewedCommit]:
    """The commits of a session's branch, oldest first. Raises as `review`."""
    tip = repository.find(f"refs/heads/{session.branch}")
    if tip is None:
        raise GitRefused(
            f"the branch {session.branch} is gone; bring it back with `git branch {session.branch} "
            f"SHA`, the commits stand in .intern/reports/{session.id}.md."
        )
    chain = repository.git.line(
        "rev-list", "--first-parent", "--reverse", f"{session.base_commit}..{tip}"
    ).split()
    parents = [session.base_commit, *chain]
    return [
        _reviewed(repository, parent, sha, decisions)
        for parent, sha in zip(parents, chain, strict=False)
    ]


def _reviewed(
    repository: Repository, parent: str, sha: str, decisions: Mapping[str, Decision]
) -> ReviewedCommit:
    subject, _, trailers = split(read_message(repository, sha))
    experiment = trailers.get(EXPERIMENT, [""])[0]
    naming = _Naming(experiment or sha, sha, experiment, decisions)
    files = tuple(
        ReviewedFile(change, tuple(_units(repository, parent, sha, change, naming)))
        for change in file_changes(repository.git, parent, sha)
    )
    return ReviewedCommit(sha, parent, experiment, subject, trailers, files)


@dataclass(frozen=True)
class _Place:
    """The numbers in a hunk's header."""

    old_start: int = 0
    old_lines: int = 0
    new_start: int = 0
    new_lines: int = 0

    def __str__(self) -> str:
        old = f"{self.old_start},{self.old_lines}"
        return f"@@ -{old} +{self.new_start},{self.new_lines} @@"


class _Naming:
    """Makes wire hunks with stable ids: the same commit gives the same ids, on any machine."""

    def __init__(
        self, salt: str, commit: str, experiment: str, decisions: Mapping[str, Decision]
    ) -> None:
        self.salt, self.commit, self.experiment = salt, commit, experiment
        self.decisions = decisions
        self.seen: Counter[bytes] = Counter()

    def hunk(self, path: str, place: _Place, section: str, lines: tuple[bytes, ...]) -> Hunk:
        # The position is no part of it: equal hunks of one file are told apart by their order.
        content = b"\0".join([os.fsencode(self.salt), os.fsencode(path), *lines])
        if not lines:
            content += b"\0" + section.encode()
        self.seen[content] += 1
        digest = hashlib.sha256(content + b"\0%d" % self.seen[content]).hexdigest()[:16]
        return Hunk(
            id=digest,
            experiment=self.experiment,
            commit=self.commit,
            path=os.fsencode(path).decode("utf-8", "backslashreplace"),
            old_start=place.old_start,
            old_lines=place.old_lines,
            new_start=place.new_start,
            new_lines=place.new_lines,
            header=f"{place} {section}".rstrip(),
            lines=[line.decode("utf-8", "replace") for line in lines],
            decision=self.decisions.get(digest, "open"),
        )


def _units(
    repository: Repository, parent: str, sha: str, change: FileChange, naming: _Naming
) -> list[Unit]:
    git, path = repository.git, change.path
    old, new = text_of(git, change.old), text_of(git, change.new)
    if change.old and change.new and old is not None and new is not None:
        units = []
        if change.old.mode != change.new.mode:
            words = f"mode {change.old.mode} -> {change.new.mode}"
            units.append(Unit(naming.hunk(path, _Place(), words, ()), Kind.MODE))
        for patch in line_patches(git, parent, sha, path):
            place = _Place(patch.old_start, patch.old_lines, patch.new_start, patch.new_lines)
            section = patch.section.decode("utf-8", "replace")
            hunk = naming.hunk(path, place, section, patch.lines)
            units.append(Unit(hunk, Kind.LINES, tuple(patch.edits())))
        return units
    return [Unit(_whole(change, old, new, naming), Kind.FILE)]


def _whole(change: FileChange, old: bytes | None, new: bytes | None, naming: _Naming) -> Hunk:
    """The hunk of a file that is new, deleted, binary, or of another type than before."""
    if change.old is None and new is not None:
        lines = _shown(b"+", new)
        count = len(split_lines(new))
        return naming.hunk(change.path, _Place(0, 0, int(count > 0), count), "new file", lines)
    if change.new is None and old is not None:
        lines = _shown(b"-", old)
        count = len(split_lines(old))
        return naming.hunk(change.path, _Place(int(count > 0), count), "deleted file", lines)
    kind = "binary" if all(e is None or e.regular for e in (change.old, change.new)) else "special"
    verb = "new" if change.old is None else "deleted" if change.new is None else "changed"
    shas = " -> ".join(entry.sha[:12] for entry in (change.old, change.new) if entry)
    return naming.hunk(change.path, _Place(), f"{verb} {kind} file {shas}", ())


def _shown(mark: bytes, content: bytes) -> tuple[bytes, ...]:
    lines = [mark + line.removesuffix(b"\n") for line in split_lines(content)]
    if lines and not content.endswith(b"\n"):
        lines.append(b"\\ No newline at end of file")
    return tuple(lines)
