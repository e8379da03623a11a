import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from intern_daemon.diagnosis import REGISTRY, Engine, Rule, infer_method, rule
from intern_daemon.diagnosis.curve import CAPACITY, Curve, slope
from intern_daemon.metrics import Row

NAMES = [
    "loss", "eval_loss", "grad_norm", "learning_rate", "epoch", "entropy", "mean_token_accuracy",
    "reward", "rewards/chosen", "kl",
]  # fmt: skip
ANY = st.floats(width=64) | st.sampled_from([0.0, -0.0, 1e-320, 1e308, -1e308])
ROWS = st.lists(
    st.builds(
        Row,
        st.integers(min_value=-5, max_value=10**12),
        st.dictionaries(st.sampled_from(NAMES), ANY),
        st.none() | ANY,
    ),
    max_size=60,
)
CONFIG = st.dictionaries(
    st.sampled_from(["learning_rate", "num_parameters", "peft", "max_grad_norm"]),
    st.none() | st.booleans() | ANY | st.text(max_size=3),
)


@settings(max_examples=150, deadline=None)
@given(ROWS, CONFIG, st.none() | st.integers(min_value=-1, max_value=10**6))
def test_no_rows_whatever_break_a_rule(rows, config, total):
    engine = Engine(config=config, total_steps=total)
    for row in [*rows, *rows]:
        engine.feed(row)
        engine.findings()
        engine.tick(row.time if row.time is not None else 5.0)
    engine.end()
    engine.diagnosis().wire()
    assert engine._rules.keys() == REGISTRY.keys()  # none failed and was left out


@pytest.mark.parametrize(
    ("names", "config", "method"),
    [
        ([], {}, "unknown"),
        (["loss"], {}, "sft"),
        (["loss"], {"peft": True}, "lora"),
        (["loss", "rewards/chosen"], {"peft": True}, "dpo"),
        (["loss", "rewards/chosen", "log_odds_ratio"], {}, "orpo"),
        (["loss", "rewards/chosen", "kl"], {}, "kto"),
        (["loss", "reward", "kl"], {}, "grpo"),
        (["loss", "completions/mean_length"], {}, "grpo"),
        (["loss", "mean_reward", "margin"], {}, "reward"),
        (["loss", "eval_accuracy"], {}, "classifier"),
        (["loss"], {"num_generations": 8}, "grpo"),
    ],
)
def test_the_method_is_told_from_names_and_configuration(names, config, method):
    assert infer_method(names, config) == method


def test_a_method_that_was_given_is_kept():
    engine = Engine(method="dpo")
    engine.feed(Row(1, {"loss": 1.0}))
    assert engine.diagnosis().method == "dpo"


def test_only_rules_whose_metrics_are_there_are_checked():
    engine = Engine()
    engine.feed(Row(1, {"loss": 1.0}))
    assert engine.diagnosis().checked == ["N1", "S1", "S2", "S3", "S8", "S13"]
    assert engine.diagnosis().rows == 1


def test_a_rule_that_fails_is_left_out_and_the_others_go_on(caplog):
    @rule("X1", label="broken", severity="info", needs={"loss"})
    class Broken(Rule):
        """Fails on its first row."""

        def feed(self, row):
            raise ZeroDivisionError

    try:
        engine = Engine()
        assert engine.feed(Row(1, {"loss": float("nan")}))
    finally:
        del REGISTRY["X1"]
    assert "X1 failed at step 1" in caplog.text
    assert [finding.rule for finding in engine.findings()] == ["N1"]
    assert "X1" not in engine.diagnosis().checked


def test_findings_count_as_changed_only_when_they_come_or_go():
    engine = Engine()
    assert not engine.feed(Row(1, {"loss": 1.0}))
    assert engine.feed(Row(2, {"loss": float("nan")}))
    assert not engine.feed(Row(3, {"loss": float("nan")}))
    assert engine.findings()[0].steps == (2, 3)


def test_a_long_curve_stays_short_and_keeps_its_quarters():
    curve = Curve()
    for number in range(100_000):
        curve.add(number, 4.0 - number / 50_000)
    assert len(curve.points) < CAPACITY
    assert (curve.count, curve.first_step < 1000, curve.last_step) == (100_000, True, 99_999)
    first, last = curve.quarters()
    assert first == pytest.approx(3.75, abs=0.02)
    assert last == pytest.approx(2.25, abs=0.02)


def test_a_slope_is_sure_only_when_it_is():
    dice = random.Random(0)
    flat = sum(slope([dice.gauss(0, 1) for _ in range(12)]).surely_falling for _ in range(2000))
    assert flat < 2000 * 0.02  # one in a hundred by chance
    assert slope([3.0, 2.0, 1.0]).surely_falling
    assert not slope([1.0, 1.0, 1.0]).surely_falling
    assert slope([3.0, 2.0, 1.0]).fall == pytest.approx(2.0)
