"""A lock on a file that the operating system drops when its holder dies."""
# ruff: noqa: PLC0415, PTH116

import os
import sys
import time

#: Windows locks bytes, and nobody else can read those: lock one that the text never reaches.
FAR = 0x7FFF_0000


class FileLock:
    """Exclusive between processes. The file outlives the lock and may hold a short text.

    Args:
        path: made when missing, in a folder that exists.
    """

    def __init__(self, path: str) -> None:
        self.path = path
        self._file: int | None = None

    def acquire(self, wait: float = 0.0) -> bool:
        """Try for `wait` seconds. Returns whether the lock is ours."""
        file = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600)
        until = time.monotonic() + wait
        while not _try(file):
            if time.monotonic() >= until:
                os.close(file)
                return False
            time.sleep(0.02)
        self._file = file
        return True

    def release(self) -> None:
        if self._file is not None:
            os.close(self._file)  # closing drops the lock
            self._file = None

    def write(self, text: str) -> None:
        """Replace the text of the locked file."""
        assert self._file is not None
        os.ftruncate(self._file, 0)
        os.lseek(self._file, 0, os.SEEK_SET)
        os.write(self._file, text.encode())

    def stands(self) -> bool:
        """Whether the locked file is still the one at its path."""
        assert self._file is not None
        try:
            return os.path.samestat(os.fstat(self._file), os.stat(self.path))
        except OSError:
            return False


def _try(file: int) -> bool:
    try:
        if sys.platform == "win32":
            import msvcrt

            os.lseek(file, FAR, os.SEEK_SET)
            msvcrt.locking(file, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
