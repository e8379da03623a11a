"""Whose name stands on a commit."""

from .plumbing import Git

NAME, EMAIL = "Intern", "intern@localhost"

INTERN = {
    "GIT_AUTHOR_NAME": NAME,
    "GIT_AUTHOR_EMAIL": EMAIL,
    "GIT_COMMITTER_NAME": NAME,
    "GIT_COMMITTER_EMAIL": EMAIL,
}


def landing_identity(git: Git) -> dict[str, str]:
    """The agent wrote it, the user landed it; without a configured user, the agent did."""
    known = git.succeeds("-c", "user.useConfigOnly=true", "var", "GIT_COMMITTER_IDENT")
    author = {"GIT_AUTHOR_NAME": NAME, "GIT_AUTHOR_EMAIL": EMAIL}
    return author if known else INTERN


def own_identity(git: Git) -> dict[str, str]:
    """What the person edited is the person's commit, also where git knows no name of theirs."""
    known = git.succeeds("-c", "user.useConfigOnly=true", "var", "GIT_COMMITTER_IDENT")
    names = {name: "You" if "NAME" in name else "you@localhost" for name in INTERN}
    return {} if known else names


def undo_identity(git: Git) -> dict[str, str]:
    """An undo is the user's own commit; without a configured user, the agent's."""
    known = git.succeeds("-c", "user.useConfigOnly=true", "var", "GIT_COMMITTER_IDENT")
    return {} if known else INTERN
