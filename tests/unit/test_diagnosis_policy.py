"""Each rule for policies fires on a run made for it, is silent on a healthy one, and takes back."""

import math
import random
from collections.abc import Callable

import pytest
from intern_daemon.diagnosis import Engine
from intern_daemon.metrics import Row
from intern_daemon.protocol import Finding

Values = dict[str, float]
Change = Callable[[float, Values], None]


def run(
    *changes: Change, logs: int = 200, every: int = 1, seed: int = 0, noise: float = 0.1
) -> list[Row]:
    """A policy that learns: 0.2 to 0.8 of the reward, with the late take-off of public runs.

    Args:
        changes: each called with the share of the run that is done and the values of a row.
    """
    dice = random.Random(seed)
    rows = []
    for number in range(1, logs + 1):
        done = number / logs
        level = 0.2 + 0.6 / (1 + math.exp(-14 * (done - 0.4)))
        reward = min(max(level + dice.gauss(0, noise), 0.0), 1.0)
        values = {
            "loss": dice.gauss(0, 0.01),
            "grad_norm": 0.3 + 0.1 * dice.random(),
            "learning_rate": 1e-6,
            "reward": reward,
            "reward_std": 0.3 + 0.05 * dice.random(),
            "frac_reward_zero_std": dice.choice([0.0, 0.25, 0.5]),
            "rewards/correct/mean": reward - 0.1,
            "rewards/correct/std": 0.3,
            "rewards/format/mean": 0.1 + 0.01 * dice.random(),
            "rewards/format/std": 0.05,
            "completions/mean_length": 200 + dice.gauss(0, 10),
            "completions/max_length": 400 + dice.gauss(0, 10),
            "completions/clipped_ratio": dice.choice([0.0, 0.0, 0.1]),
            "kl": 0.1 * done + 0.01 * dice.random(),
            "entropy": 0.8 - 0.3 * done + 0.05 * dice.random(),
            "clip_ratio/region_mean": 0.0,
        }
        for change in changes:
            change(done, values)
        rows.append(Row(number * every, values))
    return rows


def flat(done: float, values: Values) -> None:
    """A reward of noise alone, evenly spread, so that no two fifths differ by chance."""
    values["reward"] = 0.2 + 0.2 * (done * 12345.678 % 1)


def put(**values: float | Callable[[float], float]) -> Change:
    """Set metrics; `__` stands for `/`. A function is given the share that is done."""

    def change(done: float, row: Values) -> None:
        for name, value in values.items():
            row[name.replace("__", "/")] = value(done) if callable(value) else value

    return change


def without(*names: str) -> Change:
    def change(done: float, values: Values) -> None:
        for name in names:
            values.pop(name.replace("__", "/"), None)

    return change


def diagnosed(rows: list[Row], end: bool = True, **settings: object) -> dict[str, Finding]:
    engine = Engine(config=settings)
    for row in rows:
        engine.feed(row)
    if end:
        engine.end()
    assert engine.method == "grpo"
    return {one.rule: one for one in engine.findings()}


def accused(rows: list[Row], **settings: object) -> set[str]:
    """Labels of the warnings and criticals after the run ended."""
    return {one.label for one in diagnosed(rows, **settings).values() if one.severity != "info"}


@pytest.mark.parametrize("seed", range(8))
def test_a_policy_that_learns_is_never_accused(seed):
    engine = Engine()
    for row in run(seed=seed, logs=300):
        engine.feed(row)
        assert not [one for one in engine.findings() if one.severity != "info"], row.step
    engine.end()
    assert engine.findings() == []
    assert {"G1", "G3", "G4", "G7", "G9", "G10", "G13", "G16", "G22"} <= set(
        engine.diagnosis().checked
    )


def test_a_reward_of_zero_for_a_hundred_steps_is_no_finding_yet():
    engine = Engine()
    for row in run(put(reward=lambda done: 0.0 if done < 0.5 else done), logs=240):
        engine.feed(row)
        assert not engine.findings(), row.step


def test_a_single_spike_of_the_divergence_is_no_finding():
    rows = run()
    rows[50].values["kl"] = 29.3
    assert accused(rows) == set()


