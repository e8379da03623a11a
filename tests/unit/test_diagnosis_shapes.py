"""Rules about spikes, plateaus, epochs, checkpoints, classifiers and adapters."""

import math
import random

import pytest
from intern_daemon.diagnosis import Engine
from intern_daemon.metrics import Row

from tests.made_runs import STEPS, accusations, changed, engine_of, found, healthy, logs


def noisy(level: float, count: int, noise: float = 0.02) -> list[dict[str, float]]:
    dice = random.Random(5)
    return [{"loss": level + dice.gauss(0, noise)} for _ in range(count)]


def test_s4_one_spike_that_comes_back_is_a_note():
    rows = logs([*noisy(1.0, 40), {"loss": 3.0}, *noisy(1.0, 20)])
    finding = found(engine_of(rows))["S4"]
    assert (finding.severity, finding.steps) == ("info", (410, 410))
    assert "S4" not in found(engine_of(logs([*noisy(1.0, 40), {"loss": 1.1}, *noisy(1.0, 20)])))


def test_s4_a_spike_that_stays_up_and_one_that_repeats_are_warnings():
    stays = engine_of(logs([*noisy(1.0, 40), *noisy(1.9, 25)]), end=False)
    assert found(stays)["S4"].severity == "warning"
    assert "has not come back" in found(stays)["S4"].title
    again = [*noisy(1.0, 40), *([{"loss": 3.0}, *noisy(1.0, 20)] * 3)]
    assert found(engine_of(logs(again)))["S4"].severity == "warning"


def test_s4_trembling_near_zero_is_no_spike():
    values = [{"loss": 9.0}, *noisy(0.001, 60, 1e-5), {"loss": 0.02}, *noisy(0.001, 60, 1e-5)]
    assert "S4" not in found(engine_of(logs(values)))


def with_evaluations(evaluations: list[float], **scores: list[float]) -> list[Row]:
    """A training loss that falls on, with an evaluation every 10 logs."""
    rows = []
    for number, evaluation in enumerate(evaluations):
        for log in range(10):
            step = 10 * number + log + 1
            rows.append(Row(step, {"loss": 2.0 * math.exp(-step / 80)}))
        more = {f"eval_{name}": values[number] for name, values in scores.items()}
        rows.append(Row(10 * number + 10, {"eval_loss": evaluation, **more}))
    return rows


def test_s5_noise_of_many_evaluations_is_no_overfitting():
    dice = random.Random(2)
    evaluations = [0.285 + dice.gauss(0, 0.006) for _ in range(60)]
    assert "S5" not in found(engine_of(with_evaluations(evaluations)))


def test_s5_a_second_evaluation_at_one_step_takes_nothing_back():
    rows = with_evaluations([1.5, 1.2, 1.4, 1.5, 1.6])
    rows.append(Row(rows[-1].step, {"eval_loss": 1.2}))  # the best weights, loaded at the end
    assert found(engine_of(rows))["S5"].evidence["lowest_step"] == 20


@pytest.mark.parametrize(
    ("scores", "severity"), [([0.9] * 5, "warning"), ([0.8, 0.8, 0.85, 0.88, 0.9], "info")]
)
def test_s5_of_a_classifier_whose_score_still_rises_is_a_note(scores, severity):
    rows = with_evaluations([1.5, 1.2, 1.3, 1.35, 1.4], accuracy=scores)
    engine = engine_of(rows)
    assert engine.method == "classifier"
    assert found(engine)["S5"].severity == severity


def test_s6_an_evaluation_that_rests_while_training_goes_on_is_a_note():
    finding = found(engine_of(with_evaluations([1.5, 1.2, *[1.201] * 8])))["S6"]
    assert (finding.severity, finding.evidence["evaluations_since"]) == ("info", 8)


def staircase(*levels: float) -> list[Row]:
    """Twenty logs an epoch, each epoch at its level."""
    return [
        Row(10 * (20 * epoch + log + 1), {"loss": level, "epoch": epoch + (log + 1) / 20})
        for epoch, level in enumerate(levels)
        for log in range(20)
    ]


@pytest.mark.parametrize(
    ("levels", "severity"),
    [
        ((1.0, 0.95, 0.9), None),
        ((1.0, 0.8), "info"),
        ((1.0, 0.8, 0.65), "info"),
        ((1.0, 0.72, 0.5), "warning"),
        ((1.0, 0.5), "warning"),
    ],
)
def test_s7_steps_at_the_ends_of_epochs_are_rows_recognised(levels, severity):
    finding = found(engine_of(staircase(*levels))).get("S7")
    assert (finding and finding.severity) == severity


def test_s7_a_loss_that_falls_all_the_time_has_no_steps():
    rows = [Row(10 * n, {"loss": 3.0 * math.exp(-n / 20), "epoch": n / 20}) for n in range(1, 61)]
    assert "S7" not in found(engine_of(rows))


def test_s7_is_a_note_while_the_evaluation_stays_good():
    rows = staircase(1.0, 0.7, 0.5)
    rows[20:20] = [Row(200, {"eval_loss": 1.0})]
    rows.append(Row(600, {"eval_loss": 0.9}))
    assert found(engine_of(rows))["S7"].severity == "info"


