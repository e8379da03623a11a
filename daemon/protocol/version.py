"""The protocol version range that this build speaks, and how two ranges agree."""

from .base import Wire

OLDEST, NEWEST = 1, 1


class VersionRange(Wire):
    """Protocol versions that a peer speaks, both ends included."""

    min: int = OLDEST
    max: int = NEWEST


def agree(theirs: VersionRange) -> int | None:
    """The newest version that both sides speak, or None."""
    version = min(theirs.max, NEWEST)
    return version if version >= max(theirs.min, OLDEST) else None