# --- signal ---------------------------------------------------------------------------------------


def test_groups_without_differences_are_critical_when_nothing_is_learned():
    found = diagnosed(run(flat, put(frac_reward_zero_std=0.96)))
    assert found["G1"].severity == "critical"
    assert found["G22"].because_of == "G1"
    assert found["G1"].evidence["share"] == pytest.approx(0.96)


def test_older_logs_tell_of_empty_groups_by_their_standard_deviation():
    def empty(done: float, values: Values) -> None:
        values["reward_std"] = 0.0 if round(done * 200) % 4 else 0.5

    found = diagnosed(run(flat, empty, without("frac_reward_zero_std")))
    assert found["G1"].severity == "warning"


def test_solved_tasks_at_the_end_of_a_run_that_learned_are_no_accusation():
    assert "no_signal_zero_std" not in accused(
        run(put(frac_reward_zero_std=lambda done: 0.9 if done > 0.7 else 0.1))
    )


def test_empty_groups_are_withdrawn_when_groups_differ_again():
    rows = run(put(frac_reward_zero_std=lambda done: 0.95 if done < 0.4 else 0.1))
    assert "G1" in diagnosed(rows[:70], end=False)
    assert "G1" not in diagnosed(rows, end=False)


def test_a_task_that_is_too_hard_is_told_from_one_that_is_too_easy():
    hard = diagnosed(run(put(frac_reward_zero_std=0.9, reward=lambda done: float(done == 0.5))))
    easy = diagnosed(run(put(frac_reward_zero_std=0.9, reward=lambda done: float(done != 0.5))))
    assert "too hard" in hard["G1"].explanation
    assert "too easy" in easy["G1"].explanation


def test_one_log_of_rewards_that_cancel_is_enough_when_it_is_all_there_is():
    row = Row(
        1,
        {"loss": 0.0, "grad_norm": 0.0, "reward": 3.0, "reward_std": 0.0}
        | {"frac_reward_zero_std": 1.0, "rewards/rewrite/mean": -3.0, "rewards/rewrite/std": 5.08},
    )
    assert diagnosed([row])["G14"].label == "no_signal_zero_std"
    assert diagnosed([row], end=False) == {}


def test_a_reward_that_never_changes_is_found_where_nothing_is_learned():
    dead = put(rewards__format__mean=0.0, rewards__format__std=0.0)
    found = diagnosed(run(flat, dead))
    assert found["G13"].severity == "warning"
    assert found["G13"].evidence["rewards/format/mean"] == 0
    assert diagnosed(run(dead))["G13"].severity == "info"


def test_four_averaged_logs_show_a_dead_reward():
    rows = run(flat, put(rewards__think__mean=0.0, rewards__think__std=0.0), logs=4, every=5)
    assert "think" in diagnosed(rows)["G13"].title


def test_a_reward_that_comes_alive_is_no_longer_dead():
    rows = run(flat, put(rewards__format__mean=lambda done: max(0.0, done - 0.4)))
    for row in rows:
        row.values["rewards/format/std"] = 0.0
    assert "G13" in diagnosed(rows[:80], end=False)
    assert "G13" not in diagnosed(rows)


def test_a_gradient_of_zero_with_mixed_groups_is_found():
    rows = run(put(grad_norm=0.0, frac_reward_zero_std=0.5), logs=3)
    assert diagnosed(rows)["G15"].label == "vanishing_gradient"
    assert "G15" not in diagnosed(run(put(grad_norm=0.0, frac_reward_zero_std=1.0), logs=3))


# --- course of the reward -------------------------------------------------------------------------


def test_a_reward_that_falls_below_its_start_after_a_gain_is_critical():
    collapse = put(reward=lambda done: 0.3 + done if done < 0.6 else 0.05)
    found = diagnosed(run(collapse))
    assert found["G3"].severity == "critical"
    assert found["G3"].evidence["peak"] > 0.8
    assert 100 < found["G3"].steps[0] < 130


def test_a_reward_that_recovers_is_no_collapse():
    dip = put(reward=lambda done: 0.05 if 0.5 < done < 0.7 else 0.3 + done)
    rows = run(dip)
    assert "G3" in diagnosed(rows[:138], end=False)
    assert "G3" not in diagnosed(rows)


