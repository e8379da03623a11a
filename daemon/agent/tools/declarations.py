"""The tools that an agent may call, as it sees them. The daemon carries them out.

Plain values: the worker makes smolagents tools of them, the daemon checks calls against them.
"""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # the worker starts without the wire's models
    from ...protocol import Effect


@dataclass(frozen=True)
class ToolDeclaration:
    """One tool.

    Args:
        name: a Python name.
        description: what it does and what it returns, for the model.
        effects: what it does to the world, for policy; the strictest rule of them holds.
        inputs: by argument name, smolagents' `{"type", "description"}`.
        output: smolagents' output type.
    """

    name: str
    description: str
    effects: "tuple[Effect, ...]"
    inputs: dict[str, dict[str, Any]] = field(default_factory=dict)
    output: str = "string"


IMPROVE: tuple[ToolDeclaration, ...] = (
    ToolDeclaration(
        "situation",
        "Where the session stands: score, noise floor, findings, experiments, candidates and what "
        "is left of the budget. Returns one JSON object.",
        ("read",),
    ),
    ToolDeclaration(
        "measure_baseline",
        "Run the person's training set-up over several seeds and score it on dev. Needed before "
        "anything is compared. Returns the situation as JSON.",
        ("run",),
    ),
    ToolDeclaration(
        "try_candidates",
        "Commit the candidates, each on top of the best version so far, and let them compete rung "
        "by rung. At most one is kept, and only if it clears the noise floor over two seeds. "
        "Returns the verdicts and the new situation as JSON.",
        ("run", "write"),
        {
            "candidates": {
                "type": "array",
                "items": {"type": "string"},
                "description": "Candidate ids from the situation, alternatives to each other.",
            },
            "because": {
                "type": "string",
                "description": "Why these, in one sentence; it is shown to the person.",
            },
        },
    ),
    ToolDeclaration(
        "finish_experiments",
        "Bring experiments that an interruption left without a verdict to their end. Returns the "
        "verdicts and the new situation as JSON.",
        ("run", "write"),
    ),
    ToolDeclaration(
        "adopt_edits",
        "Take in what the person changed on the session's branch or in its checkout: it is "
        "measured and stays, whatever it brings; all that follows stands on it. Returns the "
        "situation as JSON.",
        ("run", "write"),
    ),
    ToolDeclaration(
        "write_report",
        "End the session: run the best version on every seed, look at the sealed test once, write "
        "the report. Returns its summary as JSON.",
        ("run",),
        {
            "because": {
                "type": "string",
                "description": "Why the session ends, in one sentence.",
            }
        },
    ),
    ToolDeclaration(
        "end_session",
        "End the session without a report, when what a report needs is not allowed. It can be "
        "taken up again.",
        ("read",),
        {
            "because": {
                "type": "string",
                "description": "Why the session ends, in one sentence.",
            }
        },
    ),
)
