"""Which paths of a checkout may be written: inside it, through no link, none of git's or ours."""

import os
import stat
import unicodedata
from pathlib import Path, PurePosixPath

from ..errors import LockedPath

RESERVED = (".git", ".intern")


def fold(path: str) -> str:
    """The form in which two names are one file on some file system (case, Unicode composition)."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", path).casefold())


def relative_name(path: str) -> str:
    """A path from the top of a checkout in git's form, `a/b.py`.

    Raises:
        LockedPath: it is empty, absolute, climbs out with `..`, or lies in `.git` or `.intern`.
    """
    parts = [part for part in path.replace(os.sep, "/").split("/") if part not in ("", ".")]
    if not parts or path.startswith("/") or "\0" in path or ".." in parts:
        raise LockedPath(f"{path!r} is no file inside the worktree; give one below its top.")
    for part in parts:
        # Windows and macOS drop trailing dots and spaces, and know `.git` as `git~1`.
        if fold(part).rstrip(". ") in RESERVED or fold(part) == "git~1":
            raise LockedPath(
                f"{path!r} lies in {part}, which only git and Intern write; choose another path."
            )
    return str(PurePosixPath(*parts))


def writable_file(worktree: Path, path: str | Path) -> Path:
    """Where a write to `path` goes, after looking at every link on the way.

    Args:
        worktree: top folder of the checkout.
        path: from there, or absolute.

    Raises:
        LockedPath: the write would leave the worktree, or go through a link or a second name,
            or hit something that is no plain file.
    """
    top = Path(os.path.realpath(worktree))
    text = os.fspath(path)
    if Path(text).is_absolute():
        for base in (top, worktree.absolute()):
            if text.startswith(f"{base}{os.sep}"):
                text = text.removeprefix(f"{base}{os.sep}")
                break
    name = relative_name(text)
    here = top
    for part in PurePosixPath(name).parts:
        here = here / part
        try:
            status = here.lstat()
        except FileNotFoundError:
            break
        except NotADirectoryError:
            raise LockedPath(
                f"{name} lies below {here.parent.relative_to(top)}, which is a file; choose "
                "another path."
            ) from None
        if stat.S_ISLNK(status.st_mode):
            raise LockedPath(
                f"{name} goes through the link {here.relative_to(top)}; write the file where it is "
                "tracked, shared folders are read-only."
            )
        if here == top / name:
            _check_plain(name, status)
    return top / name


def _check_plain(name: str, status: os.stat_result) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise LockedPath(f"{name} is no plain file; choose the path of a file.")
    if status.st_nlink > 1:
        raise LockedPath(
            f"{name} has {status.st_nlink} names (hard links), one of which may lie outside the "
            "worktree; delete it first, then write it anew."
        )