def test_a_reward_that_never_rises_is_found_after_150_steps_or_at_the_end():
    rows = run(flat, logs=160)
    assert "G22" not in diagnosed(rows[:140], end=False)
    assert diagnosed(rows, end=False)["G22"].label == "reward_flat"
    assert accused(run(flat, logs=60)) == set()
    assert "G22" in diagnosed(run(flat, logs=110))


def test_a_solved_task_is_a_note():
    found = diagnosed(run(put(reward=lambda done: 0.97 if done * 100 % 2 else 0.95)))
    assert (found["G22"].label, found["G22"].severity) == ("plateau_saturated", "info")


def test_a_policy_that_drifts_without_a_gain_is_found_early():
    found = diagnosed(run(flat, put(kl=0.5), logs=30))
    assert found["G5"].label == "reward_flat"
    assert "G22" not in found


def test_a_policy_that_does_not_move_wants_a_higher_learning_rate():
    found = diagnosed(run(flat, put(kl=2e-4)))
    assert found["G6"].interventions[0].intervention == "learning_rate_up"


def test_a_divergence_of_exactly_zero_is_what_no_beta_logs():
    found = diagnosed(run(flat, put(kl=0.0)))
    assert "G6" not in found
    assert "G22" in found


def test_the_form_that_is_rewarded_instead_of_the_content_is_found():
    found = diagnosed(
        run(
            put(
                rewards__format__mean=lambda done: done,
                rewards__correct__mean=lambda done: 0.5 - 0.4 * done,
            )
        )
    )
    assert found["G12"].label == "format_only_hacking"


def test_a_reward_that_rises_on_training_prompts_only_is_overfitting():
    rows = run()
    held_out = [Row(step, {"eval_reward": 0.4 - step / 1000}) for step in (50, 100, 150, 200)]
    merged = sorted([*rows, *held_out], key=lambda row: row.step)
    assert diagnosed(merged)["G18"].label == "overfitting"
    gains = [Row(row.step, {"eval_reward": row.step / 300}) for row in held_out]
    assert "G18" not in diagnosed(sorted([*rows, *gains], key=lambda row: row.step))


# --- drift ----------------------------------------------------------------------------------------


def test_a_divergence_out_of_bounds_without_a_gain_is_critical():
    found = diagnosed(run(flat, put(kl=lambda done: 0.001 * math.exp(12 * done))))
    assert found["G4"].severity == "critical"
    assert found["G5"].because_of == "G4"


def test_spikes_of_the_divergence_that_come_again_are_found():
    rows = run()
    for number in (180, 185, 190):
        rows[number].values["kl"] = 500.0
    assert diagnosed(rows)["G4"].severity == "warning"


def test_a_divergence_that_pays_is_no_finding():
    assert accused(run(put(kl=lambda done: 0.1 + done))) == set()


def test_a_divergence_that_comes_back_is_withdrawn():
    rows = run(flat, put(kl=lambda done: 20.0 if 0.3 < done < 0.5 else 0.01))
    assert "G4" in diagnosed(rows[:90], end=False)
    assert "G4" not in diagnosed(rows[:122], end=False)


def test_entropy_that_falls_to_nothing_is_a_warning_unless_the_reward_still_rises():
    collapse = put(entropy=lambda done: 0.8 * math.exp(-8 * done))
    assert diagnosed(run(flat, collapse))["G7"].severity == "warning"
    rising = run(collapse, put(reward=lambda done: done))
    assert diagnosed(rising)["G7"].severity == "info"


def test_a_low_entropy_from_the_start_is_the_models_own():
    assert "G7" not in diagnosed(run(put(entropy=0.04)))


def test_entropy_that_doubles_while_the_reward_falls_is_found():
    found = diagnosed(run(put(entropy=lambda d: 0.8 + 2 * d, reward=lambda d: 0.9 - 0.2 * d)))
    assert found["G8"].label == "entropy_blowup"


def test_updates_that_are_clipped_throughout_are_found():
    assert "G16" in diagnosed(run(put(clip_ratio__region_mean=0.4)))


