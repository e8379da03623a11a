"""What becomes of a run when not its command failed, but what Intern does around it."""

import errno
from pathlib import Path

from ..errors import DiskFull, InternError
from ..workspace import Layout
from .backends.local import read_started
from .outcome import DISK_FULL, Ending


def mishap(error: Exception, folder: Path, layout: Layout) -> Ending:
    """How a run ends that could not be carried on.

    Args:
        error: what came of carrying it.
        folder: the run's.
        layout: of its workspace.
    """
    if isinstance(error, DiskFull):
        return Ending("failed", "disk_full", str(error))
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return DISK_FULL
    if isinstance(error, InternError):
        return Ending("failed", "not_started", str(error))
    told = f"Intern failed in {folder}: {error}; see {layout.daemon_log}."
    if read_started(folder) is None:
        return Ending("failed", "not_started", told)
    return Ending("lost", "lost", told)
