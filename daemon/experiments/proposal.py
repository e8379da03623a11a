"""What an experiment is made of before it has a commit."""

from dataclasses import dataclass, field

from ..protocol import Change


@dataclass(frozen=True)
class Proposal:
    """One intervention, ready to be committed on top of the incumbent.

    Args:
        id: stable name of the variant, such as `learning_rate_up:x10`.
        intervention: id of the intervention.
        title: what changes, such as `learning rate 2e-05 -> 2e-04`.
        hypothesis: a sentence that the verdict can refute.
        source: where the idea comes from.
        files: new text by path, relative to the root of the incumbent's tree.
        changes: the edited places, for people.
        cost: compute of a run after the edit, relative to the incumbent's.
        finding: rule id of the finding that names the intervention; None: it is a general idea.
        wish: index of the session's wish that it fulfils; None: nobody asked for it.
    """

    id: str
    intervention: str
    title: str
    hypothesis: str
    source: str
    files: dict[str, str]
    changes: list[Change] = field(default_factory=list)
    cost: float = 1.0
    finding: str | None = None
    wish: int | None = None