def test_a_sampler_that_disagrees_is_a_note_until_the_reward_falls():
    ratio = put(sampling__importance_sampling_ratio__mean=0.7)
    assert diagnosed(run(ratio))["G17"].severity == "info"
    falling = put(reward=lambda done: 0.9 - 0.2 * done)
    assert diagnosed(run(ratio, falling))["G17"].severity == "warning"


def test_a_negative_divergence_of_ppo_is_found():
    rows = [Row(n, {"objective/kl": -3.0, "objective/scores": n / 10}) for n in range(1, 20)]
    assert diagnosed(rows)["G20"].label == "policy_ratio"


# --- completions ----------------------------------------------------------------------------------


def test_completions_that_are_all_cut_are_critical_without_a_gain():
    found = diagnosed(run(flat, put(completions__clipped_ratio=0.97)))
    assert found["G9"].severity == "critical"
    assert found["G22"].because_of == "G9"
    assert found["G9"].interventions[0].intervention == "longer_completions"


def test_cut_completions_of_a_policy_that_learns_are_a_note():
    assert accused(run(put(completions__clipped_ratio=0.9))) == set()


def test_completions_that_grow_into_the_limit_were_paid_for_their_length():
    grown = put(completions__clipped_ratio=lambda done: min(1.0, 2 * done))
    assert diagnosed(run(grown))["G9"].severity == "warning"


def test_one_log_over_ten_steps_is_enough_for_truncation():
    row = Row(10, {"reward": 0.4, "completions/clipped_ratio": 0.91, "loss": 0.0})
    assert diagnosed([row])["G9"].severity == "warning"


def test_truncation_is_estimated_where_it_is_not_logged():
    near = put(completion_length=lambda done: 200.0 if done * 200 % 3 < 1 else 197.0)
    names = without(
        "completions__clipped_ratio", "completions__mean_length", "completions__max_length"
    )
    found = diagnosed(run(flat, near, names))
    assert found["G9"].severity == "warning"
    assert found["G9"].explanation.startswith("Estimated")
    roomy = diagnosed(run(flat, near, names), max_completion_length=1024)
    assert "G9" not in roomy


def test_lengths_that_grow_without_reward_are_a_runaway():
    grow = put(completions__mean_length=lambda done: 200 + 400 * done)
    assert diagnosed(run(flat, grow))["G10"].label == "length_runaway"
    assert accused(run(grow)) == set()


def test_lengths_that_shrink_are_a_note_where_the_reward_rises():
    shrink = put(completions__mean_length=lambda done: 400 * math.exp(-3 * done))
    assert diagnosed(run(shrink))["G11"].severity == "info"
    assert diagnosed(run(flat, shrink))["G11"].severity == "warning"


# --- names ----------------------------------------------------------------------------------------


def test_verls_names_are_read_as_well():
    names = {
        "reward": "critic/rewards/mean",
        "completions/mean_length": "response_length/mean",
        "completions/clipped_ratio": "response_length/clip_ratio",
        "entropy": "actor/entropy",
        "kl": "actor/kl_loss",
    }
    rows = [
        Row(row.step, {name: row.values[ours] for ours, name in names.items()})
        for row in run(flat, put(completions__clipped_ratio=0.95))
    ]
    found = diagnosed(rows)
    assert found["G9"].severity == "critical"
    assert found["G22"].label == "reward_flat"


def test_a_method_that_shows_late_counts_no_row_twice():
    early = [Row(n, {"loss": 0.0, "grad_norm": 0.1}) for n in range(1, 9)]
    late = [Row(row.step + 8, row.values) for row in run(flat, put(frac_reward_zero_std=0.9))]
    found = diagnosed([*early, *late])
    assert found["G1"].evidence["logs"] == 200


def test_a_finding_appears_within_five_logs_of_its_evidence():
    rows = run(flat, put(completions__clipped_ratio=lambda done: float(done > 0.5)))
    # The mean of 20 logs passes 0.45 with the tenth of those that are all cut.
    assert diagnosed(rows[:105], end=False)["G9"].severity == "info"
    assert diagnosed(rows[:115], end=False)["G9"].severity == "warning"
