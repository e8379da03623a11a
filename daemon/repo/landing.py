"""Landing: the accepted hunks, and they alone, become one commit on the user's branch.

The only place that moves the user's HEAD, index and files, and only when the person asked for it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from ..errors import DirtyFileInTheWay, GitRefused, LandingConflict, NothingToLand
from ..protocol import Decision, Landed, LandingPreview, Session
from ..protocol.methods import LandingDone
from .composition import compose
from .hunks import ReviewedCommit, reviewed_commits
from .identity import landing_identity, undo_identity
from .in_the_way import files_in_the_way
from .merging import merge_changes
from .messages import EXPERIMENT, METRIC, RUN, SESSION, read_message, split
from .messages import compose as compose_message
from .patches import file_changes
from .repository import Repository
from .trees import Entry, commit_tree, read_tree, write_tree

Style = Literal["merge", "squash"]

UNFINISHED = {
    "MERGE_HEAD": "merge",
    "CHERRY_PICK_HEAD": "cherry-pick",
    "REVERT_HEAD": "revert",
}


@dataclass(frozen=True)
class Landing:
    """A landing, or its undoing, that has happened: the answer and the event that tells it."""

    done: LandingDone
    event: Landed


@dataclass(frozen=True)
class _Plan:
    """A commit that is ready, and what stands between it and the branch."""

    branch: str
    before: str
    commit: str | None
    files: list[str]
    conflicts: dict[str, str]
    message: str
    hunks: list[str]


def preview(
    repository: Repository,
    session: Session,
    decisions: Mapping[str, Decision],
    *,
    style: Style = "squash",
    message: str | None = None,
    previous: Landed | None = None,
) -> LandingPreview:
    """What `land` would do with the same arguments. Touches no ref, index or file.

    Raises:
        NothingToLand: no accepted hunk is waiting.
        GitRefused: HEAD is detached, or the session's branch is gone.
    """
    plan = _plan(repository, session, decisions, style=style, message=message, previous=previous)
    dirty = files_in_the_way(repository, plan.files)
    return LandingPreview(
        target=plan.branch,
        commit=plan.commit if not dirty else None,
        files=plan.files,
        dirty=dirty,
        conflicts=sorted(plan.conflicts),
        message=plan.message,
    )


def land(
    repository: Repository,
    session: Session,
    decisions: Mapping[str, Decision],
    *,
    style: Style = "squash",
    message: str | None = None,
    previous: Landed | None = None,
) -> Landing:
    """Put the accepted hunks on the branch that the user has checked out, as one commit.

    Args:
        decisions: by hunk id; only `accepted` ones land.
        style: `merge` gives the commit the session's branch as second parent, `squash` does not.
        message: subject and body; None: made from the kept experiments.
        previous: the session's landing before this one: what changed since then is brought over,
            so a hunk that was landed and is no longer accepted goes again. None: the first.

    Raises:
        NothingToLand: no accepted hunk is waiting.
        LandingConflict: an accepted hunk clashes with the branch, or builds on a rejected one.
        DirtyFileInTheWay: a touched file has uncommitted changes, or is untracked.
        GitRefused: HEAD is detached, a merge is unfinished, or the branch moved meanwhile.
    """
    plan = _plan(repository, session, decisions, style=style, message=message, previous=previous)
    if plan.conflicts:
        raise LandingConflict(
            f"{'; '.join(plan.conflicts.values())}; change the decision on these hunks, or commit "
            f"them by hand from {session.branch}."
        )
    return _advance(repository, plan, session.id, undone=False)


def undo(repository: Repository, landed: Landed) -> Landing:
    """Revert a landing with a new commit on the same branch; what came after it stays.

    Raises:
        NothingToLand: it was undone before, or is no longer on the branch.
        LandingConflict: later commits changed the same lines.
        DirtyFileInTheWay, GitRefused: as for `land`.
    """
    git, branch = repository.git, _target(repository)
    if landed.undone:
        raise NothingToLand("this landing is undone already; land again if you want it back.")
    before = repository.resolve("HEAD")
    if not _stands(repository, landed, before):
        raise NothingToLand(
            f"the landing {landed.after[:8]} is not on {branch}; undo it on {landed.branch}."
        )
    changed = file_changes(git, landed.after, landed.before)
    base = {change.path: change.old for change in changed}
    wanted = {change.path: change.new for change in changed}
    target = read_tree(git, before)
    changes, conflicts = merge_changes(git, base, wanted, target)
    if conflicts:
        raise LandingConflict(
            f"{', '.join(conflicts)} changed after the landing; undo it by hand with `git revert "
            f"{landed.after[:8]}`."
        )
    if not changes:
        raise NothingToLand(f"nothing of the landing {landed.after[:8]} is left on {branch}.")
    subject = split(read_message(repository, landed.after))[0]
    message = compose_message(
        f'Revert "{subject}"',
        f"This reverts commit {landed.after}.",
        {SESSION: landed.session},
    )
    tree = write_tree(git, before, changes)
    own = git.with_environment(**undo_identity(git))
    commit = commit_tree(own, tree, [before], message)
    plan = _Plan(branch, before, commit, sorted(changes), {}, message, landed.hunks)
    return _advance(repository, plan, landed.session, undone=True)


def unrecorded(
    repository: Repository, session: Session, hunks: list[str], previous: Landed | None
) -> Landed | None:
    """A landing, or an undoing, whose record a crash prevented; None: all is on record.

    It is told by the trailer on the checked-out branch. After the person rewrote that branch,
    nothing is guessed.

    Args:
        hunks: what is accepted, as it was when the crash came.
        previous: the landing on record.
    """
    branch = repository.branch()
    head = repository.resolve("HEAD")
    start = previous.after if previous else session.base_commit
    if branch is None or branch.startswith("intern/"):
        return None
    if previous and not repository.git.succeeds("merge-base", "--is-ancestor", start, head):
        return None
    form = f"--format=%H%x00%P%x00%(trailers:key={SESSION},valueonly,separator=%x2C)%x00"
    fields = repository.git.line("log", "--first-parent", form, f"{start}..{head}").split("\0")
    for commit, parents, owner in zip(fields[::3], fields[1::3], fields[2::3], strict=False):
        sha = commit.strip()
        # A branch that the person merged themselves brings the agent's own commits.
        own = ("merge-base", "--is-ancestor", sha, f"refs/heads/{session.branch}")
        if owner.strip() == session.id and parents and not repository.git.succeeds(*own):
            _, body, _ = split(read_message(repository, sha))
            undone = previous is not None and f"This reverts commit {previous.after}." in body
            return Landed(
                session=session.id,
                branch=branch,
                before=parents.split()[0],
                after=sha,
                hunks=previous.hunks if undone and previous else hunks,
                undone=undone,
            )
    return None


def _plan(
    repository: Repository,
    session: Session,
    decisions: Mapping[str, Decision],
    *,
    style: Style,
    message: str | None,
    previous: Landed | None,
) -> _Plan:
    git, branch = repository.git, _target(repository)
    before = repository.resolve("HEAD")
    commits = reviewed_commits(repository, session, decisions)
    hunks = [h.id for commit in commits for h in commit.hunks if h.decision == "accepted"]
    if not hunks:
        raise NothingToLand(
            f"no hunk of {session.branch} is accepted; accept some with `intern review` first."
        )
    composition = compose(git, commits, set(hunks))
    old, new = composition.base, composition.changes
    if previous and _stands(repository, previous, before):
        landed = compose(git, commits, set(previous.hunks))
        new = landed.base | new
        old = composition.base | landed.base | landed.changes
    target: dict[str, Entry] = read_tree(git, before)
    changes, clashing = merge_changes(git, old, new, target)
    conflicts = composition.conflicts | {
        path: f"{path} changed on {branch} in the same place" for path in clashing
    }
    if not changes and not conflicts:
        raise NothingToLand(f"{branch} has the accepted hunks of {session.branch} already.")
    chosen = [c for c in commits if any(h.decision == "accepted" for h in c.hunks)]
    text = _message(session, chosen, message)
    files = sorted(changes | dict.fromkeys(conflicts))
    commit = None
    if not conflicts:
        tip = repository.resolve(f"refs/heads/{session.branch}")
        parents = [before, tip] if style == "merge" else [before]
        own = git.with_environment(**landing_identity(git))
        commit = commit_tree(own, write_tree(git, before, changes), parents, text)
    return _Plan(branch, before, commit, files, conflicts, text, hunks)


def _stands(repository: Repository, landed: Landed, head: str) -> bool:
    """True when a landing is part of the branch's history and was not undone."""
    reached = ("merge-base", "--is-ancestor", landed.after, head)
    return not landed.undone and repository.git.succeeds(*reached)


