"""What a rule of the training lint is, and the registry of all of them."""

import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from ..protocol import Place
from ..workspace.settings import FileEdit

if TYPE_CHECKING:
    from .script import Script

Level = Literal["error", "warning", "information", "hint"]
"""`error` is for what stops the run or spoils its result for sure."""

LEVELS: tuple[Level, ...] = ("error", "warning", "information", "hint")


@dataclass(frozen=True)
class Fix:
    """An edit that mends a problem.

    Args:
        title: what an editor offers, such as `Set eval_strategy to "steps"`.
        make: the edit of each file; CannotEdit where the code does not allow it after all.
    """

    title: str
    make: Callable[[], list[FileEdit]]


@dataclass(frozen=True)
class Spot:
    """A place that a rule objects to, and why, in one sentence with the numbers in it."""

    place: Place
    message: str
    fixes: tuple[Fix, ...] = ()


Check = Callable[["Script"], Iterator[Spot]]


@dataclass(frozen=True)
class LintRule:
    """One kind of mistake in training code."""

    id: str
    label: str
    severity: Level
    source: str
    """Where the claim comes from: a paper, documentation, or the library's own check."""
    bad: str
    """A script that the rule objects to: its documentation and its test."""
    good: str
    """The same script, mended."""
    check: Check

    @property
    def title(self) -> str:
        """The rule in a sentence."""
        return self._words[0]

    @property
    def explanation(self) -> str:
        """Why it matters and when the rule is silent."""
        return self._words[1]

    @property
    def _words(self) -> tuple[str, str]:
        title, _, rest = inspect.cleandoc(self.check.__doc__ or "").partition("\n\n")
        return " ".join(title.split()), rest


@dataclass(frozen=True)
class Problem:
    """A rule's objection to one place."""

    rule: LintRule
    place: Place
    message: str
    fixes: tuple[Fix, ...] = ()


REGISTRY: dict[str, LintRule] = {}
"""Every rule by its id."""


def rule(
    id: str, label: str, severity: Level, *, source: str, bad: str, good: str
) -> Callable[[Check], LintRule]:
    """Register a generator of spots as a rule; its docstring is the rule's page.

    Args:
        id: L and a number; the hundreds are the family.
    """

    def register(check: Check) -> LintRule:
        assert id not in REGISTRY, f"two rules are called {id}"
        made = LintRule(id, label, severity, source, bad.strip(), good.strip(), check)
        REGISTRY[id] = made
        return made

    return register
