"""What tells runs apart: settings, scores, and the files whose text differs."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import BadInput
from ..metrics import ColumnStore
from ..protocol import Place, Run
from ..protocol.methods import ComparedSetting, Comparison
from ..repo import Repository, file_changes
from ..workspace import Layout
from ..workspace.redaction import redact
from ..workspace.settings import Setting, TrainingCode, spell
from ..workspace.settings.defaults import ADAPTER_SETTINGS
from .features.parsing import Parsing
from .features.past import Past

SEED, RUNG = "seed", "rung"
"""What we ourselves ask of a run; the trainer's settings of these names are made of them."""


@dataclass(frozen=True)
class Value:
    """One setting of one run."""

    value: Any
    text: str
    place: Place | None = None


class Comparer:
    """Compares runs of one workspace. Synchronous: called in a thread, safe in several.

    Args:
        layout: where the runs lie.
        repository: the user's repository.
    """

    def __init__(self, layout: Layout, repository: Repository) -> None:
        self._layout = layout
        self._repository = repository
        self._parsing = Parsing(layout.root, Past(layout.root))

    def compare(self, runs: list[Run]) -> Comparison:
        """What differs, in the order of the runs; the first is the one compared with.

        Raises:
            BadInput: there are fewer than two.
            GitRefused: a commit is gone.
        """
        if len(runs) < 2:
            raise BadInput("A comparison needs two runs at least; name another.")
        settings = [self._settings(run) for run in runs]
        names = sorted({name for each in settings for name in each})
        told = {name: [each.get(name) for each in settings] for name in names}
        different = {name: values for name, values in told.items() if not _equal(values)}
        return Comparison(
            runs=[run.id for run in runs],
            settings=[
                ComparedSetting(
                    name=name,
                    values=[value.text if value else None for value in values],
                    places=[value.place if value else None for value in values],
                )
                for name, values in different.items()
            ],
            same=len(told) - len(different),
            metrics=self._metrics(runs),
            code=self._code(runs),
        )

    def _settings(self, run: Run) -> dict[str, Value]:
        """What the code sets, and what the trainer said that it worked with."""
        recorded = _recorded(self._layout.run(run.id))
        found = {name: Value(value, redact(_spelled(value))) for name, value in recorded.items()}
        for setting in _written(self._code_of(run)):
            # The trainer's own word is the value in force; the code's is the one to read.
            value = recorded.get(setting.name, setting.value)
            found[setting.name] = Value(value, redact(setting.text), setting.place)
        found[SEED] = Value(run.seed, str(run.seed))
        found[RUNG] = Value(run.rung, f"{run.rung:g}")
        return found

    def _code_of(self, run: Run) -> TrainingCode | None:
        now = self._parsing.present(run.command, {})
        return self._parsing.then(run.commit, now) if now else None

    def _metrics(self, runs: list[Run]) -> dict[str, list[float | None]]:
        last = []
        for run in runs:
            columns = ColumnStore(self._layout.run(run.id) / "series")
            scores = {f"dev/{name}": score for name, score in (run.dev or {}).items()}
            last.append({**columns.last(), **scores})
        names = dict.fromkeys(name for each in last for name in each)
        return {name: [each.get(name) for each in last] for name in names}

    def _code(self, runs: list[Run]) -> list[str]:
        first = runs[0].commit
        others = {run.commit for run in runs[1:]} - {first}
        git = self._repository.git
        return sorted({file.path for other in others for file in file_changes(git, first, other)})


def _equal(values: list[Value | None]) -> bool:
    first = values[0]
    return first is not None and all(one is not None and one.value == first.value for one in values)


def _written(code: TrainingCode | None) -> list[Setting]:
    """The settings that the code holds and that can be followed to a value."""
    if code is None:
        return []
    sites = [site for site in (code.config, code.adapter) if site is not None]
    keywords = {word.arg for site in sites for word in site.call.keywords}
    names = {*keywords, *ADAPTER_SETTINGS, *code.command.flags}
    found = [code.get(name) for name in sorted(filter(None, names))]
    return [setting for setting in found if setting is not None]


def _spelled(value: Any) -> str:
    return json.dumps(value) if isinstance(value, dict) else spell(value)


def _recorded(folder: Path) -> dict[str, Any]:
    """What our recorder wrote of the trainer's arguments; empty for other trainers."""
    try:
        config = json.loads((folder / "config.json").read_text("utf-8"))
        arguments = config.get("arguments")
    except (OSError, ValueError, AttributeError):
        return {}
    if not isinstance(arguments, dict):
        return {}
    # Each run has a tree of its own; a path into it is the same place.
    return {str(name): _placeless(value, str(folder)) for name, value in arguments.items()}


def _placeless(value: Any, folder: str) -> Any:
    return value.replace(folder, "") if isinstance(value, str) else value
