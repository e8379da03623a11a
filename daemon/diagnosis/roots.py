"""Fold echoes under their root, so that a person sees one trouble and not five."""

from collections.abc import Iterable

from ..protocol import Finding, Severity

_ROOTS: tuple[tuple[str, frozenset[str]], ...] = (
    (
        "lr_too_high",
        frozenset(
            {
                "grad_explosion",
                "grad_spike",
                "loss_spike",
                "nonfinite_loss",
                "divergence",
                "not_learning",
                "class_collapse",
                "vanishing_gradient",
                "undertrained_still_improving",
            }
        ),
    ),
    ("label_mask_error", frozenset({"not_learning", "vanishing_gradient"})),
    (
        "grad_explosion",
        frozenset({"nonfinite_loss", "divergence", "loss_spike", "grad_spike", "class_collapse"}),
    ),
    (
        "divergence",
        frozenset({"not_learning", "nonfinite_loss", "loss_spike", "grad_spike", "overfitting"}),
    ),
    ("nonfinite_loss", frozenset({"not_learning", "vanishing_gradient", "scaler_skip"})),
    (
        "lr_too_low",
        frozenset({"not_learning", "undertrained_still_improving", "vanishing_gradient"}),
    ),
    ("class_collapse", frozenset({"not_learning", "plateau_saturated"})),
    ("not_learning", frozenset({"plateau_saturated", "vanishing_gradient", "late_variance"})),
    ("S8", frozenset({"overfitting", "overtraining", "vanishing_gradient", "S7"})),
    ("overfitting", frozenset({"overtraining", "wrong_checkpoint", "S7"})),
    (
        "lr_too_high",
        frozenset(
            {
                "kl_explosion",
                "reward_collapse",
                "entropy_collapse",
                "entropy_blowup",
                "clip_saturation",
                "length_runaway",
                "length_collapse",
                "reward_flat",
                "likelihood_displacement",
                "dpo_overoptimised",
                "dpo_no_preference",
            }
        ),
    ),
    ("lr_too_low", frozenset({"reward_flat", "dpo_no_preference"})),
    (
        "kl_explosion",
        frozenset({"reward_collapse", "entropy_blowup", "length_collapse", "reward_flat"}),
    ),
    ("truncation_saturation", frozenset({"no_signal_zero_std", "length_runaway", "reward_flat"})),
    ("reward_collapse", frozenset({"no_signal_zero_std", "dead_reward_component", "reward_flat"})),
    ("entropy_collapse", frozenset({"no_signal_zero_std", "reward_flat"})),
    ("no_signal_zero_std", frozenset({"reward_flat"})),
    ("G15", frozenset({"reward_flat"})),
    ("D6", frozenset({"dpo_wrong_reference", "likelihood_displacement", "dpo_no_preference"})),
    ("dpo_overoptimised", frozenset({"likelihood_displacement"})),
)
"""A root's label and the labels that it explains, the strongest root first; a rule's id stands for
that rule alone. No root stands among the echoes of one below it, so there is no circle."""

_ONLY_AFTER = frozenset({"grad_explosion", "divergence", "nonfinite_loss"})
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
        if not {finding.label, finding.rule} & echoes:
            continue
        for root in found:
            late = label in _ONLY_AFTER and root.steps[0] > finding.steps[1]
            # A note accuses nobody: it can't stand for a warning.
            weak = root.severity == "info" != finding.severity
            if label in (root.label, root.rule) and not late and not weak:
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
