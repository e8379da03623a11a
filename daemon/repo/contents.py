"""Text of one file at one commit."""

from .repository import Repository


def read_text(repository: Repository, commit: str, path: str) -> str | None:
    """The file as it is stored, decoded as UTF-8; None: the commit has no such file.

    Args:
        path: relative to the top, with forward slashes.
    """
    status, output, _ = repository.git.attempt("cat-file", "blob", f"{commit}:{path}")
    return output.decode("utf-8", "replace") if status == 0 else None
