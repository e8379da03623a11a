"""The libraries installed beside a workspace, read from disk without importing them."""

import os
import sysconfig
from collections.abc import Iterator
from pathlib import Path


def site_packages(root: Path) -> Iterator[Path]:
    """Package folders that the training is likely to use, the most likely first.

    The workspace's own `.venv` or `venv`, then the active environment, then this interpreter's.
    """
    environments = [root / ".venv", root / "venv"]
    if active := os.environ.get("VIRTUAL_ENV"):
        environments.append(Path(active))
    for environment in environments:
        yield from sorted(environment.glob("lib/python3*/site-packages"))
        yield from environment.glob("Lib/site-packages")
    yield Path(sysconfig.get_path("purelib"))


def version(root: Path, name: str) -> tuple[int, int] | None:
    """Major and minor version of a library; None: it is not installed.

    Args:
        name: distribution name, such as `transformers`.
    """
    for folder in site_packages(root):
        for found in folder.glob(f"{name}-*.dist-info"):
            numbers = found.name.removeprefix(f"{name}-").split(".")
            if len(numbers) > 1 and numbers[0].isdigit() and numbers[1].isdigit():
                return int(numbers[0]), int(numbers[1])
    return None


def library_folder(root: Path, name: str) -> Path | None:
    """Folder of an installed package; None: it is not installed."""
    return next((f / name for f in site_packages(root) if (f / name).is_dir()), None)
