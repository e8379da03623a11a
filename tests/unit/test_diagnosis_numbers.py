"""Rules about numbers that break, gradients and the pace fire and take things back."""

import math
from collections.abc import Callable

import pytest
from intern_daemon.diagnosis import Engine
from intern_daemon.metrics import Row

from tests.made_runs import (
    CONFIG,
    NAN,
    accusations,
    changed,
    engine_of,
    found,
    healthy,
    logs,
)


@pytest.mark.parametrize("broken", [NAN, math.inf, -math.inf])
def test_n1_a_loss_that_is_not_a_number_is_critical_at_once(broken):
    engine = Engine(config=CONFIG)
    rows = healthy()
    for row in rows[:12]:
        engine.feed(row)
    assert engine.feed(Row(125, {"loss": broken}))
    finding = found(engine)["N1"]
    assert (finding.severity, finding.steps) == ("critical", (125, 125))
    assert finding.interventions[0].intervention == "learning_rate_down"


def test_n1_one_broken_batch_is_a_warning_and_then_forgotten():
    rows = healthy(evaluations=False)
    engine = engine_of([*rows[:5], Row(55, {"loss": NAN})], end=False)
    assert found(engine)["N1"].severity == "critical"
    for row in rows[5:15]:
        engine.feed(row)
    assert found(engine)["N1"].severity == "warning"
    for row in rows[15:30]:
        engine.feed(row)
    assert "N1" not in found(engine)


@pytest.mark.parametrize(("loss", "severity"), [(1.0, "warning"), (NAN, "critical")])
def test_n13_a_broken_evaluation_is_critical_only_when_the_training_broke_too(loss, severity):
    engine = engine_of(
        [Row(10, {"loss": 1.0}), Row(10, {"eval_loss": 1.0}), Row(20, {"loss": loss})], end=False
    )
    engine.feed(Row(20, {"eval_loss": NAN}))
    assert found(engine)["N13"].severity == severity
    engine.feed(Row(30, {"eval_loss": 1.0}))
    assert "N13" not in found(engine)


def test_n1_says_when_the_loss_was_broken_from_the_first_log_on():
    finding = found(engine_of(logs({"loss": NAN} for _ in range(3))))["N1"]
    assert "labels that are all masked" in finding.explanation


def test_n2_a_zero_with_a_broken_gradient_is_a_hidden_nan():
    engine = engine_of(logs([{"loss": 1.1, "grad_norm": NAN}, {"loss": 0.0, "grad_norm": NAN}]))
    assert "N2" not in found(engine)
    engine.feed(Row(30, {"loss": 0.0, "grad_norm": NAN}))
    assert found(engine)["N2"].severity == "critical"
    engine.feed(Row(40, {"loss": 1.0, "grad_norm": 1.0}))
    assert "N2" not in found(engine)


def test_n2_without_gradient_norms_a_sudden_zero_is_a_hidden_nan():
    engine = engine_of(logs([{"loss": 1.1}, {"loss": 0.0}, {"loss": 0.0}, {"loss": 0.0}]))
    assert found(engine)["N2"].severity == "critical"
    learnt = engine_of(logs([{"loss": 0.001}, {"loss": 0.0}, {"loss": 0.0}, {"loss": 0.0}]))
    assert "N2" not in found(learnt)


def test_n3_a_float16_scaler_that_skips_steps_is_a_note():
    def skip(number: int, values: dict[str, float]) -> None:
        if number in (0, 1, 17):
            values["grad_norm"] = NAN

    engine = engine_of(changed(healthy(evaluations=False), skip)[:30], end=False)
    assert found(engine)["N3"].evidence == {"skipped_logs": 3}
    assert accusations(engine) == []


def test_n4_gradients_far_above_their_median_are_an_explosion():
    def explode(number: int, values: dict[str, float]) -> None:
        if number in (30, 32, 34):
            values["grad_norm"] = 40.0

    engine = engine_of(changed(healthy(evaluations=False), explode)[:36], end=False)
    finding = found(engine)["N4"]
    assert (finding.severity, finding.steps) == ("warning", (310, 350))
    assert finding.interventions[0].intervention == "clip_gradients"
    for number in range(60):
        engine.feed(Row(400 + number, {"loss": 0.9, "grad_norm": 1.0}))
    assert "N4" not in found(engine)


