"""Run all rules over a script."""

from ..errors import CannotEdit
from ..workspace.settings import TrainingCode
from . import rules
from .installed import Installed
from .rule import LEVELS, REGISTRY, Problem
from .samples import Samples
from .script import Script
from .suppression import Ignored, ignored

assert rules, "importing the rules registers them"


def lint(
    code: TrainingCode,
    *,
    given: bool = False,
    installed: Installed | None = None,
    samples: Samples | None = None,
) -> list[Problem]:
    """Problems of a training script and of what it imports, in the order of places.

    Nothing is run or imported. A script that imports no trainer has no problems.

    Args:
        given: the code's command is the workspace's own, with all the flags it passes.
        installed: what the user's interpreter accepts; None: nothing is said of that.
        samples: reads local data; shared, it reads a file only when that changes.

    Raises:
        CannotEdit: the script does not parse.
    """
    script = Script(code, given=given, installed=installed, samples=samples or Samples())
    if not script.trains:
        return []
    found: dict[tuple[object, ...], Problem] = {}
    for rule in REGISTRY.values():
        try:
            for spot in rule.check(script):
                key = (rule.id, spot.place.path, spot.place.line, spot.place.column)
                found.setdefault(key, Problem(rule, spot.place, spot.message, spot.fixes))
        except CannotEdit:  # a config file that can't be read says nothing to this rule
            continue
    silenced = {path: _ignored(code, path) for path in {one.place.path for one in found.values()}}
    kept = [
        one for one in found.values() if not silenced[one.place.path].covers(one.rule.id, one.place)
    ]
    return sorted(kept, key=_order)


def _ignored(code: TrainingCode, path: str) -> Ignored:
    text = next((one.text for one in code.modules if one.path == path), None)
    text = code.read(path) if text is None else text
    return ignored(path, text or "")


def _order(problem: Problem) -> tuple[str, int, int, int, str]:
    place, rule = problem.place, problem.rule
    return place.path, place.line, place.column, LEVELS.index(rule.severity), rule.id
