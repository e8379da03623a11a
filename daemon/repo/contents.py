"""Texts of files at commits."""

from collections.abc import Sequence

from .repository import Repository


def read_text(repository: Repository, commit: str, path: str) -> str | None:
    """The file as it is stored, decoded as UTF-8; None: the commit has no such file.

    Args:
        path: relative to the top, with forward slashes.
    """
    status, output, _ = repository.git.attempt("cat-file", "blob", f"{commit}:{path}")
    return output.decode("utf-8", "replace") if status == 0 else None


def read_texts(
    repository: Repository, wanted: Sequence[tuple[str, str]]
) -> dict[tuple[str, str], str | None]:
    """As `read_text`, for many files of many commits with one git command.

    Args:
        wanted: commit and path of each. A path with a line break is answered with None.
    """
    asked = [pair for pair in wanted if "\n" not in pair[1]]
    feed = "".join(f"{commit}:{path}\n" for commit, path in asked).encode()
    output = repository.git.run("cat-file", "--batch", stdin=feed)
    found: dict[tuple[str, str], str | None] = dict.fromkeys(wanted)
    at = 0
    for pair in asked:
        end = output.index(b"\n", at)
        head, at = output[at:end].split(b" "), end + 1
        if head[-1].isdigit():
            size = int(head[-1])
            if head[1] == b"blob":
                found[pair] = output[at : at + size].decode("utf-8", "replace")
            at += size + 1
    return found
