"""Writes `docs/lint.md`, the reference of the training lint, from its rules.

`python -m intern_daemon.lint.document` writes the file into the repository; `--check` writes
nothing and exits with 1 when the file is stale.
"""

import re
import sys
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

from . import REGISTRY, LintRule

REPOSITORY = Path(__file__).resolve().parents[2]
PAGE = Path("docs/lint.md")

HEAD = """\
# What `intern lint` and the editor look for in training code

Each rule reads the syntax tree of a script or notebook that imports a trainer; nothing is run. The
value of a setting is followed to where it stands: a keyword, a constant, the default of an
`add_argument`, a dataclass, a YAML, TOML or JSON file. What can't be followed is left alone.

An error stops the run or spoils its result for sure; a warning very likely does; information is
what could be better, and a hint is a remark. `# intern: ignore[L101]` at the end of a line, or on a
line of its own above it, silences a rule there; before the first statement, in the whole file.
`# intern: ignore` silences all of them. This page is generated from `daemon/lint/rules/`;
`make generate` writes it, and the examples on it are its tests.
"""


def render() -> str:
    """The text of the page."""
    families = groupby(REGISTRY.values(), key=lambda rule: rule.check.__module__)
    return "\n".join([HEAD, *(_family(list(rules)) for _, rules in families)])


def _family(rules: list[LintRule]) -> str:
    module = sys.modules[rules[0].check.__module__]
    title = (module.__doc__ or "").partition("\n")[0].rstrip(".")
    return "\n".join([f"## {title}\n", *(_entry(rule) for rule in rules)])


def _entry(rule: LintRule) -> str:
    return "\n".join(_parts(rule))


def _parts(rule: LintRule) -> Iterator[str]:
    yield f"### {rule.id} {rule.label}\n"
    yield f"{rule.title}\n"
    yield f"{rule.explanation}\n"
    yield f"Severity: {rule.severity}. Source: {_linked(rule.source)}.\n"
    yield f"```python\n# Bad\n{rule.bad}\n```\n"
    yield f"```python\n# Good\n{rule.good}\n```\n"


def _linked(text: str) -> str:
    """With links for GitHub issues that are written as `owner/name#number`."""
    issue = r"\b([\w.-]+/[\w.-]+)#(\d+)\b"
    return re.sub(issue, r"[\g<0>](https://github.com/\1/issues/\2)", text)


def main(arguments: list[str]) -> int:
    """Returns the exit status."""
    path, text = REPOSITORY / PAGE, render()
    if arguments == ["--check"]:
        if path.is_file() and path.read_text(encoding="utf-8") == text:
            return 0
        print(f"{PAGE} is stale; run `python -m intern_daemon.lint.document`.")
        return 1
    path.write_text(text, encoding="utf-8")
    print(PAGE)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
