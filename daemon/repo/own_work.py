"""The person's own work on a session's branch: commits that they added, files that they edited.

Theirs is recognised by what it lacks: the agent's commits carry the trailers of an experiment.
"""

from pathlib import Path

from ..errors import GitRefused
from .identity import own_identity
from .messages import EXPERIMENT, compose, read_trailers
from .plumbing import Git
from .repository import Repository
from .trees import commit_tree
from .worktree import catch_up, stands_on, worktree_edits


def moved(repository: Repository, worktree: Path, branch: str, known: str) -> bool:
    """Whether the person changed a session's branch or the files of its worktree.

    Args:
        worktree: the session's; one that is gone holds no edits.
        branch: `intern/<slug>`.
        known: the commit that the agent left the branch at.

    Raises:
        GitRefused: the branch is gone, or the worktree was switched to another one.
    """
    return _tip(repository, branch, known) != known or bool(
        _edits(repository, worktree, branch, known)
    )


def commit_edits(repository: Repository, worktree: Path, branch: str, known: str) -> str:
    """Commit what the person edited in the worktree, in their name, so that none of it is lost.

    Their hooks do not run, and what git ignores stays where it is.

    Returns:
        The tip of the branch with all of their work; `known` when there is none.

    Raises:
        GitRefused: as `moved`; or a merge is unfinished there.
    """
    edits = _edits(repository, worktree, branch, known)
    tip = _tip(repository, branch, known)
    if not edits:
        return tip
    git = Git(worktree)
    if git.run("ls-files", "--unmerged", "-z"):
        raise GitRefused(
            f"{worktree} has unresolved conflicts ({edits[0]}); resolve and commit them there, "
            "then run `intern improve --resume`."
        )
    head = repository.resolve(f"refs/heads/{branch}")
    git.run("add", "--all", "--force", "--", *edits)
    tree = git.line("write-tree")
    own = git.with_environment(**own_identity(git))
    more = f" and {len(edits) - 1} more" if len(edits) > 1 else ""
    message = compose(
        f"Edit {edits[0]}{more}",
        "Edited in the session's checkout while the agent worked, committed as it lay there.",
    )
    commit = commit_tree(own, tree, [head], message)
    own.run("update-ref", "-m", "your edits", f"refs/heads/{branch}", commit, head)
    return commit


def _tip(repository: Repository, branch: str, known: str) -> str:
    """The tip if the person moved the branch, else `known`.

    A tip that is the agent's own, ahead of `known`, is a verdict that a crash cut short.
    """
    tip = repository.find(f"refs/heads/{branch}")
    if tip is None:
        raise GitRefused(
            f"{branch} is gone; bring it back with `git branch {branch} {known[:8]}`, then run "
            "`intern improve --resume`."
        )
    if tip == known:
        return known
    git = repository.git
    if not git.succeeds("merge-base", "--is-ancestor", known, tip):
        return tip  # taken back, or written anew
    chain = git.line("rev-list", "--first-parent", f"{known}..{tip}").split()
    theirs = any(EXPERIMENT not in read_trailers(repository, commit) for commit in chain)
    return tip if theirs else known


def _edits(repository: Repository, worktree: Path, branch: str, known: str) -> list[str]:
    if not worktree.exists():
        return []
    if not stands_on(Git(worktree), branch):
        raise GitRefused(
            f"{worktree} was switched to another branch; bring it back there with `git switch "
            f"{branch}`, then run `intern improve --resume`."
        )
    for left_at in ("HEAD^", known):
        catch_up(worktree, branch, left_at)
    return worktree_edits(repository, worktree)
