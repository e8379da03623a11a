"""Trees read and written without a checkout, through an index file of their own."""

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from ..errors import GitRefused
from .plumbing import Git

REGULAR, EXECUTABLE, LINK, SUBMODULE = "100644", "100755", "120000", "160000"


@dataclass(frozen=True)
class Entry:
    """A file in a tree: its git mode and the SHA of its content."""

    mode: str
    sha: str

    @property
    def regular(self) -> bool:
        """True for a plain file, executable or not: no link, no submodule."""
        return self.mode in (REGULAR, EXECUTABLE)


def read_tree(git: Git, treeish: str) -> dict[str, Entry]:
    """Every file of a tree by its path from the top."""
    entries = {}
    for field in git.fields("ls-tree", "-r", "-z", "--full-tree", treeish):
        meta, path = field.split("\t", 1)
        mode, _, sha = meta.split(" ")
        entries[path] = Entry(mode, sha)
    return entries


def read_blob(git: Git, sha: str) -> bytes:
    return git.run("cat-file", "blob", sha)


def write_blob(git: Git, content: bytes, *, path: str | None = None) -> str:
    """Store a content and return its SHA.

    Args:
        path: apply the filters that the repository sets for this path (line ends, LFS), as
            `git add` would; None: byte for byte.
    """
    filters = ["--no-filters"] if path is None else [f"--path={path}"]
    return git.line("hash-object", "-w", *filters, "--stdin", stdin=content)


def write_tree(git: Git, start: str, changes: Mapping[str, Entry | None]) -> str:
    """SHA of the tree `start` with some files replaced, added or (None) removed.

    Raises:
        GitRefused: a path would be a file and a folder at once.
    """
    null = "0" * len(git.line("rev-parse", f"{start}^{{tree}}"))
    gone = [f"0 {null}\t{path}" for path, entry in changes.items() if entry is None]
    put = [f"{entry.mode} {entry.sha}\t{path}" for path, entry in changes.items() if entry]
    feed = b"".join(line.encode("utf-8", "surrogateescape") + b"\0" for line in gone + put)
    with tempfile.TemporaryDirectory(prefix="intern-") as folder:
        own = git.with_index(Path(folder) / "index")
        own.run("read-tree", start)
        own.run("update-index", "-z", "--index-info", stdin=feed)
        return own.line("write-tree")


def blocked_by(path: str, entries: Mapping[str, Entry]) -> str | None:
    """The file in `entries` whose place a folder of `path` needs, or that lies below `path`."""
    for parent in PurePosixPath(path).parents:
        if str(parent) in entries:
            return str(parent)
    return next((other for other in entries if other.startswith(f"{path}/")), None)


def commit_tree(git: Git, tree: str, parents: list[str], message: str) -> str:
    """A commit object: no ref, no hook, no signature. Names and dates are git's environment's."""
    if not message.strip():
        raise GitRefused("a commit needs a message; give a subject.")
    arguments = [argument for parent in parents for argument in ("-p", parent)]
    text = message.replace("\0", "").encode("utf-8", "replace")
    return git.line("commit-tree", tree, *arguments, "-F", "-", stdin=text)
