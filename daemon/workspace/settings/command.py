"""The training command: which script it starts and which flags it passes."""

import re
import shlex
from dataclasses import dataclass, field
from pathlib import Path

from ...errors import CannotEdit
from .setting import Value

CONFIG_SUFFIXES = (".yaml", ".yml", ".toml", ".json")


@dataclass(frozen=True)
class TrainCommand:
    """A parsed training command."""

    text: str
    script: str
    """Path of the Python file, relative to the workspace root, with forward slashes."""
    flags: dict[str, str] = field(default_factory=dict)
    """Value by flag name without dashes, `-` turned into `_`; a bare flag has `true`."""
    files: tuple[str, ...] = ()
    """Configuration files among the arguments."""

    @classmethod
    def parse(cls, command: str, root: Path) -> "TrainCommand":
        """Read `python x.py`, `accelerate launch x.py`, `torchrun x.py`, `python -m pkg.mod`.

        Raises:
            CannotEdit: the command starts no Python file of this repository.
        """
        # In `cd a && python b.py` the last part is the training.
        part = re.split(r"\s*(?:&&|;|\|\|?)\s*", command.strip())[-1]
        try:
            words = shlex.split(part)
        except ValueError as error:
            raise CannotEdit(
                f"The training command `{command}` can't be read ({error}); mend its quotes."
            ) from error
        for index, word in enumerate(words):
            if word.endswith(".py") and (root / word).is_file():
                path = (root / word).resolve()
            elif index and words[index - 1] in {"-m", "--module"}:
                found = _module_file(root, word)
                if found is None:
                    continue
                path = found.resolve()
            else:
                continue
            if not path.is_relative_to(root.resolve()):
                break
            flags, files = _arguments(words[index + 1 :], root)
            return cls(command, path.relative_to(root.resolve()).as_posix(), flags, files)
        raise CannotEdit(
            f"The training command `{command}` starts no Python file of this repository; "
            "name the script in it, as in `python train.py`."
        )


def literal(word: str) -> Value:
    """The value of a flag, as argparse or TRL would read it."""
    if word.lower() in {"true", "false"}:
        return word.lower() == "true"
    for kind in (int, float):
        try:
            return kind(word)
        except ValueError:
            continue
    return word


def _module_file(root: Path, dotted: str) -> Path | None:
    base = root.joinpath(*dotted.split("."))
    candidates = (base.with_suffix(".py"), base / "__main__.py")
    return next((path for path in candidates if path.is_file()), None)


def _arguments(words: list[str], root: Path) -> tuple[dict[str, str], tuple[str, ...]]:
    flags: dict[str, str] = {}
    files = []
    for index, word in enumerate(words):
        name, equals, value = word.partition("=")
        text = value if equals else word
        if word.startswith("--") or (re.match(r"-[A-Za-z]", word) and not equals):
            following = words[index + 1] if index + 1 < len(words) else ""
            bare = not following or re.match(r"--?[A-Za-z]", following)
            flags[name.lstrip("-").replace("-", "_")] = (
                value if equals else "true" if bare else following
            )
        elif equals and re.fullmatch(r"[\w.]+", name):
            flags[name] = value  # Hydra and OmegaConf style
        if text.endswith(CONFIG_SUFFIXES) and (root / text).is_file():
            files.append(Path(text).as_posix())
    return flags, tuple(files)
