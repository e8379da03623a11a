"""Every error that a person can act on. The message is one sentence: what, where, the mend."""


class InternError(Exception):
    """Something the user can act on. The message is one sentence: what, where, the mend."""


# --- workspace ----------------------------------------------------------------------------------


class NoRepository(InternError):
    """The folder is not inside a git repository with a working tree and at least one commit."""


class BadConfig(InternError):
    """`intern.toml` can't be read; the message carries line and column."""


class NoConfig(InternError):
    """The workspace has no `intern.toml`."""


class StoreDamaged(InternError):
    """`.intern/state.db` can't be read or written."""


class DiskFull(InternError):
    """There is no room left to record what happens."""


# --- repository ---------------------------------------------------------------------------------


class GitRefused(InternError):
    """git answered with an error."""


class BranchMoved(GitRefused):
    """The person committed on the session's branch, or edited its checkout."""


class DirtyFileInTheWay(InternError):
    """A landing would change a file with uncommitted changes."""


class LandingConflict(InternError):
    """The accepted hunks do not apply to the user's branch."""


class NothingToLand(InternError):
    """No accepted hunk is waiting."""


# --- runs ---------------------------------------------------------------------------------------


class NoInterpreter(InternError):
    """The Python that should run the training does not exist or does not start."""


class UnknownRun(InternError):
    """No run has this id."""


class EvaluationFailed(InternError):
    """The evaluate command failed or printed no JSON object as its last line."""


# --- integrity ----------------------------------------------------------------------------------


class LockedFileChanged(InternError):
    """A locked file differs from its hash at session start."""


class LockedPath(InternError):
    """Somebody asked to write a locked path, or outside the session's worktree."""


class SealBroken(InternError):
    """The sealed test of this session was looked at before."""


# --- experiments and agent ----------------------------------------------------------------------


class SessionBusy(InternError):
    """Another session is improving this workspace."""


class UnknownSession(InternError):
    """No session has this id."""


class BudgetSpent(InternError):
    """The action would pass a cap of the budget."""


class NotAllowed(InternError):
    """The person said no, or `[policy]` of `intern.toml` does."""


class OwnEditFailed(InternError):
    """What the person changed on the session's branch does not train."""


class CannotEdit(InternError):
    """The setting or the file can't be edited as asked."""


class WorkerFailed(InternError):
    """The agent's worker process can't be started or keeps dying."""


# --- daemon and protocol ------------------------------------------------------------------------


class DaemonUnreachable(InternError):
    """The daemon can't be started, or it does not answer."""


class ConnectionLost(DaemonUnreachable):
    """The daemon went away in the middle of a conversation."""


class WrongToken(InternError):
    """The client did not prove that it may talk to this workspace's daemon."""


class ProtocolMismatch(InternError):
    """Client and daemon have no protocol version in common."""


class BadInput(InternError):
    """A file or an argument can't be used."""
