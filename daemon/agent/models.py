"""Who can think in a session."""

from ..errors import BadInput
from ..protocol.methods import ModelChoice

PLAYBOOK = "playbook"


def catalogue() -> list[ModelChoice]:
    """All of them, those that can be used first."""
    return [
        ModelChoice(
            id=PLAYBOOK,
            title="Playbook",
            detail="Rules and measured ideas on this machine; no key, no network, no price.",
            available=True,
        ),
        ModelChoice(
            id="language-model",
            title="Language model",
            detail="Thinks and writes code freely, by the tokens; the playbook advises it.",
            available=False,
            reason="This version has no language model in the agent yet; choose the playbook.",
        ),
    ]


def check_model(model: str) -> None:
    """Raises BadInput when a session can't have this model."""
    choices = {choice.id: choice for choice in catalogue()}
    choice = choices.get(model)
    if choice is None:
        raise BadInput(f"There is no model `{model}`; there is {', '.join(choices)}.")
    if not choice.available:
        raise BadInput(f"The model `{model}` can't be used: {choice.reason}")
