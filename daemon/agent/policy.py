"""What the agent may do by itself: `[policy]` of `intern.toml`, effect by effect."""

from collections.abc import Sequence

from ..protocol import Effect, PolicyRule
from ..workspace.config import Policy

STRICTNESS: tuple[PolicyRule, ...] = ("allow", "ask", "deny")


def ruling(policy: Policy, effects: Sequence[Effect]) -> tuple[Effect, PolicyRule]:
    """The strictest rule that a tool meets, and the first of its effects that meets it.

    Args:
        policy: of the session's `intern.toml`.
        effects: what the tool does, as its declaration says; at least one.
    """
    rules: dict[Effect, PolicyRule] = {effect: getattr(policy, effect) for effect in effects}
    strictest = max(rules.values(), key=STRICTNESS.index)
    return next(effect for effect in effects if rules[effect] == strictest), strictest