def test_n4_one_spike_is_no_explosion_and_one_wreck_is():
    def once(height: float) -> Callable[[int, dict[str, float]], None]:
        return lambda number, values: values.update(grad_norm=height) if number == 30 else None

    rows = healthy(evaluations=False)
    assert "N4" not in found(engine_of(changed(rows, once(60.0))))
    assert found(engine_of(changed(rows, once(5e7))))["N4"].severity == "critical"


def test_n4_norms_below_the_clip_limit_never_explode():
    rows = logs({"loss": 1.0, "grad_norm": 0.5 if n % 2 else 1e-4} for n in range(60))
    assert "N4" not in found(engine_of(rows))


def test_n10_a_run_that_went_silent_is_told_and_taken_back():
    engine = Engine(config=CONFIG)
    for number in range(5):
        engine.feed(Row(number, {"loss": 1.0}, 1000.0 + 60 * number))
    assert not engine.tick(1240 + 590)
    assert engine.tick(1240 + 610)
    assert found(engine)["N10"].evidence == {"silent_seconds": 610.0, "limit_seconds": 600.0}
    assert "N10" in engine.diagnosis().checked
    assert engine.feed(Row(6, {"loss": 1.0}, 1900.0))
    assert "N10" not in found(engine)


def test_n10_waits_half_an_hour_before_the_pace_is_known():
    engine = Engine()
    assert not engine.tick(1000.0)
    assert not engine.tick(2800.0)
    assert engine.tick(2801.0)


def test_n4_the_long_tail_of_norms_at_a_tiny_loss_is_no_explosion():
    norms = [0.1, 4.0, 0.2, 1.5, 0.1, 3.0, 0.3, 10.0] * 20
    assert "N4" not in found(engine_of(logs({"loss": 0.2, "grad_norm": norm} for norm in norms)))


def test_n5_one_gradient_spike_is_a_note_that_fades():
    engine = engine_of(logs({"loss": 1.0, "grad_norm": 1.0} for _ in range(20)), end=False)
    engine.feed(Row(210, {"loss": 1.0, "grad_norm": 40.0}))
    assert (found(engine)["N5"].severity, found(engine)["N5"].steps) == ("info", (210, 210))
    for number in range(50):
        engine.feed(Row(220 + number, {"loss": 1.0, "grad_norm": 1.0}))
    assert "N5" not in found(engine)


def test_n6_a_gradient_that_vanishes_is_found_unless_the_task_is_learnt():
    usual = [{"loss": 2.0, "grad_norm": 1.0}] * 20
    gone = engine_of(logs([*usual, *[{"loss": 2.0, "grad_norm": 1e-5}] * 10]), end=False)
    assert found(gone)["N6"].label == "vanishing_gradient"
    gone.feed(Row(400, {"loss": 2.0, "grad_norm": 1.0}))
    assert "N6" not in found(gone)
    learnt = engine_of(logs([*usual, *[{"loss": 0.001, "grad_norm": 1e-5}] * 10]))
    assert "N6" not in found(learnt)


def test_n8_updates_that_are_always_clipped_are_a_note_where_the_limit_is_known():
    rows = logs({"loss": 1.0, "grad_norm": 3.0} for _ in range(60))
    assert found(engine_of(rows, max_grad_norm=1.0))["N8"].evidence["share"] == 1.0
    assert "N8" not in found(engine_of(rows, max_grad_norm=5.0))
    assert "N8" not in found(engine_of(rows))


@pytest.mark.parametrize(("last", "told"), [(14.0, True), (11.0, False)])
def test_n9_a_loss_that_stays_above_the_uniform_guess_is_told(last, told):
    rows = logs({"loss": 14.5 + (last - 14.5) * n / 20} for n in range(21))
    assert ("N9" in found(engine_of(rows))) == told


def test_n9_knows_the_vocabulary_where_it_is_configured():
    rows = logs({"loss": 5.0} for _ in range(12))
    assert found(engine_of(rows, vocab_size=64))["N9"].label == "label_mask_error"
    assert "N9" not in found(engine_of(rows, vocab_size=32_000))


def test_n11_steps_that_became_slow_are_a_note():
    engine = engine_of(logs({"loss": 1.0, "step_time": 2.0} for _ in range(40)), end=False)
    for number in range(20):
        engine.feed(Row(400 + number, {"loss": 1.0, "step_time": 5.0}))
    assert found(engine)["N11"].evidence["median"] == 2.0
    engine.feed(Row(500, {"loss": 1.0, "step_time": 2.0}))
    assert "N11" not in found(engine)
