"""What a person asks to be changed: another value, or a change taken back."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from ...protocol import Change, Wish

ALIASES = {
    "lr": "learning_rate",
    "epochs": "num_train_epochs",
    "epoch": "num_train_epochs",
    "batch_size": "per_device_train_batch_size",
    "batch": "per_device_train_batch_size",
    "gradient_clipping": "max_grad_norm",
    "clipping": "max_grad_norm",
    "warmup": "warmup_steps",
    "warm_up": "warmup_steps",
    "lora_rank": "r",
    "rank": "r",
    "scheduler": "lr_scheduler_type",
    "schedule": "lr_scheduler_type",
}
"""What people call TRL's settings."""

_VERBS = {"use", "try", "set", "change", "make", "put", "raise", "lower", "increase", "decrease"}
_POLITE = {"please", "can", "could", "would", "you", "we", "let", "let's", "lets", "us", "just",
           "maybe", "i'd", "i", "rather", "instead", "and", "then", "ok", "okay", "no", "better",
           "actually", "should", "why", "not", "what", "about", "how"}  # fmt: skip
_FILLERS = {"to", "as", "a", "an", "the", "of", "at", "with", "for", "it", "value", "be", "=", ":",
            "is", "setting", "by", "from", "on"}  # fmt: skip
_ENDS = {"instead", "please", "here", "rather", "too", "then", "again", "first", "now"}

_BACK = {"revert", "undo", "reject", "drop", "remove", "discard", "back"}
_WITH_BACK = {"take", "roll", "put", "go"}
"""They ask for it only with `back` or `out`, as in `take this back`."""
_IT = {"this", "it", "that", "change", "hunk", "line", "edit", "the", "please", "out", "one", "off",
       "again", "all", "completely", "take", "roll", "back", "put", "go"}  # fmt: skip

_TOKEN = re.compile(
    r"""[-+]?\d[\d_]*\.?\d*(?:[eE][-+]?\d+)?(?![\w.]*[A-Za-z_])   # a number
      | "[^"]*" | '[^']*'                                         # quoted text
      | [A-Za-z_][\w.'-]*                                         # a name or a word
      | =""",
    re.VERBOSE,
)
_NUMBER = re.compile(r"[-+]?\d[\d_]*\.?\d*(?:[eE][-+]?\d+)?")


@dataclass(frozen=True)
class Value:
    """Give a setting another value.

    Args:
        setting: None: the words name none.
        value: as it is to stand in the code.
    """

    setting: str | None
    value: str

    def wish(self, because: str, thread: str | None = None) -> Wish:
        """As the daemon takes it; the setting must be known.

        Args:
            because: the person's words.
        """
        words = " ".join(because.split())[:500]
        return Wish(
            intervention=f"set:{self.setting}", value=self.value, because=words, thread=thread
        )


@dataclass(frozen=True)
class Back:
    """Take the change back."""


Request = Value | Back


def request_in(text: str) -> Request | None:
    """What a text asks to be done; None: it asks nothing of this kind.

    A request begins with its verb (`use 1e-4`, `set warmup_ratio to 0.1`, `revert this`), whatever
    politeness stands before it, or is an assignment (`learning_rate = 1e-4`). A question is none.
    """
    words = [token.rstrip(".-") for token in _TOKEN.findall(text.replace("`", ""))]
    while words and words[0].lower() in _POLITE:
        words = words[1:]
    first = words[0].lower() if words else ""
    if first in _BACK | _WITH_BACK and _taken_back(words):
        return Back()
    if first in _VERBS:
        return _value(words[1:])
    bare = len(words) <= 3 and first and _is_value(words[0])
    if not text.rstrip().endswith("?") and (bare or _assigns(words)):
        return _value(words)
    return None


def setting_of(change: Change) -> str | None:
    """The setting of a change such as `learning_rate 2e-05 -> 2e-04`; None: it is about none."""
    name, _, rest = change.what.partition(" ")
    edited = " -> " in f" {rest}" or rest.endswith(" added") or rest == "removed"
    return name if edited and name.isidentifier() else None


def setting_named(words: Sequence[str]) -> str | None:
    """`learning rate`, `lr` and `learning_rate` are one; None: no words."""
    if not words:
        return None
    name = "_".join(word.lower().replace("-", "_") for word in words)
    return ALIASES.get(name, name)


def _taken_back(words: Sequence[str]) -> bool:
    """A verb of taking back, and nothing but a pointer at the change."""
    said = {word.lower() for word in words}
    return bool(said & _BACK) and said <= _BACK | _IT | _POLITE


def _assigns(words: Sequence[str]) -> bool:
    """`name = value`, or `name value`."""
    return "=" in words or (len(words) == 2 and "_" in words[0] and _is_value(words[1]))


def _value(words: Sequence[str]) -> Value | None:
    """The last thing that can be a value, and the name before it."""
    told = [word for word in words if word.lower() not in _ENDS]
    at = next((n for n in reversed(range(len(told))) if _is_value(told[n])), None)
    if at is None:
        # A word can be a value only behind a name and `to` or `=`: `set scheduler to cosine`.
        joint = next((n for n, word in enumerate(told) if word.lower() in {"to", "="}), None)
        if joint is None or joint != len(told) - 2 or joint == 0:
            return None
        at = joint + 1
    before = [word for word in told[:at] if word.lower() not in _FILLERS and not _is_value(word)]
    after = [word for word in told[at + 1 :] if word.lower() not in _FILLERS]
    # `use 1e-4 for the learning rate`, `a learning rate of 1e-4`
    return Value(setting_named(before or after), _unquoted(told[at]))


def _is_value(word: str) -> bool:
    return (
        _NUMBER.fullmatch(word) is not None
        or word[:1] in {'"', "'"}
        or word.lower() in {"true", "false", "none"}
    )


def _unquoted(word: str) -> str:
    return word[1:-1] if word[:1] in {'"', "'"} else word
