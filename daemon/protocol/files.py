"""Requests about files: their text at a commit, and what a metrics file says of its run."""

from .base import Params, Wire
from .findings import Diagnosis
from .method import Method


class FileAt(Params):
    """A file of the repository as a commit has it."""

    commit: str
    path: str
    """Relative to the workspace root, with forward slashes."""


class FileText(Wire):
    text: str | None
    """None: the commit has no such file, or it is no text."""


class FilesBetween(Params):
    """What differs between two commits."""

    before: str
    after: str


class ChangedFiles(Wire):
    paths: list[str]
    """Relative to the workspace root, sorted."""


class DiagnoseFile(Params):
    """A `trainer_state.json`, a log, a CSV, or a folder with one, inside the workspace."""

    path: str
    """Relative to the workspace root."""


FILES: tuple[Method, ...] = (
    Method("intern/file/at", FileAt, FileText),
    Method("intern/file/between", FilesBetween, ChangedFiles),
    Method("intern/file/diagnose", DiagnoseFile, Diagnosis),
)
