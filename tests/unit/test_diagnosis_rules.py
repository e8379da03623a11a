"""Each rule fires on a curve made for it, is silent on a healthy one, and takes things back."""

import math
import random

import pytest
from intern_daemon.diagnosis import REGISTRY, Engine
from intern_daemon.metrics import Row

from tests.made_runs import (
    CONFIG,
    NAN,
    STEPS,
    accusations,
    changed,
    engine_of,
    found,
    healthy,
    logs,
)


def test_a_healthy_run_is_accused_of_nothing_at_any_moment():
    engine = Engine(config=CONFIG, total_steps=STEPS)
    for row in healthy():
        engine.feed(row)
        assert accusations(engine) == []
    engine.end()
    assert accusations(engine) == []
    assert [finding.label for finding in engine.findings()] == ["plateau_saturated"]
    assert {"N1", "N4", "S1", "S2", "S3", "S5", "S8", "S9", "S13", "S16"} <= set(
        engine.diagnosis().checked
    )


@pytest.mark.parametrize("seed", range(5))
def test_batch_noise_of_small_batches_is_no_finding(seed):
    dice = random.Random(seed)
    rows = changed(
        healthy(evaluations=False),
        lambda _, values: values.update(loss=values["loss"] * math.exp(dice.gauss(0, 0.2))),
    )
    assert [f for f in engine_of(rows).findings() if f.severity != "info"] == []


def test_s1_a_loss_that_stands_still_is_found():
    dice = random.Random(1)
    rows = logs({"loss": 2.0 + dice.gauss(0, 0.05)} for _ in range(60))
    assert found(engine_of(rows))["S1"].label == "not_learning"
    assert "S1" not in found(engine_of(rows[:15]))


def test_s1_is_withdrawn_when_the_loss_starts_to_fall():
    flat = [{"loss": 2.0}] * 40
    engine = engine_of(logs(flat), end=False)
    assert "S1" in found(engine)
    for number in range(1, 41):
        engine.feed(Row(400 + 10 * number, {"loss": 2.0 - 0.04 * number}))
    assert "S1" not in found(engine)


def slow(rate: float) -> list[Row]:
    """A run at a learning rate so low that the loss creeps: by 3 % under a linear schedule."""
    return logs(
        {"loss": 3.0 - 0.1 * (1 - (1 - n / 60) ** 2), "learning_rate": rate * (1 - n / 60)}
        for n in range(60)
    )


def test_s2_a_tiny_drop_at_a_low_rate_is_undertraining():
    finding = found(engine_of(slow(2e-5), peft=True))["S2"]
    assert (finding.label, finding.severity) == ("lr_too_low", "warning")
    ways = [suggestion.intervention for suggestion in finding.interventions]
    assert ways == ["learning_rate_up", "lora_targets", "epochs_up"]
    assert "S2" not in found(engine_of(slow(3e-4), peft=True, learning_rate=3e-4))


def test_s2_a_steady_creep_of_a_full_fine_tune_is_undertraining():
    rows = [
        Row(row.step, {**row.values, "loss": 8.0 - 40 * (3.0 - row["loss"])}) for row in slow(2e-5)
    ]
    settings = {"num_parameters": 88_000}
    finding = found(engine_of(rows, **settings))["S2"]
    assert finding.evidence["drop"] > 0.08
    assert finding.because_of == "S16"
    assert "S2" not in found(engine_of(rows))  # in the band of a large model


def test_s2_a_loss_far_above_the_models_entropy_is_undertraining():
    rows = logs(
        {"loss": 3.5 + 3.5 * math.exp(-n / 10), "entropy": 1.9, "learning_rate": 2e-5}
        for n in range(60)
    )
    assert found(engine_of(rows))["S2"].evidence["loss_by_entropy"] == pytest.approx(1.84, abs=0.05)


def test_s3_a_loss_that_climbs_and_stays_up_is_divergence():
    rows = healthy(evaluations=False)[:40]
    engine = engine_of(rows, end=False)
    for number in range(8):
        engine.feed(Row(410 + 10 * number, {"loss": 2.1}))
    assert found(engine)["S3"].severity == "warning"
    for number in range(8):
        engine.feed(Row(490 + 10 * number, {"loss": 7.0}))
    assert found(engine)["S3"].severity == "critical"
    for number in range(30):
        engine.feed(Row(570 + 10 * number, {"loss": 0.9}))
    assert "S3" not in found(engine)


def test_s3_a_slow_climb_is_found_and_one_spike_is_not():
    rows = healthy(evaluations=False)
    climb = changed(rows, lambda n, values: values.update(loss=0.9 + 0.02 * max(n - 20, 0)))
    assert "S3" in found(engine_of(climb))
    spike = changed(rows, lambda n, values: values.update(loss=9.0) if n == 30 else None)
    assert "S3" not in found(engine_of(spike))


def test_s3_a_loss_beyond_any_vocabulary_that_stands_still_is_told():
    assert found(engine_of(logs({"loss": 800.0} for _ in range(10))))["S3"].severity == "warning"
    falling = engine_of(logs({"loss": 800.0 * 0.9**n} for n in range(10)))
    assert "S3" not in found(falling)


def overfitted(rise: float) -> list[Row]:
    def overfit(number: int, values: dict[str, float]) -> None:
        if "loss" in values:
            values["loss"] = 2.0 - number * 0.02
        else:
            values["eval_loss"] = 1.5 + rise * max(0, number - 20)

    return changed(healthy(), overfit)


