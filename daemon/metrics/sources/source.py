"""What every source of metric rows offers."""

from typing import Protocol

from ..row import Row

Cursor = dict[str, int | float | str | None]
"""How far a source was read: JSON, kept beside the rows. Each source knows its own keys."""


class Source(Protocol):
    """Rows that arrive over time in a file or a database that somebody else writes.

    A source made with the cursor of an earlier one goes on where that one stopped: no row is
    missing, none comes twice.
    """

    total_steps: int | None
    """Steps of the whole run; None: the source does not say."""

    @property
    def cursor(self) -> Cursor:
        """How far it was read, as of the last `poll`."""

    def poll(self, final: bool = False) -> list[Row]:
        """Rows that arrived since the last call, oldest first.

        Args:
            final: nobody writes any more, so an unended last line counts too.
        """


def count(cursor: Cursor | None, key: str) -> int:
    """A count from a cursor; 0 when there is none."""
    value = cursor.get(key) if cursor else None
    return int(value) if isinstance(value, int | float) else 0


def text(cursor: Cursor | None, key: str) -> str | None:
    """A text from a cursor; None when there is none."""
    value = cursor.get(key) if cursor else None
    return value if isinstance(value, str) else None
