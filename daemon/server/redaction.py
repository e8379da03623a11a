"""Takes secrets out of text before it is written anywhere."""

import os
import re

_NAME = re.compile(r"TOKEN|SECRET|PASSWORD|PASSWD|API_?KEY|ACCESS_KEY|CREDENTIAL", re.IGNORECASE)

#: Shapes that their makers publish for secret scanners.
_SHAPES = re.compile(
    r"""
      \b(?:hf|api_org)_[A-Za-z0-9]{20,}            # Hugging Face
    | \bsk-[A-Za-z0-9_-]{16,}                      # OpenAI, Anthropic and those that copy them
    | \bgh[pousr]_[A-Za-z0-9]{20,} | \bgithub_pat_\w{20,}
    | \bAKIA[0-9A-Z]{16}\b                         # AWS
    | (?<=://)[^/\s:@]+:[^/\s@]+(?=@)              # user:password in an address
    | (?<=[Bb]earer\ )[\w.~+/=-]{8,}
    """,
    re.VERBOSE,
)


def secrets_of(environment: "os._Environ[str] | dict[str, str]") -> list[str]:
    """Values of variables whose names say that they are secret, longest first.

    Values under eight characters are left out: `1` or `true` would blank every other line.
    """
    found = {value for name, value in environment.items() if _NAME.search(name) and len(value) > 7}
    return sorted(found, key=len, reverse=True)


def redact(text: str) -> str:
    """`text` without the secrets of this process's environment and without known key shapes."""
    for secret in secrets_of(os.environ):
        text = text.replace(secret, "[redacted]")
    return _SHAPES.sub("[redacted]", text)
