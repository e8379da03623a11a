"""Writes `docs/rules.md`, the reference of all rules, from their docstrings.

`python -m intern_daemon.diagnosis.document` writes the file into the repository; `--check` writes
nothing and exits with 1 when the file is stale.
"""

import inspect
import re
import sys
from itertools import groupby
from pathlib import Path

from .rule import ALL, REGISTRY, Rule

REPOSITORY = Path(__file__).resolve().parents[2]
PAGE = Path("docs/rules.md")

HEAD = """\
# What `intern diagnose` and a session look for

Each rule reads the logged metrics row by row while a run goes on, and says nothing until the
metrics that it needs have been logged. A finding names the steps, the numbers, and what to try.
Each threshold has its source. What no log holds is not looked for: update-to-weight ratios and dead
tensors need the parameters, truncated examples the texts. This page is generated from
`daemon/diagnosis/rules/`; `make generate` writes it.
"""


def render() -> str:
    """The text of the page."""
    ours = [kind for kind in REGISTRY.values() if kind.__module__.startswith(f"{__package__}.")]
    # A module of rules is registered as a whole, so its rules stand together.
    families = groupby(ours, key=lambda kind: kind.__module__)
    return "\n".join([HEAD, *(_family(list(rules)) for _, rules in families)])


def _family(rules: list[type[Rule]]) -> str:
    module = sys.modules[rules[0].__module__]
    title = (module.__doc__ or "").partition("\n")[0].rstrip(".")
    return "\n".join([f"## {title}\n", *(_entry(kind) for kind in rules)])


def _entry(kind: type[Rule]) -> str:
    needs = ", ".join(f"`{name}`" for name in sorted(kind.needs)) or "no metric"
    methods = "all methods" if kind.methods == ALL else ", ".join(sorted(kind.methods))
    words = _linked(inspect.cleandoc(kind.__doc__ or ""))
    return (
        f"### {kind.id} {kind.label}\n\n{words}\n\n"
        f"Severity: {kind.severity}. Needs: {needs}. For: {methods}.\n"
    )


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
        print(f"{PAGE} is stale; run `python -m intern_daemon.diagnosis.document`.")
        return 1
    path.write_text(text, encoding="utf-8")
    print(PAGE)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
