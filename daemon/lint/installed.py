"""What the user's TRL, transformers and PEFT accept, asked of the user's own interpreter.

Importing TRL takes seconds, so the answer is kept on disk by interpreter and versions, and whoever
lints while somebody types asks in the background.
"""

import hashlib
import json
import os
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from ..errors import NoInterpreter

FORMAT = 1
"""Of the files in the cache."""

PATIENCE = 120
"""Seconds until an interpreter that does not answer is given up."""

ASKED = {
    "trl": [
        f"{name}{kind}"
        for kind in ("Config", "Trainer")
        for name in ("SFT", "DPO", "ORPO", "CPO", "KTO", "GRPO", "RLOO", "Reward", "OnlineDPO")
    ],
    "transformers": [
        "TrainingArguments",
        "Seq2SeqTrainingArguments",
        "Trainer",
        "Seq2SeqTrainer",
        "BitsAndBytesConfig",
    ],
    "peft": ["LoraConfig"],
}
"""Classes whose arguments are asked for, by library."""

_VERSIONS = f"""
import importlib.metadata as metadata, json, sysconfig
found = {{}}
for name in {list(ASKED)!r}:
    try:
        found[name] = metadata.version(name)
    except metadata.PackageNotFoundError:
        pass
print(json.dumps({{"versions": found, "site": sysconfig.get_path("purelib")}}))
"""

_ACCEPTED = f"""
import importlib, inspect, json, os, pkgutil, sys, warnings
warnings.simplefilter("ignore")
os.environ["CUDA_VISIBLE_DEVICES"] = ""
accepted, exported = {{}}, {{}}
for library, names in {ASKED!r}.items():
    try:
        module = importlib.import_module(library)
    except Exception:
        continue
    parts = [one.name for one in pkgutil.iter_modules(module.__path__)]
    exported[library] = sorted(set(dir(module)) | set(parts))
    for name in names:
        try:
            parameters = inspect.signature(getattr(module, name).__init__).parameters.values()
        except Exception:
            continue
        if not any(one.kind is one.VAR_KEYWORD for one in parameters):
            accepted[name] = [one.name for one in parameters if one.name != "self"]
json.dump({{"accepted": accepted, "exported": exported}}, sys.stdout)
"""


class Installed(BaseModel):
    """The libraries of one interpreter."""

    versions: Mapping[str, str]
    """Version by library; absent: not installed."""
    accepted: Mapping[str, list[str]]
    """Arguments by class, for classes that take no others."""
    exported: Mapping[str, list[str]]
    """Public names by library; absent: it can't be imported."""


class Asking:
    """Asks interpreters and remembers the answers. Safe to use from several threads.

    Args:
        cache: folder for the answers; None: the user's cache folder.
    """

    def __init__(self, cache: Path | None = None) -> None:
        self._cache = cache or _user_cache() / "intern" / "libraries"
        self._known: dict[Path, tuple[tuple[Path, int], Installed]] = {}
        self._asked: subprocess.Popen[str] | None = None
        self._stopped = False

    def stop(self) -> None:
        """End what is asked at the moment, which then fails, and ask nothing more."""
        self._stopped = True
        if self._asked is not None:
            self._asked.kill()

    def known(self, python: Path) -> Installed | None:
        """What was answered before, at no cost; None: ask."""
        found = self._known.get(python)
        if found is None:
            return None
        (site, changed), answer = found
        return answer if _changed(site) == changed else None

    def ask(self, python: Path) -> Installed:
        """Ask an interpreter: a tenth of a second, or some seconds for versions not seen before.

        Raises:
            NoInterpreter: it does not start.
        """
        if (known := self.known(python)) is not None:
            return known
        said = self._run(python, _VERSIONS)
        versions, site = said["versions"], Path(said["site"])
        file = self._cache / f"{_digest(python, versions)}.json"
        answer = _stored(file)
        if answer is None:
            found = self._run(python, _ACCEPTED) if versions else {}
            answer = Installed.model_validate(
                {"versions": versions, "accepted": {}, "exported": {}, **found}
            )
            _store(file, answer)
        self._known[python] = ((site, _changed(site)), answer)
        return answer

    def _run(self, python: Path, program: str) -> Any:
        """The JSON on the last line; libraries print banners while they are imported."""
        reason = "the asking was stopped"
        try:
            with subprocess.Popen(
                [python, "-I", "-c", program],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            ) as asked:
                self._asked = asked
                if self._stopped:
                    asked.kill()
                try:
                    told, errors = asked.communicate(timeout=PATIENCE)
                except subprocess.TimeoutExpired:
                    asked.kill()
                    raise
            if asked.returncode == 0:
                return json.loads(told.strip().rpartition("\n")[2])
            if not self._stopped:
                reason = (errors.strip().splitlines() or [f"exit code {asked.returncode}"])[-1]
        except (OSError, subprocess.TimeoutExpired, ValueError) as error:
            reason = str(error)
        raise NoInterpreter(
            f"{python} can't say which libraries it has ({reason}); mend it or name another under "
            "[train] python in intern.toml."
        )


def _user_cache() -> Path:
    """As the XDG base directory specification has it; macOS has such a folder, too."""
    named = os.environ.get("XDG_CACHE_HOME")
    return Path(named) if named and Path(named).is_absolute() else Path.home() / ".cache"


def _stored(file: Path) -> Installed | None:
    try:
        return Installed.model_validate_json(file.read_bytes())
    except (OSError, ValidationError):
        return None


def _store(file: Path, answer: Installed) -> None:
    """A cache that can't be written is asked for again."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        half = file.with_name(f"{file.name}.{os.getpid()}")
        half.write_text(answer.model_dump_json(), encoding="utf-8")
        half.replace(file)
    except OSError:
        return


def _digest(python: Path, versions: Mapping[str, str]) -> str:
    said = json.dumps([FORMAT, ASKED, os.fspath(python), versions], sort_keys=True)
    return hashlib.sha256(said.encode()).hexdigest()[:24]


def _changed(folder: Path) -> int:
    """Installing or removing a package touches the folder that holds it."""
    try:
        return folder.stat().st_mtime_ns
    except OSError:
        return 0
