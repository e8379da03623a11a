"""Whether a disk has room left: programs fail in many words when it has none."""

import shutil
from pathlib import Path

LEAST = 1 << 20
"""Bytes free below which a failure is the disk's: git and a trainer write more at every step."""


def no_room(folder: Path | str) -> bool:
    """True when the disk that holds a folder is as good as full; False when that is not known."""
    try:
        return shutil.disk_usage(folder).free < LEAST
    except OSError:
        return False