def test_s10_a_best_step_that_was_never_saved_is_told():
    facts = {"best_global_step": 350, "best_model_checkpoint": "saves/checkpoint-200"}
    finding = found(engine_of(healthy(), **facts))["S10"]
    assert (finding.severity, finding.steps) == ("warning", (200, 350))
    facts["best_model_checkpoint"] = "saves/checkpoint-350"
    assert "S10" not in found(engine_of(healthy(), **facts))


def test_s10_a_last_checkpoint_that_is_worse_is_a_note():
    rows = with_evaluations([1.5, 1.2, 1.3])
    assert found(engine_of(rows))["S10"].severity == "info"
    assert "S10" not in found(engine_of(rows, end=False))


def test_s11_and_s14_say_how_the_end_looks():
    dice = random.Random(1)
    trembling = changed(
        healthy(evaluations=False),
        lambda n, values: values.update(loss=2.0 - 0.2 * n / 60 + dice.gauss(0, 0.7)),
    )
    assert found(engine_of(trembling))["S11"].label == "late_variance"
    resting = changed(
        healthy(evaluations=False),
        lambda n, values: values.update(loss=2.0 if n < 5 else 1.0),
    )
    assert found(engine_of(resting))["S14"].label == "plateau_saturated"


def evaluated(*scores: dict[str, float]) -> Engine:
    rows = []
    for number, score in enumerate(scores, 1):
        rows.append(Row(10 * number, {"loss": 0.69}))
        rows.append(Row(10 * number, {f"eval_{name}": value for name, value in score.items()}))
    return engine_of(rows, end=False)


@pytest.mark.parametrize(
    "score",
    [
        {"accuracy": 0.606, "precision": 0.606, "recall": 1.0, "f1": 0.7547},
        {"accuracy": 0.606, "precision": 0.0, "recall": 0.0, "f1": 0.0},
        {"accuracy": 0.33, "f1": 2 * 0.33 / 1.33 / 3},
        {"accuracy": 0.5, "f1": 2 * 0.5 * 0.5 / 1.5},
    ],
)
def test_s18_one_answer_to_everything_is_found_at_once_and_taken_back(score):
    engine = evaluated(score)
    assert found(engine)["S18"].label == "class_collapse"
    better = {"accuracy": 0.9, "precision": 0.9, "recall": 0.9, "f1": 0.9}
    engine.feed(Row(20, {f"eval_{name}": value for name, value in better.items()}))
    assert "S18" not in found(engine)


def test_s18_an_accuracy_that_never_moves_is_one_answer():
    assert "S18" not in found(evaluated(*[{"accuracy": 0.8125}] * 2))
    assert "S18" in found(evaluated(*[{"accuracy": 0.8125}] * 3))


def test_s18_a_model_that_has_learnt_its_rows_stands_still_too():
    rows = []
    for number in range(1, 6):
        rows.append(Row(10 * number, {"loss": 0.7 / number**2}))
        rows.append(Row(10 * number, {"eval_accuracy": 0.8214}))
    assert "S18" not in found(engine_of(rows))


def test_s18_a_good_classifier_of_uneven_classes_is_no_collapse():
    engine = evaluated(
        {"accuracy": 0.91, "precision": 0.88, "recall": 0.80, "f1": 0.838},
        {"accuracy": 0.93, "precision": 0.90, "recall": 0.86, "f1": 0.880},
    )
    assert accusations(engine) == []


def test_s12_an_accuracy_that_swings_is_a_note():
    swings = [{"accuracy": 0.5 + 0.2 * (n % 2)} for n in range(8)]
    assert found(evaluated(*swings))["S12"].severity == "info"
    rises = [{"accuracy": 0.5 + 0.05 * n} for n in range(8)]
    assert "S12" not in found(evaluated(*rises))


def test_s17_adapters_on_the_attention_or_in_large_batches_are_a_note():
    attention = found(engine_of(healthy(), peft=True, target_modules=["q_proj", "v_proj"]))["S17"]
    assert attention.interventions[0].intervention == "lora_targets"
    batch = {"per_device_train_batch_size": 8, "gradient_accumulation_steps": 8}
    assert found(engine_of(healthy(), peft=True, **batch))["S17"].evidence == {"batch": 64.0}
    assert "S17" not in found(engine_of(healthy(), peft=False, **batch))


def averaged(*losses: float) -> list[Row]:
    """Logs over the whole run, each an average over many steps."""
    every = STEPS // len(losses)
    return [Row(every * number, {"loss": loss}) for number, loss in enumerate(losses, 1)]


def test_s20_a_start_that_undoes_the_model_is_a_rate_too_high():
    finding = found(engine_of(averaged(1.4, 1.6, 2.5, 2.3, 2.1, *[1.8] * 15)))["S20"]
    assert (finding.label, finding.severity) == ("lr_too_high", "warning")
    assert finding.interventions[0].intervention == "learning_rate_down"


def test_s20_a_start_that_the_run_makes_good_for_is_none():
    assert "S20" not in found(engine_of(averaged(1.4, 1.6, 2.5, 2.3, 2.1, *[0.8] * 15)))
    assert "S20" not in found(engine_of(averaged(1.4, 0.9, 1.2, 1.0, *[0.8] * 15)))


def test_s1_a_few_averaged_logs_without_any_noise_are_enough():
    assert "S1" in found(engine_of(averaged(*[10.82, 10.83, 10.81] * 6)))
    assert "S1" not in found(engine_of(averaged(*[10.8, 10.1, 11.2] * 6)))
