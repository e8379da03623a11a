import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from intern_daemon.diagnosis import REGISTRY, Engine, Evidence, Rule, infer_method, rule
from intern_daemon.diagnosis.curve import CAPACITY, Curve, slope
from intern_daemon.metrics import Row

NAMES = [
    "loss", "eval_loss", "grad_norm", "learning_rate", "epoch", "entropy", "mean_token_accuracy",
    "reward", "rewards/chosen", "kl", "step_time", "eval_accuracy", "eval_f1", "eval_recall",
    "eval_precision", "reward_std", "frac_reward_zero_std", "completions/clipped_ratio",
    "completions/mean_length", "rewards/format/mean", "rewards/format/std", "rewards/rejected",
    "rewards/accuracies", "rewards/margins", "logps/chosen", "margin", "mean_reward", "accuracy",
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


LOSSES = st.lists(st.floats(0, 20) | st.just(float("nan")), min_size=1, max_size=120)


@settings(max_examples=100, deadline=None)
@given(LOSSES, st.data())
def test_restarts_gaps_and_repeated_steps_break_no_rule(losses, data):
    names = st.sampled_from(["eval_loss", "grad_norm", "reward", "rewards/margins", "epoch"])
    jumps = st.integers(-400, 400)
    engine = Engine()
    step = 0
    for loss in losses:
        step = max(0, step + data.draw(jumps))
        engine.feed(Row(step, {"loss": loss, data.draw(names): loss}))
        for finding in engine.findings():
            assert finding.steps[0] <= finding.steps[1]
            assert finding.because_of is None or finding.because_of in engine._rules
    engine.end()
    assert engine._rules.keys() == REGISTRY.keys()


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
        (["eval_rewards/chosen", "eval_loss"], {}, "dpo"),
        (["actor/kl_loss", "critic/rewards/mean"], {}, "grpo"),
        (["objective/kl", "val/ratio", "loss/policy_avg"], {}, "grpo"),
        (["loss", "eval_accuracy", "perplexity"], {}, "sft"),
        (["loss", "Accuracy"], {}, "classifier"),
        (["loss", "accuracy", "margin", "mean_reward"], {}, "reward"),
    ],
)
def test_the_method_is_told_from_names_and_configuration(names, config, method):
    assert infer_method(names, config) == method


class Counting(Rule):
    """Counts the rows that it was fed."""

    id, label, severity = "X3", "counted", "info"
    methods, needs = frozenset({"grpo"}), frozenset()

    def feed(self, row):
        rows = self.standing.numbers["rows"] + 1 if self.standing else 1.0
        return Evidence((row.step, row.step), {"rows": rows}, "Counted", "One more row.")


def test_rules_of_a_method_that_shows_itself_late_see_the_opening_of_the_run():
    engine = Engine(rules={"X3": Counting})
    engine.feed(Row(0, {"eval_loss": 1.0}))
    engine.feed(Row(1, {"loss": 1.0}))
    assert engine.method == "sft"
    assert engine.findings() == []
    engine.feed(Row(1, {"reward": 0.1}))
    assert engine.method == "grpo"
    assert engine.findings()[0].evidence == {"rows": 3.0}


def test_rules_of_another_method_are_silent_again_when_the_method_shows_itself():
    engine = Engine()
    for step in range(3):
        engine.feed(Row(step, {"loss": 0.0, "grad_norm": 0.0}))
    assert "label_mask_error" in {finding.label for finding in engine.findings()}
    assert engine.feed(Row(3, {"reward": 0.0, "loss": 0.0}))
    assert "label_mask_error" not in {finding.label for finding in engine.findings()}


def test_a_method_that_was_given_is_kept():
    engine = Engine(method="dpo")
    engine.feed(Row(1, {"loss": 1.0}))
    assert engine.diagnosis().method == "dpo"


def test_only_rules_whose_metrics_are_there_are_checked():
    engine = Engine()
    engine.feed(Row(1, {"loss": 1.0}))
    checked = engine.diagnosis().checked
    assert checked == sorted(checked, key=lambda id: (id[0], int(id[1:])))
    assert {"N1", "S1", "S3", "S8"} <= set(checked)
    assert not {"N4", "S5", "S16"} & set(checked)
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
