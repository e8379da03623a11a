"""What a rule of diagnosis is, and the registry of all of them."""

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Set
from dataclasses import dataclass, field
from typing import Any, ClassVar, TypeVar

from ..metrics import Row
from ..protocol import Method, Severity, Suggestion
from .curve import Curve

ALL: frozenset[Method] = frozenset(
    ("sft", "lora", "dpo", "orpo", "kto", "grpo", "reward", "pretraining", "classifier", "unknown")
)
LANGUAGE: frozenset[Method] = frozenset(("sft", "lora", "pretraining"))
"""Methods whose loss is the cross-entropy of tokens, in nats."""
SUPERVISED: frozenset[Method] = LANGUAGE | {"classifier", "reward"}
"""Methods whose loss falls when they learn, on the same rows as it is evaluated on."""


@dataclass(frozen=True)
class Evidence:
    """What a rule stands on at this moment.

    Args:
        steps: first and last step, both included.
        numbers: measured values, by name; templates of the rule may name them.
        title: one sentence for a person.
        explanation: why the numbers mean that, with the threshold and its source.
        suggestions: what to try, the best first.
        severity: None: the rule's own.
        label: None: the rule's own.
        confidence: 0 to 1.
    """

    steps: tuple[int, int]
    numbers: dict[str, float]
    title: str
    explanation: str
    suggestions: tuple[Suggestion, ...] = ()
    severity: Severity | None = None
    label: str | None = None
    confidence: float = 1.0


S = TypeVar("S")


@dataclass
class RunContext:
    """What rules may know of a run besides its rows.

    Args:
        method: how the model is trained; `unknown` until it can be told.
        config: TrainingArguments by name, plus `num_parameters` and `peft`; from a trainer's state
            also `best_metric`, `best_global_step` and `best_model_checkpoint`. May be empty.
        total_steps: of the whole run; None: unknown.
    """

    method: Method = "unknown"
    config: Mapping[str, object] = field(default_factory=dict)
    total_steps: int | None = None
    step: int = 0
    """Highest step so far."""
    ended: bool = False
    """No more rows will come."""
    loss: Curve = field(default_factory=Curve)
    """The training loss so far; its second axis is the learning rate summed over the steps."""
    first_loss: float | None = None
    """The first finite training loss."""
    _spent: float = 0.0
    _last: int = 0
    _shared: dict[type[Any], Any] = field(default_factory=dict, repr=False, compare=False)

    def share(self, kind: type[S]) -> S:
        """The one `kind` of this run, which several rules read; made for the first that asks."""
        if kind not in self._shared:
            self._shared[kind] = kind()
        found: S = self._shared[kind]
        return found

    def take(self, row: Row) -> None:
        """Take in what all rules share; before the rules see the row."""
        self.step = max(self.step, row.step)
        loss = row.get("loss")
        if loss is None:
            return
        rate = row.get("learning_rate")
        if rate is not None and math.isfinite(rate):
            self._spent += rate * max(row.step - self._last, 0)
        self._last = max(self._last, row.step)
        if self.first_loss is None and math.isfinite(loss):
            self.first_loss = loss
        self.loss.add(row.step, loss, self._spent)

    def number(self, name: str) -> float | None:
        """A number of the configuration; None when it is absent or none."""
        value = self.config.get(name)
        if isinstance(value, bool) or not isinstance(value, int | float | str):
            return None
        try:
            return float(value)
        except ValueError:
            return None

    @property
    def lora(self) -> bool | None:
        """Whether only adapters are trained; None: unknown."""
        value = self.config.get("peft")
        if isinstance(value, bool):
            return value
        return True if self.method == "lora" else None

    @property
    def progress(self) -> float | None:
        """Share of the run that is done, 0 to 1; None: unknown."""
        if self.total_steps:
            return min(self.step / self.total_steps, 1.0)
        return 1.0 if self.ended else None


class Rule(ABC):
    """One kind of trouble, looked for row by row in constant memory.

    Rules are made with `@rule`, which fills in the class attributes.
    """

    id: ClassVar[str]
    label: ClassVar[str]
    severity: ClassVar[Severity]
    methods: ClassVar[frozenset[Method]]
    needs: ClassVar[frozenset[str]]
    """Metrics without which the rule says nothing; it is fed from the first row on all the same."""

    def __init__(self, run: RunContext) -> None:
        self.run = run
        self.standing: Evidence | None = None
        """What it last said; the engine keeps it."""

    @abstractmethod
    def feed(self, row: Row) -> Evidence | None:
        """Take a row in.

        Returns:
            What the rule stands on after this row: `self.standing` when the row says nothing to it,
            None to withdraw what it said before.
        """

    def tick(self, now: float) -> Evidence | None:
        """The same when time passes without a row. `now` is in UTC seconds."""
        return self.standing

    def end(self) -> Evidence | None:
        """The same when no more rows will come."""
        return self.standing

    def ready(self, seen: Set[str]) -> bool:
        """Whether the metrics seen so far are enough for the rule to count as checked."""
        return self.needs <= seen


REGISTRY: dict[str, type[Rule]] = {}
"""Every rule by its id."""

R = TypeVar("R", bound=Rule)


def rule(
    id: str,
    *,
    label: str,
    severity: Severity,
    needs: Iterable[str],
    methods: Iterable[Method] = ALL,
) -> Callable[[type[R]], type[R]]:
    """Register a rule.

    Args:
        id: such as S5.
        label: kind of trouble, such as `overfitting`.
        severity: unless its evidence says otherwise.
        needs: metrics that must have been logged.
        methods: training methods that it can judge.
    """

    def register(kind: type[R]) -> type[R]:
        assert id not in REGISTRY, f"two rules are called {id}"
        kind.id, kind.label, kind.severity = id, label, severity
        kind.methods, kind.needs = frozenset(methods), frozenset(needs)
        REGISTRY[id] = kind
        return kind

    return register


def suggest(**texts: str) -> tuple[Suggestion, ...]:
    """Suggestions by the id of their intervention, the best first.

    >>> suggest(warmup="Warm up over 10 % of the steps.")[0].intervention
    'warmup'
    """
    return tuple(Suggestion(intervention=name, text=text) for name, text in texts.items())