def _advance(repository: Repository, plan: _Plan, session: str, *, undone: bool) -> Landing:
    """Move the checked-out branch to the planned commit, the way `git merge --ff-only` does."""
    git = repository.git
    for name, words in UNFINISHED.items():
        if repository.find(name):
            raise GitRefused(
                f"a {words} is unfinished in {repository.root}; finish it or `git {words} --abort` "
                "first."
            )
    if dirty := files_in_the_way(repository, plan.files):
        raise DirtyFileInTheWay(
            f"{', '.join(dirty)} would be changed but holds work that is not committed; commit or "
            "stash it, then try again."
        )
    if repository.resolve("HEAD") != plan.before or repository.branch() != plan.branch:
        raise GitRefused(f"{plan.branch} moved in the meantime; try again.")
    assert plan.commit is not None
    # git overwrites ignored files silently unless told not to. Without a configured user, the
    # reflog entry needs a name from us.
    git.with_environment(**landing_identity(git)).run(
        "merge", "--ff-only", "--no-overwrite-ignore", "--no-stat", "--quiet", plan.commit
    )
    return Landing(
        LandingDone(branch=plan.branch, before=plan.before, after=plan.commit, files=plan.files),
        Landed(
            session=session,
            branch=plan.branch,
            before=plan.before,
            after=plan.commit,
            hunks=plan.hunks,
            undone=undone,
        ),
    )


def _target(repository: Repository) -> str:
    branch = repository.branch()
    if branch is None:
        raise GitRefused(
            f"HEAD is detached in {repository.root}, so no branch can take the landing; make one "
            "with `git switch -c NAME`."
        )
    if branch.startswith("intern/"):
        raise GitRefused(
            f"{branch} is Intern's own branch; switch to yours with `git switch NAME` first."
        )
    return branch


def _message(session: Session, commits: list[ReviewedCommit], message: str | None) -> str:
    trailers = {
        SESSION: session.id,
        **{
            key: [value for commit in commits for value in commit.trailers.get(key, [])]
            for key in (EXPERIMENT, RUN, METRIC)
        },
    }
    if message:
        subject, _, body = message.strip().partition("\n")
        return compose_message(subject, body, trailers)
    if len(commits) == 1:
        return compose_message(commits[0].subject, "", trailers)
    body = "\n".join(f"- {commit.subject}" for commit in commits)
    subject = f"Improve {session.metric} with {len(commits)} experiments"
    return compose_message(subject, body, trailers)
