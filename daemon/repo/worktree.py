"""The session's own checkout, on a branch `intern/<slug>` of its own."""

import itertools
import os
import re
import unicodedata
from collections.abc import Iterable
from pathlib import Path

from ..errors import GitRefused
from .plumbing import Git
from .repository import Repository, changed_paths
from .share import link_share, share_links

LONGEST_SLUG = 40


def unique_branch(repository: Repository, words: str) -> str:
    """A free branch name `intern/<slug>` made from words.

    Raises:
        GitRefused: a branch `intern` is in the way of all of them.
    """
    if repository.find("refs/heads/intern"):
        raise GitRefused(
            "a branch named `intern` leaves no room for `intern/...`; rename it with "
            "`git branch -m intern NAME`."
        )
    plain = unicodedata.normalize("NFKD", words).encode("ascii", "ignore").decode().lower()
    slug = re.sub(r"[^a-z0-9]+", "-", plain)[:LONGEST_SLUG].strip("-") or "session"
    names = (f"intern/{slug}" + (f"-{n}" if n > 1 else "") for n in itertools.count(1))
    return next(name for name in names if not repository.find(f"refs/heads/{name}"))


def ensure_worktree(
    repository: Repository, path: Path, branch: str, base: str, share: Iterable[str] = ()
) -> Path:
    """Make the session's worktree, or mend what a crash left of it.

    A folder that git no longer knows as a worktree is moved aside, not deleted: it may hold edits.

    Args:
        path: `layout.worktree(session)`.
        branch: `intern/<slug>`; made at `base` when missing.
        share: `[train] share` of `intern.toml`.

    Returns:
        `path`, resolved.

    Raises:
        GitRefused: the branch is checked out elsewhere.
    """
    repository.exclude_home()
    git, ref = repository.git, f"refs/heads/{branch}"
    if not repository.find(ref):
        git.run("update-ref", "-m", "intern: start", ref, base, "")
    if not _is_ours(path):
        if (path / ".git").is_file():
            git.attempt("worktree", "repair", str(path))  # the repository was moved
        if not _is_ours(path):
            _set_aside(path)
            _forget(repository, path)
            path.parent.mkdir(parents=True, exist_ok=True)
            own = git.with_environment(GIT_LFS_SKIP_SMUDGE="1")
            own.run("worktree", "add", str(path), branch)
    catch_up(path, branch)
    link_share(repository.root, path, share)
    return Path(os.path.realpath(path))


def worktree_edits(repository: Repository, path: Path) -> list[str]:
    """Paths in a session's worktree that somebody edited; our links to shared paths don't count."""
    dirty, untracked = changed_paths(Git(path))
    links = share_links(repository.root, path, untracked)
    return sorted(dirty + [name for name in untracked if name not in links])


def catch_up(path: Path, branch: str, left_at: str = "HEAD^") -> None:
    """Bring a worktree whose branch went on without it (a crash in between) to its branch.

    Only when index and files are exactly those of an earlier commit: anything else is an edit.

    Args:
        left_at: where the worktree may have stayed.
    """
    git = Git(path)
    if not stands_on(git, branch) or not git.succeeds("rev-parse", "--verify", "-q", left_at):
        return
    before = git.line("rev-parse", f"{left_at}^{{tree}}")
    status, index, _ = git.attempt("write-tree")
    behind = status == 0 and index.decode().strip() == before
    if behind and before != git.line("rev-parse", "HEAD^{tree}") and not git.run("diff-files"):
        git.run("read-tree", "-m", "-u", left_at, "HEAD")


def follow(path: Path, branch: str, old: str, new: str) -> None:
    """Move the files of a worktree from one commit of its branch to the next.

    Does nothing when there is no worktree, or the person switched it to another branch.

    Raises:
        GitRefused: an edited file is in the way; it is kept.
    """
    if _is_ours(path) and stands_on(Git(path), branch):
        own = Git(path).with_environment(GIT_LFS_SKIP_SMUDGE="1")
        own.run("update-index", "-q", "--refresh")
        own.run("read-tree", "-m", "-u", old, new)


def remove_worktree(repository: Repository, path: Path) -> None:
    """Remove a session's worktree; its branch stays.

    Raises:
        GitRefused: it holds edits that are on no commit.
    """
    if _is_ours(path):
        if edits := worktree_edits(repository, path):
            raise GitRefused(
                f"{path} holds uncommitted changes ({_some(edits)}); commit or discard them there, "
                "then run `intern gc` again."
            )
        _, untracked = changed_paths(Git(path))
        for name in share_links(repository.root, path, untracked):
            (path / name).unlink()
        repository.git.run("worktree", "remove", str(path))
    else:
        _forget(repository, path)


def _some(paths: list[str]) -> str:
    more = f" and {len(paths) - 3} more" if len(paths) > 3 else ""
    return ", ".join(paths[:3]) + more


def _is_ours(path: Path) -> bool:
    """True when git knows the folder as a linked worktree."""
    if not (path / ".git").is_file() or path.is_symlink():
        return False
    status, top, _ = Git(path).attempt("rev-parse", "--show-toplevel")
    resolved = os.path.realpath(path)
    return status == 0 and os.fsdecode(top.removesuffix(b"\n")) == resolved


def stands_on(git: Git, branch: str) -> bool:
    """True when the checkout that git runs in has this branch checked out."""
    status, head, _ = git.attempt("symbolic-ref", "--quiet", "HEAD")
    return status == 0 and os.fsdecode(head).strip() == f"refs/heads/{branch}"


def _set_aside(path: Path) -> None:
    if os.path.lexists(path):
        free = (path.with_name(f"{path.name}.lost-{n}") for n in itertools.count(1))
        path.rename(next(place for place in free if not os.path.lexists(place)))


def _forget(repository: Repository, path: Path) -> None:
    """Drop git's stale entry for this worktree, and no other (`git worktree prune` drops all)."""
    for entry in (repository.common / "worktrees").glob("*/gitdir"):
        known = os.fsdecode(entry.read_bytes()).removesuffix("\n")
        if os.path.realpath(known) == str(Path(os.path.realpath(path), ".git")):
            if (entry.parent / "locked").exists():  # git locks it while it is being made
                repository.git.run("worktree", "unlock", str(path))
            repository.git.run("worktree", "remove", str(path))