def test_s5_an_evaluation_loss_that_rises_while_training_goes_on_is_overfitting():
    finding = found(engine_of(overfitted(0.01)))["S5"]
    assert finding.severity == "warning"
    assert finding.evidence["lowest_step"] == 100
    assert finding.interventions[0].intervention == "best_checkpoint"
    assert "severe" in finding.explanation
    assert "severe" not in found(engine_of(overfitted(0.002)))["S5"].explanation


def test_s5_noise_of_the_evaluation_is_no_overfitting():
    assert "S5" not in found(engine_of(overfitted(0.0002)))


def test_s5_is_withdrawn_at_a_new_best():
    engine = engine_of(overfitted(0.01), end=False)
    assert engine.feed(Row(601, {"eval_loss": 1.0}))
    assert "S5" not in found(engine)


def memorised(evaluation: float | None, epochs: float) -> list[Row]:
    def learn(number: int, values: dict[str, float]) -> None:
        if "loss" in values:
            values["loss"] = max(0.02, 2.0 - number * 0.1)
            values["epoch"] = epochs * number / 66
        elif evaluation is not None:
            values["eval_loss"] = evaluation

    return changed(healthy(evaluations=evaluation is not None), learn)


def test_s8_a_train_loss_of_nothing_with_a_poor_evaluation_is_memorisation():
    finding = found(engine_of(memorised(2.5, 5)))["S8"]
    assert (finding.severity, finding.interventions[0].intervention) == ("warning", "deduplicate")


def test_s8_a_short_task_learnt_well_is_no_memorisation():
    assert "S8" not in found(engine_of(memorised(0.04, 5)))


@pytest.mark.parametrize(("epochs", "severity"), [(2, None), (5, "info"), (50, "warning")])
def test_s8_without_an_evaluation_the_epochs_decide(epochs, severity):
    finding = found(engine_of(memorised(None, epochs))).get("S8")
    assert (finding and finding.severity) == severity


def test_s9_zero_loss_and_zero_gradient_mean_that_labels_are_masked():
    nothing = {"loss": 0.0, "grad_norm": 0.0, "num_tokens": 100.0}
    engine = engine_of(logs([nothing] * 2))
    assert "S9" not in found(engine)
    engine.feed(Row(30, nothing))
    assert found(engine)["S9"].title == "The loss is zero because every label is masked"
    engine.feed(Row(40, {"loss": 1.0, "grad_norm": 1.0}))
    assert "S9" not in found(engine)


def test_s9_a_zero_loss_is_normal_in_grpo():
    rows = logs({"loss": 0.0, "grad_norm": 0.0, "reward": 0.1} for _ in range(9))
    engine = engine_of(rows)
    assert engine.method == "grpo"
    assert "S9" not in found(engine)


def falling(noise: float = 0.001) -> list[Row]:
    dice = random.Random(3)
    return logs({"loss": 3.0 - n * 0.03 + dice.gauss(0, noise)} for n in range(60))


def test_s13_a_run_that_ends_while_it_falls_is_a_note():
    finding = found(engine_of(falling()))["S13"]
    assert (finding.severity, finding.interventions[0].intervention) == ("info", "epochs_up")


def test_s13_is_silent_before_the_end_and_in_noise():
    assert "S13" not in found(engine_of(falling()[:50]))
    assert "S13" not in found(engine_of(falling(noise=0.5)))


@pytest.mark.parametrize(
    ("settings", "label"),
    [
        ({}, None),
        ({"learning_rate": 1e-3}, "lr_too_high"),
        ({"learning_rate": 1e-6}, "lr_too_low"),
        ({"learning_rate": 2e-4, "peft": True}, None),
        ({"learning_rate": 1e-5, "peft": True}, "lr_too_low"),
        ({"learning_rate": 2e-3, "num_parameters": 88_000}, None),
        ({"learning_rate": 2e-5, "num_parameters": 88_000}, "lr_too_low"),
        ({"learning_rate": 0.2, "num_parameters": 88_000}, "lr_too_high"),
        ({"learning_rate": 5e-4, "peft": None}, None),
        ({"learning_rate": "nonsense"}, None),
        ({"learning_rate": 0.0}, None),
    ],
)
def test_s16_the_band_depends_on_method_adapters_and_size(settings, label):
    finding = found(engine_of(healthy(), **settings)).get("S16")
    assert ((finding and finding.severity == "warning" and finding.label) or None) == label
    if finding is not None:
        way = "learning_rate_down" if label == "lr_too_high" else "learning_rate_up"
        assert [s.intervention for s in finding.interventions] == [way]


def test_s16_takes_the_logged_rate_once_warm_up_is_over():
    engine = Engine()
    for number in range(1, 6):
        engine.feed(Row(number, {"loss": 1.0, "learning_rate": 1e-8 * number}))
        assert "S16" not in found(engine)
    for number in range(6, 8):
        engine.feed(Row(number, {"loss": 1.0, "learning_rate": 1e-8}))
    assert found(engine)["S16"].label == "lr_too_low"


def test_echoes_are_folded_under_a_root_that_is_as_severe():
    rows = [*healthy(evaluations=False)[:20], Row(210, {"loss": NAN})]
    findings = engine_of(rows, learning_rate=0.1).findings()
    assert [(f.rule, f.severity, f.because_of) for f in findings] == [
        ("S16", "critical", None),
        ("N1", "critical", "S16"),
    ]


def test_every_rule_says_its_threshold_and_its_kind():
    for kind in REGISTRY.values():
        assert kind.__doc__
        assert any(digit in kind.__doc__ for digit in "0123456789")
        assert kind.label
        assert kind.methods
