"""Echoes are folded under their roots, whatever is found together."""

from intern_daemon.diagnosis.roots import _ROOTS, fold
from intern_daemon.diagnosis.rule import REGISTRY
from intern_daemon.protocol import Finding, Severity


def finding(
    rule: str, label: str, severity: Severity = "warning", steps: tuple[int, int] = (1, 9)
) -> Finding:
    return Finding(
        rule=rule,
        label=label,
        severity=severity,
        title="",
        steps=steps,
        evidence={},
        explanation="",
    )


def told(*findings: Finding) -> dict[str, str | None]:
    return {each.rule: each.because_of for each in fold(findings)}


def test_all_rules_together_make_stories_that_end():
    roots = told(*(finding(id, kind.label) for id, kind in REGISTRY.items()))
    for rule in roots:
        seen, above = {rule}, roots[rule]
        while above is not None:
            assert above not in seen
            seen.add(above)
            above = roots[above]


def test_every_label_of_the_table_is_one_that_a_rule_gives():
    named = {name for root, echoes in _ROOTS for name in (root, *echoes)}
    given = {kind.label for kind in REGISTRY.values()} | set(REGISTRY) | {"lr_too_low"}
    assert named <= given


def test_one_rate_too_high_is_one_story():
    roots = told(
        finding("S16", "lr_too_high"),
        finding("N4", "grad_explosion"),
        finding("S3", "divergence", "critical"),
        finding("S5", "overfitting"),
    )
    assert roots == {"S16": None, "N4": "S16", "S3": "S16", "S5": "S3"}


def test_what_came_later_explains_nothing_before_it():
    roots = told(
        finding("S3", "divergence", steps=(500, 600)),
        finding("N1", "nonfinite_loss", "critical", steps=(100, 120)),
    )
    assert roots["N1"] is None


def test_a_root_is_as_severe_as_its_worst_echo():
    folded = fold([finding("S16", "lr_too_high"), finding("N1", "nonfinite_loss", "critical")])
    assert [each.severity for each in folded] == ["critical", "critical"]


def test_the_staircase_follows_from_overfitting_and_from_a_loss_of_nothing():
    assert told(finding("S5", "overfitting"), finding("S7", "memorisation"))["S7"] == "S5"
    assert told(finding("S8", "memorisation"), finding("S7", "memorisation"))["S7"] == "S8"
    assert told(finding("S8", "memorisation"), finding("S5", "overfitting"))["S5"] == "S8"
