"""Files for the editors: their text at a commit, what differs, what a metrics file says."""

import asyncio
from collections.abc import Mapping
from pathlib import Path

from ..diagnosis import diagnose_file
from ..errors import BadInput
from ..protocol import Diagnosis
from ..protocol.files import ChangedFiles, DiagnoseFile, FileAt, FilesBetween, FileText
from ..repo import Repository, read_text
from .served import Handler


class Filing:
    """Reads files of one workspace; changes none.

    Args:
        repository: the user's repository.
    """

    def __init__(self, repository: Repository) -> None:
        self._repository = repository

    def handlers(self) -> Mapping[str, Handler]:
        """By method name."""
        return {
            "intern/file/at": self.at,
            "intern/file/between": self.between,
            "intern/file/diagnose": self.diagnose,
        }

    async def at(self, wish: FileAt) -> FileText:
        return await asyncio.to_thread(self._at, wish)

    async def between(self, wish: FilesBetween) -> ChangedFiles:
        return await asyncio.to_thread(self._between, wish)

    async def diagnose(self, wish: DiagnoseFile) -> Diagnosis:
        place = self._inside(wish.path)
        return await asyncio.to_thread(diagnose_file, place)

    def _at(self, wish: FileAt) -> FileText:
        text = read_text(self._repository, self._repository.resolve(wish.commit), wish.path)
        return FileText(text=None if text is not None and "\0" in text else text)

    def _between(self, wish: FilesBetween) -> ChangedFiles:
        before = self._repository.resolve(wish.before)
        after = self._repository.resolve(wish.after)
        told = self._repository.git.run("diff", "--name-only", "--no-renames", "-z", before, after)
        return ChangedFiles(paths=sorted(path for path in told.decode().split("\0") if path))

    def _inside(self, path: str) -> Path:
        """The place of a path, with every link followed.

        Raises:
            BadInput: it is outside the workspace.
        """
        root = self._repository.root
        place = (root / path).resolve()
        if not place.is_relative_to(root):
            raise BadInput(f"{path} is outside this workspace; name a file in {root}.")
        return place
