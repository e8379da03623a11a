"""Run the rules over the rows of one run, and keep what they find."""

import logging
from collections.abc import Callable, Iterable, Mapping
from operator import methodcaller

from ..metrics import Row
from ..protocol import Diagnosis, Finding, Method
from . import rules as _rules  # noqa: F401  registers them
from .method import infer_method
from .roots import fold
from .rule import REGISTRY, Evidence, Rule, RunContext

log = logging.getLogger(__name__)

_ORDER = {"critical": 0, "warning": 1, "info": 2}

_OPENING = 32
"""Rows kept from the start, so that rules of a method that shows itself late see them too: a first
evaluation or a summary may come before the first training log."""


class Engine:
    """The diagnosis of one run, as its rows arrive.

    Findings count as changed when one comes, goes, or changes its kind or severity; their numbers
    are those of the moment they are asked for. Memory does not grow with the run. Rows may be
    repeated, out of order, or full of NaN. A rule that fails is logged and left out; it never fails
    the caller. Only the rules of the run's method are fed, which keeps a row cheap.

    Args:
        method: how the model is trained; None: told from the metric names and the configuration.
        config: TrainingArguments by name, plus `num_parameters` and `peft`.
        total_steps: of the whole run; may be set later.
        rules: by their ids; None: all that are registered.
    """

    def __init__(
        self,
        method: Method | None = None,
        config: Mapping[str, object] | None = None,
        total_steps: int | None = None,
        rules: Mapping[str, type[Rule]] | None = None,
    ) -> None:
        self._asked = method
        self.run = RunContext(method or "unknown", dict(config or {}), total_steps)
        self._rules: dict[str, Rule] = {
            id: kind(self.run) for id, kind in (REGISTRY if rules is None else rules).items()
        }
        self._fed = self._of_method()
        self._opening: list[Row] | None = []
        self._seen: set[str] = set()
        self._kinds: dict[str, tuple[str, str]] = {}
        self._rows = 0

    @property
    def method(self) -> Method:
        return self.run.method

    @property
    def total_steps(self) -> int | None:
        """Steps of the whole run; None: unknown, and rules that need it wait for the end."""
        return self.run.total_steps

    @total_steps.setter
    def total_steps(self, steps: int | None) -> None:
        self.run.total_steps = steps

    def feed(self, row: Row) -> bool:
        """Take one row in.

        Returns:
            Whether the findings changed.
        """
        self._rows += 1
        self.run.take(row)
        fresh = not self._seen.issuperset(row.values)
        if fresh:
            self._seen.update(row.values)
            self._set_method()
        if self._opening is not None:
            self._opening.append(row)
            if len(self._opening) == _OPENING:
                self._opening = None
        return self._ask(methodcaller("feed", row), again=fresh)

    def tick(self, now: float) -> bool:
        """Tell the rules of the wall clock that time passed. `now` is in UTC seconds.

        Returns:
            Whether the findings changed.
        """
        return not self.run.ended and self._ask(methodcaller("tick", now), again=True)

    def end(self) -> bool:
        """Say that no more rows will come.

        Returns:
            Whether the findings changed.
        """
        self.run.ended = True
        return self._ask(methodcaller("end"), again=True)

    def findings(self) -> list[Finding]:
        """What stands at this moment: roots first, critical ones before warnings and notes."""
        found = [
            finding(rule, rule.standing)
            for rule in self._fed
            if rule.standing is not None and self._ready(rule)
        ]
        return sorted(
            fold(found), key=lambda f: (f.because_of is not None, _ORDER[f.severity], f.rule)
        )

    def diagnosis(self) -> Diagnosis:
        """The findings with what was checked."""
        checked = sorted((rule.id for rule in self._fed if self._ready(rule)), key=_family_number)
        return Diagnosis(
            method=self.method, rows=self._rows, findings=self.findings(), checked=checked
        )

    def _of_method(self) -> list[Rule]:
        return [rule for rule in self._rules.values() if self.run.method in rule.methods]

    def _ready(self, rule: Rule) -> bool:
        try:
            return rule.ready(self._seen)
        except Exception:  # noqa: BLE001  logged in _leave_out
            self._leave_out(rule)
            return False

    def _set_method(self) -> None:
        """Tell the method anew; rules that come in with it see the opening of the run."""
        method = self._asked or infer_method(self._seen, self.run.config)
        if method == self.run.method:
            return
        before = set(self._fed)
        self.run.method = method
        self._fed = self._of_method()
        late = [rule for rule in self._fed if rule not in before]
        for row in self._opening or ():
            self._put(late, methodcaller("feed", row))

    def _put(
        self, rules: Iterable[Rule], question: Callable[[Rule], Evidence | None]
    ) -> list[Rule]:
        """Ask rules, and keep what they say; returns those that say something else than before."""
        changed = []
        for rule in rules:
            try:
                said = question(rule)
            except Exception:  # noqa: BLE001  logged in _leave_out
                self._leave_out(rule)
                changed.append(rule)
                continue
            if said is not rule.standing:
                rule.standing = said
                changed.append(rule)
        return changed

    def _leave_out(self, rule: Rule) -> None:
        log.exception("rule %s failed at step %d and is left out", rule.id, self.run.step)
        self._rules.pop(rule.id, None)
        self._fed = [each for each in self._fed if each is not rule]

    def _ask(self, question: Callable[[Rule], Evidence | None], again: bool) -> bool:
        """Ask all rules; `again`: which of them count may have changed, whatever they say."""
        said = self._put(self._fed, question)
        if not said and not again:
            return False
        kinds = self._kinds_of(self._fed) if again else self._kinds | self._kinds_of(said)
        for rule in said:
            if rule.standing is None or rule.id not in self._rules:
                kinds.pop(rule.id, None)
        before, self._kinds = self._kinds, kinds
        return before != kinds

    def _kinds_of(self, rules: Iterable[Rule]) -> dict[str, tuple[str, str]]:
        return {
            rule.id: (said.label or rule.label, said.severity or rule.severity)
            for rule in rules
            if (said := rule.standing) is not None and self._ready(rule)
        }


def _family_number(id: str) -> tuple[str, int, str]:
    """S9 before S13; ids of plugins that end in no number come after those that do."""
    family = id.rstrip("0123456789")
    digits = id[len(family) :]
    return family, int(digits) if digits else -1, id


def finding(kind: Rule, evidence: Evidence) -> Finding:
    """What a rule found, for the wire."""
    first, last = sorted(evidence.steps)
    return Finding(
        rule=kind.id,
        label=evidence.label or kind.label,
        severity=evidence.severity or kind.severity,
        title=evidence.title,
        steps=(first, last),
        evidence=evidence.numbers,
        explanation=evidence.explanation,
        confidence=evidence.confidence,
        interventions=list(evidence.suggestions),
    )
