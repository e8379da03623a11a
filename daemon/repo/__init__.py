"""git: snapshots, worktrees, commits with trailers, hunks, review decisions, landing.

The user's HEAD, index, files and stashes change in `landing`, nowhere else. Ours are the branches
`intern/*`, the refs `refs/intern/*` and the folder `.intern/`. All of it is synchronous.
"""

from .checkout import export_tree, remove_tree, sweep_trees
from .commits import (
    advance_branch,
    commit_files,
    commit_tree_with,
    forget_session,
    protect,
    seal_commit,
)
from .contents import read_text, read_texts
from .hunks import review
from .landing import Landing, land, preview, undo, unrecorded
from .messages import (
    EXPERIMENT,
    HYPOTHESIS,
    METRIC,
    RUN,
    SESSION,
    compose,
    read_message,
    read_trailers,
)
from .own_work import commit_edits, moved
from .patches import file_changes
from .paths import fold, relative_name, writable_file
from .plumbing import Git
from .repository import CheckoutState, Repository, open_repository
from .share import link_share
from .snapshot import StartingPoint, take_snapshot
from .worktree import ensure_worktree, remove_worktree, unique_branch, worktree_edits

__all__ = [
    "EXPERIMENT",
    "HYPOTHESIS",
    "METRIC",
    "RUN",
    "SESSION",
    "CheckoutState",
    "Git",
    "Landing",
    "Repository",
    "StartingPoint",
    "advance_branch",
    "commit_edits",
    "commit_files",
    "commit_tree_with",
    "compose",
    "ensure_worktree",
    "export_tree",
    "file_changes",
    "fold",
    "forget_session",
    "land",
    "link_share",
    "moved",
    "open_repository",
    "preview",
    "protect",
    "read_message",
    "read_text",
    "read_texts",
    "read_trailers",
    "relative_name",
    "remove_tree",
    "remove_worktree",
    "review",
    "seal_commit",
    "sweep_trees",
    "take_snapshot",
    "undo",
    "unique_branch",
    "unrecorded",
    "worktree_edits",
    "writable_file",
]
