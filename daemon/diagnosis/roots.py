"""Fold echoes under their root, so that a person sees one trouble and not five."""

from collections.abc import Iterable

from ..protocol import Finding, Severity

_ROOTS: tuple[tuple[str, frozenset[str]], ...] = (
    (
        "lr_too_high",
        frozenset(
            {"gradient_explosion", "nonfinite", "divergence", "not_decreasing", "still_improving"}
        ),
    ),
    ("labels_masked", frozenset({"not_decreasing"})),
    ("gradient_explosion", frozenset({"nonfinite", "nan_as_zero", "divergence"})),
    ("divergence", frozenset({"not_decreasing", "nonfinite", "nan_as_zero"})),
    ("nonfinite", frozenset({"not_decreasing"})),
    ("lr_too_low", frozenset({"not_decreasing", "still_improving"})),
    ("memorisation", frozenset({"overfitting"})),
)
"""A root's label and the labels that it explains, the strongest root first. No root stands among
the echoes of one below it, so there is no circle."""

_ONLY_AFTER = frozenset({"gradient_explosion", "divergence", "nonfinite"})
"""Roots that explain only what came with them or later."""

_SETTING = "S16"
"""Of two findings with one label the one about a setting is the root: it has a line to change."""

_RANK: dict[Severity, int] = {"info": 0, "warning": 1, "critical": 2}


def fold(findings: Iterable[Finding]) -> list[Finding]:
    """Set `because_of` of each echo to the rule of its root, and make a root as severe as its worst
    echo: who reads the roots alone must not miss that a run is lost."""
    found = list(findings)
    roots = {finding.rule: _root(finding, found) for finding in found}
    return [
        finding.model_copy(
            update={"because_of": roots[finding.rule], "severity": _worst(finding, found, roots)}
        )
        for finding in found
    ]


def _root(finding: Finding, found: list[Finding]) -> str | None:
    for root in found:
        if root.label == finding.label and root.rule == _SETTING != finding.rule:
            return root.rule
    for label, echoes in _ROOTS:
        if finding.label not in echoes:
            continue
        for root in found:
            late = label in _ONLY_AFTER and root.steps[0] > finding.steps[1]
            if root.label == label and not late:
                return root.rule
    return None


def _worst(finding: Finding, found: list[Finding], roots: dict[str, str | None]) -> Severity:
    ranks = [finding.severity]
    for echo in found:
        above = roots[echo.rule]
        while above is not None:
            if above == finding.rule:
                ranks.append(echo.severity)
            above = roots.get(above)
    return max(ranks, key=lambda severity: _RANK[severity])
