"""The topics that the playbook can speak about, and the words by which it knows them.

No grammar: each word or phrase of a topic weighs something, and the heaviest topic is meant.
"""

from collections.abc import Sequence
from typing import Literal

Topic = Literal["compare", "why", "cost", "next", "explain", "status", "help"]

TOPICS: tuple[Topic, ...] = ("compare", "why", "cost", "next", "explain", "status", "help")
"""The most special first."""

_CUES: dict[Topic, dict[str, int]] = {
    "compare": {
        "compare": 5, "comparison": 5, "versus": 5, "vs": 5, "difference": 4, "differ": 4,
        "different": 4, "better": 3, "worse": 3, "between": 2, "against": 2,
    },
    "why": {
        "why": 5, "how come": 5, "what for": 4, "reason": 4, "reasoning": 4, "rationale": 4,
        "motivation": 4, "justify": 4, "hypothesis": 3, "evidence": 3, "purpose": 3, "discard": 2,
        "reject": 2, "drop": 2, "keep": 2, "kept": 2, "verdict": 3, "made you": 4,
    },
    "cost": {
        "cost": 5, "how long": 6, "how much": 4, "price": 5, "expensive": 5, "budget": 5, "eta": 5,
        "spend": 4, "spent": 4, "money": 4, "dollar": 4, "minute": 3, "hour": 3, "time": 2,
        "duration": 4, "remain": 3, "when will": 4, "left": 1, "cpu": 3, "token": 3, "compute": 2,
    },
    "next": {
        "next": 5, "what now": 5, "what else": 5, "plan": 4, "suggest": 4, "recommend": 4,
        "idea": 4, "candidate": 4, "try": 3, "should": 1, "improve": 2, "upcoming": 4,
        "going to": 2, "could": 1, "option": 3, "todo": 3,
    },
    "explain": {
        "explain": 5, "finding": 4, "mean": 3, "rule": 3, "wrong": 4, "problem": 4, "issue": 3,
        "warning": 4, "diagnose": 4, "diagnosis": 4, "trouble": 4, "healthy": 4, "threshold": 3,
    },
    "status": {
        "status": 5, "progress": 5, "happen": 4, "how is": 3, "how s": 3,
        "how are": 3, "going": 2, "you doing": 4,
        "state": 2, "how far": 4, "score": 4, "best": 3, "result": 4, "where do we stand": 5,
        "update": 3, "running": 3, "summary": 4, "summarise": 4, "summarize": 4, "so far": 3,
        "improve": 3, "gain": 3, "news": 3, "up to": 2,
    },
    "help": {
        "help": 5, "what can": 5, "can i ask": 6, "can you do": 6, "command": 4, "hello": 3,
        "hi": 3, "hey": 3, "who are you": 5, "how do you work": 5,
    },
}  # fmt: skip

_ENDINGS = ("s", "ing", "ed", "e")


def stem(word: str) -> str:
    """A word without its endings, where enough is left: `discarded` and `discards` are one."""
    for ending in _ENDINGS:
        if word.endswith(ending) and not word.endswith("ss") and len(word) - len(ending) >= 4:
            word = word.removesuffix(ending)
    return word


def worth_of(topic: Topic, words: Sequence[str]) -> int:
    """How much the words speak for a topic; each of its cues counts once.

    Args:
        words: of a message, stemmed.
    """
    said = f" {' '.join(words)} "
    return sum(weight for cue, weight in _STEMMED[topic].items() if f" {cue} " in said)


_STEMMED: dict[Topic, dict[str, int]] = {
    topic: {" ".join(stem(word) for word in cue.split()): weight for cue, weight in cues.items()}
    for topic, cues in _CUES.items()
}
