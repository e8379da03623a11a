"""Takes secrets out of text before it is written anywhere."""

import json
import os
import re
from collections.abc import Mapping
from typing import Any

_NAME = re.compile(r"TOKEN|KEY|SECRET|PASSWORD|PASSWD|CREDENTIAL", re.IGNORECASE)

#: Shapes that their makers publish for secret scanners.
_SHAPES = re.compile(
    r"""
      (?P<kept>(?i:authorization)["']?\s*[:=]\s*["']?(?:\w+\ +)?)[^\s"',}]{8,}
    | \b(?:hf|api_org)_[A-Za-z0-9]{20,}            # Hugging Face
    | \bsk-[A-Za-z0-9_-]{16,}                      # OpenAI, Anthropic and those that copy them
    | \bgh[pousr]_[A-Za-z0-9]{20,} | \bgithub_pat_\w{20,}
    | \bAKIA[0-9A-Z]{16}\b                         # AWS
    | (?<=://)[^/\s:@]+:[^/\s@]+(?=@)              # user:password in an address
    | (?<=[Bb]earer\ )[\w.~+/=-]{8,}
    """,
    re.VERBOSE,
)

#: One of these is in every text that `_SHAPES` finds something in; looking for them is cheap.
_MARKERS = (
    "hf_", "api_org_", "sk-", "ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_", "AKIA", "://",
    "earer ", "uthorization", "UTHORIZATION",
)  # fmt: skip

#: Names on the wire whose values refer to something: changed, they would refer to nothing.
_REFERENCES = {
    "kind", "id", "session", "experiment", "run", "runs", "commit", "baseCommit", "branch", "ref",
    "userRef", "slug", "parent", "incumbent", "metric", "direction", "state", "cause", "level",
    "severity", "python", "report", "path", "paths", "rule", "method", "backend", "finding",
    "folder", "locks", "hunk", "hunks", "before", "after", "intervention", "decision",
    "conversation", "thread", "answers", "author",
}  # fmt: skip


def secrets_of(environment: Mapping[str, str]) -> list[str]:
    """Values of variables whose names say that they are secret, longest first.

    Values under eight characters are left out: `1` or `true` would blank every other line. So are
    paths that exist: `SSH_KEY_FOLDER` tells where a secret lies and is none.
    """
    found = {value for name, value in environment.items() if _NAME.search(name) and len(value) > 7}
    return sorted((value for value in found if not _is_place(value)), key=len, reverse=True)


def _is_place(value: str) -> bool:
    return value.startswith("/") and "\0" not in value and os.path.lexists(value)


class Redaction:
    """Takes the secrets of one environment, and all known key shapes, out of what is written.

    Args:
        environment: read once.
    """

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._secrets = secrets_of(environment)
        quoted = [form for s in self._secrets for form in {s, _inside(s), _inside(s, False)}]
        self._markers = (*_MARKERS, *quoted)

    def text(self, text: str) -> str:
        """`text` without them."""
        for secret in self._secrets:
            text = text.replace(secret, "[redacted]")
        return _SHAPES.sub(lambda found: f"{found['kept'] or ''}[redacted]", text)

    def json(self, text: str) -> str:
        """JSON text without them; the same object when there was nothing to take out."""
        if not any(marker in text for marker in self._markers):
            return text
        was = json.loads(text)
        now = self.value(was)
        return text if now == was else json.dumps(now, ensure_ascii=False)

    def value(self, value: Any) -> Any:
        """The same for what JSON text stands for. Ids and other references stay as they are."""
        match value:
            case str():
                return self.text(value)
            case list():
                return [self.value(each) for each in value]
            case dict():
                return {
                    name: each if _refers(name, each) else self.value(each)
                    for name, each in value.items()
                }
            case _:
                return value


def _refers(name: str, value: Any) -> bool:
    return name in _REFERENCES and isinstance(value, str | list)


def _inside(text: str, ascii_only: bool = True) -> str:
    """As it stands within a JSON string."""
    return json.dumps(text, ensure_ascii=ascii_only)[1:-1]


def redact(text: str) -> str:
    """`text` without the secrets of this process's environment and without known key shapes."""
    return Redaction(os.environ).text(text)
