"""The agent's commits: candidates without a branch, sealed with their verdict, kept or set aside.

A candidate is a commit on the incumbent that no branch names; runs execute it. After the verdict it
is sealed: same tree, same parent, plus the trailers that only the runs could fill in. A kept one
becomes the tip of the session's branch; a ref keeps the others.
"""

from collections.abc import Mapping
from pathlib import Path

from ..errors import BranchMoved, CannotEdit, GitRefused, LockedPath
from .identity import INTERN
from .messages import Trailers, compose, read_message, split
from .paths import relative_name, writable_file
from .repository import Repository
from .trees import (
    REGULAR,
    Entry,
    blocked_by,
    commit_tree,
    read_blob,
    read_tree,
    write_blob,
    write_tree,
)
from .worktree import catch_up, follow, worktree_edits

FileTexts = Mapping[str, str | bytes | None]
"""New content by path from the top; None removes the file."""


def commit_tree_with(repository: Repository, parent: str, files: FileTexts, message: str) -> str:
    """A commit on `parent` that changes these files and nothing else. Touches no ref and no file.

    Contents are those of a checkout: line ends and filters are applied as `git add` would. A file
    keeps its mode; a new one is not executable.

    Returns:
        Its SHA.

    Raises:
        LockedPath: a path leaves the tree, goes through a link, or lies in `.git` or `.intern`.
        CannotEdit: nothing would change.
    """
    git = repository.git
    base = repository.resolve(parent)
    entries = read_tree(git, base)
    changes: dict[str, Entry | None] = {}
    for path, content in files.items():
        name = relative_name(path)
        known = entries.get(name)
        if known and not known.regular:
            raise LockedPath(f"{name} is a link or a submodule; write a plain file instead.")
        if content is None:
            if known:
                changes[name] = None
            continue
        if (other := blocked_by(name, entries)) and files.get(other, "") is not None:
            raise LockedPath(f"{name} can't be written beside the tracked {other}; rename one.")
        raw = content.encode() if isinstance(content, str) else content
        # As `git add` does: a file with CRLF in the repository keeps it, whatever autocrlf says.
        as_is = known is not None and b"\r\n" in read_blob(git, known.sha)
        sha = write_blob(git, raw, path=None if as_is else name)
        fresh = Entry(known.mode if known else REGULAR, sha)
        if fresh != known:
            changes[name] = fresh
    if not changes:
        raise CannotEdit(
            f"the new content of {', '.join(files) or 'no file'} is the old one; change something."
        )
    tree = write_tree(git, base, changes)
    return commit_tree(git.with_environment(**INTERN), tree, [base], message)


def commit_files(
    repository: Repository,
    worktree: Path,
    *,
    branch: str,
    files: FileTexts,
    subject: str,
    body: str = "",
    trailers: Trailers | None = None,
) -> str:
    """Commit these files, and only them, on the session's branch, and bring its worktree there.

    Returns:
        The SHA of the new tip.

    Raises:
        LockedPath: a path leaves the worktree, goes through a link, or lies in `.git` or `.intern`.
        CannotEdit: nothing would change.
        GitRefused: the person edited the worktree.
    """
    for path in files:
        writable_file(worktree, path)
    tip = repository.resolve(f"refs/heads/{branch}")
    sha = commit_tree_with(repository, tip, files, compose(subject, body, trailers))
    advance_branch(repository, branch, sha, expected=tip, worktree=worktree)
    return sha


def seal_commit(repository: Repository, sha: str, trailers: Trailers) -> str:
    """The same commit with more trailers. The same trailers give the same SHA, so it can be redone.

    Returns:
        The SHA of the sealed commit; author, date, tree and parents are the candidate's.
    """
    git = repository.git
    subject, body, known = split(read_message(repository, sha))
    message = compose(subject, body, {**known, **trailers})
    form = "--format=%an%x00%ae%x00%ad%x00"
    name, email, date = git.fields("log", "-1", "--date=raw", form, sha, "--")
    parents = git.line("log", "-1", "--format=%P", sha, "--").split()
    own = git.with_environment(
        GIT_AUTHOR_NAME=name,
        GIT_AUTHOR_EMAIL=email,
        GIT_AUTHOR_DATE=date,
        GIT_COMMITTER_NAME=name,
        GIT_COMMITTER_EMAIL=email,
        GIT_COMMITTER_DATE=date,
    )
    return commit_tree(own, f"{sha}^{{tree}}", parents, message)


def advance_branch(
    repository: Repository,
    branch: str,
    sha: str,
    *,
    expected: str,
    worktree: Path | None = None,
) -> None:
    """Move the session's branch to a kept commit, and the files of its worktree with it.

    Doing it again after a crash is fine.

    Args:
        branch: `intern/<slug>`.
        sha: the new tip, a child of `expected`.
        expected: the tip as we know it.
        worktree: the session's, when it has one.

    Raises:
        BranchMoved: the person committed on the branch or edited the worktree; theirs is kept.
        GitRefused: the branch is gone.
    """
    ref = f"refs/heads/{branch}"
    there = worktree if worktree is not None and worktree.exists() else None
    if there:
        catch_up(there, branch)
    tip = repository.find(ref)
    if tip is None:
        raise GitRefused(
            f"{branch} is gone; bring it back with `git branch {branch} {expected[:8]}`, then run "
            "`intern improve --resume`."
        )
    git = repository.git.with_environment(**INTERN)
    if git.succeeds("merge-base", "--is-ancestor", sha, tip):
        return  # advanced before a crash; the person may have gone on from there
    if tip != expected:
        raise BranchMoved(
            f"{branch} is at {tip[:8]}, not at {expected[:8]} as Intern left it; your commits stay."
        )
    if there and (edits := worktree_edits(repository, there)):
        raise BranchMoved(f"You edited {edits[0]} in {there}; your edits stay.")
    git.run("update-ref", "-m", "intern: keep", ref, sha, expected)
    if there:
        try:
            follow(there, branch, expected, sha)
        except GitRefused as error:  # edited since we looked
            git.run("update-ref", "-m", "intern: give way to an edit", ref, expected, sha)
            raise BranchMoved(f"You edited a file in {there}; your edits stay.") from error


def protect(repository: Repository, session: str, name: str, sha: str) -> str:
    """Keep a commit under `refs/intern/<session>/<name>`, out of gc's reach; returns the ref."""
    ref = f"refs/intern/{session}/{name}"
    repository.git.with_environment(**INTERN).run("update-ref", ref, sha)
    return ref


def forget_session(repository: Repository, session: str) -> list[str]:
    """Delete the refs `refs/intern/<session>/...` (not the branch) and return them."""
    refs = repository.git.line(
        "for-each-ref", "--format=%(refname)", f"refs/intern/{session}"
    ).splitlines()
    for ref in refs:
        repository.git.run("update-ref", "-d", ref)
    return refs
