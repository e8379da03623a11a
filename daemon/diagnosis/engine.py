"""Run the rules over the rows of one run, and keep what they find."""

import logging
from collections.abc import Callable, Mapping

from ..metrics import Row
from ..protocol import Diagnosis, Finding, Method
from . import rules as _rules  # noqa: F401  registers them
from .method import infer_method
from .roots import fold
from .rule import REGISTRY, Evidence, Rule, RunContext

log = logging.getLogger(__name__)

_ORDER = {"critical": 0, "warning": 1, "info": 2}


class Engine:
    """The diagnosis of one run, as its rows arrive.

    Findings count as changed when one comes, goes, or changes its kind or severity; their numbers
    are those of the moment they are asked for. Memory does not grow with the run. Rows may be
    repeated, out of order, or full of NaN. A rule that fails is logged and left out; it never fails
    the caller.

    Args:
        method: how the model is trained; None: told from the metric names and the configuration.
        config: TrainingArguments by name, plus `num_parameters` and `peft`.
        total_steps: of the whole run; may be set later.
    """

    def __init__(
        self,
        method: Method | None = None,
        config: Mapping[str, object] | None = None,
        total_steps: int | None = None,
    ) -> None:
        self._asked = method
        self.run = RunContext(method or "unknown", dict(config or {}), total_steps)
        self._rules: dict[str, Rule] = {id: kind(self.run) for id, kind in REGISTRY.items()}
        self._seen: set[str] = set()
        self._mark: set[tuple[str, str, str]] = set()
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
        self.run.step = max(self.run.step, row.step)
        if not self._seen.issuperset(row.values):
            self._seen.update(row.values)
            if self._asked is None:
                self.run.method = infer_method(self._seen, self.run.config)
        return self._ask(lambda rule: rule.feed(row))

    def tick(self, now: float) -> bool:
        """Tell the rules of the wall clock that time passed. `now` is in UTC seconds.

        Returns:
            Whether the findings changed.
        """
        return not self.run.ended and self._ask(lambda rule: rule.tick(now))

    def end(self) -> bool:
        """Say that no more rows will come.

        Returns:
            Whether the findings changed.
        """
        self.run.ended = True
        return self._ask(lambda rule: rule.end())

    def findings(self) -> list[Finding]:
        """What stands at this moment: roots first, critical ones before warnings and notes."""
        found = [
            finding(rule, rule.standing)
            for rule in self._rules.values()
            if rule.standing is not None and self._applies(rule)
        ]
        return sorted(
            fold(found), key=lambda f: (f.because_of is not None, _ORDER[f.severity], f.rule)
        )

    def diagnosis(self) -> Diagnosis:
        """The findings with what was checked."""
        checked = sorted(
            (id for id, rule in self._rules.items() if self._applies(rule)),
            key=lambda id: (id[0], int(id[1:])),
        )
        return Diagnosis(
            method=self.method, rows=self._rows, findings=self.findings(), checked=checked
        )

    def _applies(self, rule: Rule) -> bool:
        return self.run.method in rule.methods and rule.ready(self._seen)

    def _ask(self, question: Callable[[Rule], Evidence | None]) -> bool:
        for id, rule in list(self._rules.items()):
            try:
                rule.standing = question(rule)
            except Exception:
                log.exception("rule %s failed at step %d and is left out", id, self.run.step)
                del self._rules[id]
        before = self._mark
        self._mark = {
            (id, said.label or rule.label, said.severity or rule.severity)
            for id, rule in self._rules.items()
            if (said := rule.standing) is not None and self._applies(rule)
        }
        return self._mark != before


def finding(kind: Rule, evidence: Evidence) -> Finding:
    """What a rule found, for the wire."""
    return Finding(
        rule=kind.id,
        label=evidence.label or kind.label,
        severity=evidence.severity or kind.severity,
        title=evidence.title,
        steps=evidence.steps,
        evidence=evidence.numbers,
        explanation=evidence.explanation,
        confidence=evidence.confidence,
        interventions=list(evidence.suggestions),
    )
