"""The user's repository: found, kept free of our folder, and looked at without touching it."""

import os
import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from ..errors import GitRefused, NoRepository
from .plumbing import Git, check_version, forget_inherited_repository

EXCLUDED = "/.intern/"


@dataclass(frozen=True)
class CheckoutState:
    """Where the user stands.

    Args:
        branch: short name; None when HEAD is detached.
        head: SHA of HEAD.
        dirty: tracked paths with staged or unstaged changes, sorted.
        untracked: paths that git neither tracks nor ignores, sorted.
    """

    branch: str | None
    head: str
    dirty: list[str]
    untracked: list[str]

    @property
    def user_ref(self) -> str:
        """The branch, or the SHA when HEAD is detached."""
        return self.branch or self.head


@dataclass(frozen=True)
class Repository:
    """One git repository with a working tree and at least one commit.

    Args:
        root: top folder of the user's checkout, resolved.
        common: the git folder that all worktrees share, resolved.
    """

    root: Path
    common: Path

    @cached_property
    def git(self) -> Git:
        return Git(self.root)

    def resolve(self, revision: str) -> str:
        """SHA of the commit that a revision names.

        Raises:
            GitRefused: there is no such commit.
        """
        status, output = 1, b""
        if not revision.startswith("-"):
            name = f"{revision}^{{commit}}"
            status, output, _ = self.git.attempt("rev-parse", "--verify", "--quiet", name)
        if status != 0:
            raise GitRefused(
                f"{revision} is no commit of {self.root}; name a branch, tag or SHA that is."
            )
        return output.decode().strip()

    def find(self, ref: str) -> str | None:
        """SHA of a full ref name such as `refs/heads/main`; None when there is none."""
        status, output, _ = self.git.attempt("rev-parse", "--verify", "--quiet", ref)
        return output.decode().strip() if status == 0 else None

    def branch(self) -> str | None:
        """Short name of the checked-out branch; None when HEAD is detached."""
        status, output, _ = self.git.attempt("symbolic-ref", "--quiet", "HEAD")
        name = os.fsdecode(output.removesuffix(b"\n"))
        return name.removeprefix("refs/heads/") if status == 0 else None

    def state(self) -> CheckoutState:
        """Where the user stands, without refreshing their index."""
        dirty, untracked = changed_paths(self.git)
        return CheckoutState(self.branch(), self.resolve("HEAD"), dirty, untracked)

    def exclude_home(self) -> None:
        """Hide `.intern/` from git through `info/exclude` of the shared git folder, once."""
        path = self.common / "info" / "exclude"
        path.parent.mkdir(parents=True, exist_ok=True)
        text = path.read_bytes() if path.exists() else b""
        if EXCLUDED.encode() in text.splitlines():
            return
        if text and not text.endswith(b"\n"):
            text += b"\n"
        fresh = path.with_name(f"exclude.intern-{os.getpid()}")
        fresh.write_bytes(text + EXCLUDED.encode() + b"\n")
        fresh.replace(path)


def open_repository(path: Path) -> Repository:
    """The repository that a folder or a file belongs to.

    Shallow clones, submodules, linked worktrees and a detached HEAD are fine. Inside one of our own
    session worktrees, it is the repository that the session belongs to.

    Raises:
        NoRepository: there is none, it is bare, it has no commit yet, or git is missing or too old.
    """
    forget_inherited_repository()
    path = Path(os.path.realpath(path))
    if not path.exists():
        raise NoRepository(f"{path} does not exist; give the folder of your training code.")
    folder = path if path.is_dir() else path.parent
    git = Git(folder)
    check_version(git)
    root = Path(_top(git, folder))
    if (home := root.parent.parent).name == ".intern" and root.parent.name == "worktrees":
        return open_repository(home.parent)
    common = Path(os.path.realpath(folder / git.line("rev-parse", "--git-common-dir")))
    if not git.succeeds("rev-parse", "--verify", "--quiet", "HEAD^{commit}"):
        raise NoRepository(
            f'{root} has no commit yet; make one with `git add . && git commit -m "Start"`.'
        )
    return Repository(Path(os.path.realpath(root)), common)


def changed_paths(git: Git, *, every_untracked: bool = True) -> tuple[list[str], list[str]]:
    """Tracked paths with changes, and untracked ones, of the checkout that git runs in, sorted."""
    untracked_files = "all" if every_untracked else "normal"
    entries = git.fields(
        "status", "--porcelain=v1", "-z", "--no-renames", f"--untracked-files={untracked_files}"
    )
    dirty = [entry[3:] for entry in entries if not entry.startswith("??")]
    untracked = [entry[3:] for entry in entries if entry.startswith("??")]
    return sorted(dirty), sorted(untracked)


def _top(git: Git, folder: Path) -> str:
    status, output, reason = git.attempt("rev-parse", "--show-toplevel")
    top = os.fsdecode(output.removesuffix(b"\n"))
    if status == 0 and top:
        return top
    if "dubious ownership" in reason:
        found = re.search(r"repository at '(.*?)'", reason)
        owned = found[1] if found else str(folder)
        raise NoRepository(
            f"{owned} belongs to another user, so git refuses it; allow it with "
            f"`git config --global --add safe.directory '{owned}'`."
        )
    if git.attempt("rev-parse", "--is-bare-repository")[1].strip() == b"true":
        raise NoRepository(
            f"{folder} is a bare repository, without files to train; clone it and open the clone."
        )
    if git.succeeds("rev-parse", "--git-dir"):
        raise NoRepository(f"{folder} is inside a git folder; open the checkout above it instead.")
    raise NoRepository(
        f"{folder} is not in a git repository; make one with "
        '`git init && git add . && git commit -m "Start"`.'
    )
