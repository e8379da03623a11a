"""What an intervention is, and what comes out of it: candidates for an experiment."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from ....errors import CannotEdit
from ....workspace.settings import FileEdit, TrainingCode, Value, spell, tidy
from ....workspace.training_data import DataFacts

TUNING_PLAYBOOK = "google-research/tuning_playbook"
LORA_WITHOUT_REGRET = "LoRA Without Regret (Thinking Machines, 2025)"

LABELS = {
    "num_train_epochs": "epochs",
    "per_device_train_batch_size": "batch size",
    "max_grad_norm": "gradient clipping",
    "r": "LoRA rank",
}
"""What a person calls a setting, where it is not its name with spaces."""


@dataclass(frozen=True)
class Candidate:
    """One concrete edit worth an experiment."""

    id: str
    """Unique within the code it was made for, such as `learning_rate_up:x10`."""
    intervention: str
    title: str
    """`learning rate 2e-5 -> 2e-4`."""
    hypothesis: str
    """A sentence that an experiment can refute."""
    source: str
    """The paper, guide or documentation that the idea comes from."""
    edits: list[FileEdit]
    prior: float
    """Expected usefulness before any finding, 0 to 1."""
    cost: float
    """Compute of a run after the edit, relative to one before it."""


@dataclass(frozen=True)
class Idea:
    """What an intervention proposes, before it is known whether the code can be edited so."""

    variant: str
    title: str
    hypothesis: str
    source: str
    prior: float
    cost: float = 1.0
    values: Mapping[str, Value] = field(default_factory=dict)
    """Settings to change together."""
    edits: list[FileEdit] = field(default_factory=list)
    """Ready edits, instead of settings."""


Propose = Callable[[TrainingCode, DataFacts], Iterator[Idea]]


@dataclass(frozen=True)
class Intervention:
    """A kind of change, with the ways it can be made in a given training code."""

    id: str
    family: str
    propose: Propose

    def proposals(self, code: TrainingCode, facts: DataFacts) -> list[Candidate]:
        """What of it applies to this code; empty where it does not, or can't be edited in."""
        candidates = []
        for idea in self.propose(code, facts):
            try:
                edits = idea.edits or code.set_all(idea.values)
            except CannotEdit:
                # The person fixed this setting elsewhere (command line, computed value).
                continue
            if edits:
                candidates.append(
                    Candidate(
                        id=f"{self.id}:{idea.variant}",
                        intervention=self.id,
                        title=idea.title,
                        hypothesis=idea.hypothesis,
                        source=idea.source,
                        edits=edits,
                        prior=round(min(max(idea.prior, 0.0), 1.0), 3),
                        cost=round(idea.cost, 3),
                    )
                )
        return candidates


def intervention(id: str, family: str) -> Callable[[Propose], Intervention]:
    """Make an intervention of a generator of ideas."""
    return lambda propose: Intervention(id, family, propose)


def number(code: TrainingCode, name: str) -> float | None:
    """The number in force for a setting; None: it is unknown or no number."""
    value = code.value(name) if code.is_known(name) else None
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def scaled(code: TrainingCode, name: str, factor: float) -> float | None:
    """The number in force times a factor, an integer where it was one; None: it is unknown."""
    value = number(code, name)
    if value is None:
        return None
    if isinstance(value, int) or (value.is_integer() and value >= 1):
        product = max(1, round(value * factor))
        return product if isinstance(value, int) or code.get(name) is None else float(product)
    return tidy(value * factor)


def arrow(code: TrainingCode, name: str, value: Value) -> str:
    """`learning rate 2e-5 -> 2e-4`, both numbers as the person writes them."""
    found = code.get(name)
    old = found.text if found else spell(code.value(name))
    return f"{LABELS.get(name, name.replace('_', ' '))} {old} -> {spell(value, old)}"


def bound_by_steps(code: TrainingCode) -> bool:
    """Whether `max_steps` ends the run, not the number of epochs."""
    steps = number(code, "max_steps")
    return steps is not None and steps > 0
