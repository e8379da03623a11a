"""Read the whole lines that were appended to a text file, leaving a half-written last one."""

import re
from pathlib import Path

CHUNK = 8 * 1024 * 1024
"""Bytes read at a time: a huge log need not fit into memory."""


class Tail:
    """Follows a growing text file.

    Args:
        path: the file; it may not exist yet.
        offset: byte to go on from.
        ends: characters that end a line; a progress bar ends its lines with a carriage return.
    """

    def __init__(self, path: Path, offset: int = 0, ends: str = "\n") -> None:
        self.path = path
        self.offset = offset
        self.restarts = 0
        """How often the file became shorter than what was read: it was written anew."""
        self._ends = ends.encode()
        self._split = re.compile(f"[{re.escape(ends)}]").split

    def read(self, final: bool = False) -> list[str]:
        """Lines since the last call, without their ends.

        Args:
            final: nobody writes any more, so an unended last line counts too.
        """
        lines: list[str] = []
        while block := self._block():
            cut = 1 + max(block.rfind(end) for end in self._ends)
            if cut == 0 and (final or len(block) == CHUNK):
                cut = len(
                    block
                )  # a line longer than a chunk is no metric; it must not block the rest
            if cut == 0:
                break
            self.offset += cut
            lines.extend(self._split(block[:cut].decode("utf-8", "replace")))
        return [line for line in lines if line]

    def _block(self) -> bytes:
        try:
            with self.path.open("rb") as file:
                if file.seek(0, 2) < self.offset:
                    self.offset = 0
                    self.restarts += 1
                file.seek(self.offset)
                return file.read(CHUNK)
        except (FileNotFoundError, NotADirectoryError):
            return b""
