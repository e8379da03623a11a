"""Rules for preference training and reward models, on runs made for them."""

import math
import random
from collections.abc import Callable

import pytest
from intern_daemon.diagnosis import Engine
from intern_daemon.metrics import Row
from intern_daemon.protocol import Finding

Values = dict[str, float]
Change = Callable[[float, Values], None]
LN2 = math.log(2)


def run(
    *changes: Change,
    logs: int = 100,
    every: int = 10,
    seed: int = 0,
    evaluate: Callable[[float], Values] | None = None,
) -> list[Row]:
    """DPO as it should be: margins grow, chosen answers gain, the loss ends near 0.35."""
    dice = random.Random(seed)
    rows = [Row(1, start())]
    for number in range(1, logs + 1):
        done = number / logs
        grown = 1 - math.exp(-3 * done)
        chosen, rejected = 0.4 * grown, -1.0 * grown
        values = {
            "loss": LN2 - 0.33 * grown + dice.gauss(0, 0.02),
            "grad_norm": 5 + dice.random(),
            "learning_rate": 5e-7,
            "rewards/chosen": chosen + dice.gauss(0, 0.02),
            "rewards/rejected": rejected + dice.gauss(0, 0.02),
            "rewards/margins": chosen - rejected + dice.gauss(0, 0.02),
            "rewards/accuracies": min(0.5 + 0.35 * grown + dice.gauss(0, 0.03), 1.0),
            "logps/chosen": -300 + 4 * grown,
            "logps/rejected": -280 - 10 * grown,
        }
        for change in changes:
            change(done, values)
        rows.append(Row(number * every, values))
        if evaluate is not None and number % 10 == 0:
            rows.append(Row(number * every, evaluate(done)))
    return rows


def start() -> Values:
    names = ("chosen", "rejected", "margins", "accuracies")
    return {"loss": LN2} | {f"rewards/{name}": 0.0 for name in names}


def put(**values: float | Callable[[float], float]) -> Change:
    """Set metrics; `__` stands for `/`. A function is given the share that is done."""

    def change(done: float, row: Values) -> None:
        for name, value in values.items():
            row[name.replace("__", "/")] = value(done) if callable(value) else value

    return change


def diagnosed(rows: list[Row], method: str = "dpo", **config: object) -> dict[str, Finding]:
    engine = Engine(config=config)
    for row in rows:
        engine.feed(row)
    engine.end()
    assert engine.method == method
    return {one.rule: one for one in engine.findings()}


@pytest.mark.parametrize("seed", range(8))
def test_healthy_preference_training_has_no_finding_at_any_moment(seed):
    engine = Engine()
    for row in run(seed=seed, evaluate=lambda done: {"eval_loss": LN2 - 0.2 * done}):
        engine.feed(row)
        assert engine.findings() == [], row.step
    engine.end()
    assert engine.findings() == []
    assert {"D1", "D2", "D3", "D4", "D5", "D6"} <= set(engine.diagnosis().checked)


# --- D1 -------------------------------------------------------------------------------------------


def wrong_start(**values: float) -> list[Row]:
    rows = run()
    rows[0].values.update({name.replace("__", "/"): value for name, value in values.items()})
    return rows


def test_a_start_off_ln_2_means_another_reference():
    rows = wrong_start(loss=1.2, rewards__chosen=-3.0, rewards__rejected=-1.0)
    assert diagnosed(rows, loss_type="sigmoid")["D1"].severity == "warning"
    assert diagnosed(rows)["D1"].severity == "info"
    assert "D1" not in diagnosed(rows, loss_type="ipo")


def test_a_loss_without_a_reference_may_start_anywhere():
    free = {"logps__chosen": -30.0, "logps__rejected": -10.0}
    rows = wrong_start(loss=1.2, rewards__chosen=-3.0, rewards__rejected=-1.0, **free)
    assert "D1" not in diagnosed(rows, loss_type="sigmoid")


# --- D2 -------------------------------------------------------------------------------------------


def test_accuracy_at_chance_is_no_preference():
    blind = put(rewards__accuracies=0.5, rewards__margins=0.0)
    assert diagnosed(run(blind))["D2"].label == "dpo_no_preference"


def test_a_loss_that_falls_by_likelihood_alone_teaches_no_preference():
    blind = put(
        loss=lambda done: 5 - 3 * done,
        rewards__accuracies=0.1,
        rewards__margins=-0.04,
        log_odds_chosen=-0.5,
    )
    assert "D2" in diagnosed(run(blind, logs=30, every=1), method="orpo")


def test_kto_is_judged_by_its_margin():
    def kto(done: float, values: Values) -> None:
        values.pop("rewards/accuracies")
        values.update({"kl": 0.0, "rewards/margins": -0.01})

    rows = run(kto)
    rows[0].values.pop("rewards/accuracies")
    assert "D2" in diagnosed(rows, method="kto")


def test_a_loss_that_never_leaves_ln_2_is_no_preference():
    still = put(loss=0.69, rewards__accuracies=0.62, rewards__margins=0.006)
    assert "D2" in diagnosed(run(still))


def test_warm_up_is_not_judged():
    rows = run(put(rewards__accuracies=0.5, rewards__margins=0.0))
    engine = Engine(total_steps=1000)
    for row in rows[:25]:
        engine.feed(row)
    assert engine.findings() == []


# --- D3 -------------------------------------------------------------------------------------------


def test_chosen_answers_that_lose_likelihood_while_margins_grow_are_found():
    displaced = put(rewards__chosen=lambda d: -0.8 * d, rewards__rejected=lambda d: -2 * d)
    found = diagnosed(run(displaced))
    assert found["D3"].label == "likelihood_displacement"
    assert found["D3"].interventions[0].intervention == "nll_term"


def test_a_tiny_beta_hides_no_loss_of_likelihood():
    tiny = put(
        rewards__chosen=lambda d: -0.012 * d,
        rewards__margins=lambda d: 0.1 * d,
        logps__chosen=lambda d: -2 - 12 * d,
        loss=0.66,
    )
    assert "D3" in diagnosed(run(tiny))


def test_a_chosen_reward_that_stays_above_zero_is_healthy():
    assert "D3" not in diagnosed(run(put(rewards__chosen=lambda d: 0.9 - 0.5 * d)))


def test_held_out_pairs_decide_where_there_are_such():
    def held_out(done: float) -> Values:
        return {"eval_loss": LN2 - 0.2 * done, "eval_rewards/margins": done} | {
            "eval_rewards/chosen": 0.3 * done
        }

    displaced = put(rewards__chosen=lambda d: -0.8 * d, rewards__rejected=lambda d: -2 * d)
    assert "D3" not in diagnosed(run(displaced, evaluate=held_out))


# --- D4 to D6 -------------------------------------------------------------------------------------


def test_certain_pairs_are_over_optimised():
    found = diagnosed(run(put(loss=lambda d: 0.69 * math.exp(-6 * d))))
    assert found["D4"].label == "dpo_overoptimised"


def test_certain_pairs_between_jumps_are_over_optimised():
    def jumps(done: float, values: Values) -> None:
        if done > 0.5:
            values["loss"] = 0.004 if round(done * 100) % 2 else 0.4

    assert "D4" in diagnosed(run(jumps, every=1))


def test_a_loss_of_another_scale_is_not_over_optimised():
    rows = run(put(loss=lambda d: 0.01))
    rows[0].values["loss"] = 25.0
    assert "D4" not in diagnosed(rows)


def test_an_evaluation_loss_that_rises_is_overfitting():
    found = diagnosed(
        run(evaluate=lambda done: {"eval_loss": 0.55 + 0.2 * abs(done - 0.4)}),
    )
    assert found["D5"].label == "overfitting"
    assert found["D5"].steps == (400, 1000)


def test_an_evaluation_that_stands_while_the_training_margin_grows_is_overfitting():
    def held_out(done: float) -> Values:
        return {"eval_loss": 0.55 if done > 0.2 else 0.6, "eval_rewards/margins": 0.5} | {
            "eval_rewards/chosen": 0.2
        }

    assert "stands still" in diagnosed(run(evaluate=held_out))["D5"].title


def test_rewards_that_run_away_at_chance_are_divergence():
    wild = put(
        loss=lambda d: 3.0 if round(d * 100) % 2 else 0.01,
        rewards__chosen=12.0,
        rewards__rejected=11.0,
        rewards__accuracies=0.5,
    )
    assert diagnosed(run(wild))["D6"].severity == "critical"
    four = diagnosed(run(wild, logs=4))
    assert four["D6"].severity == "warning"


def test_large_rewards_with_high_accuracy_do_not_diverge():
    sure = put(rewards__chosen=5.0, rewards__rejected=-12.0, rewards__accuracies=0.98)
    assert "D6" not in diagnosed(run(sure))


# --- reward models --------------------------------------------------------------------------------


def reward_model(accuracy: Callable[[float], float], held_out: float = 0.75) -> list[Row]:
    dice = random.Random(0)
    rows = []
    for number in range(1, 61):
        done = number / 60
        right = accuracy(done)
        values = {
            "loss": LN2 + 0.4 * (0.5 - right) + dice.gauss(0, 0.01),
            "accuracy": right,
            "margin": right - 0.5,
            "mean_reward": 0.1,
        }
        rows.append(Row(number * 10, values))
        if number % 10 == 0:
            rows.append(Row(number * 10, {"eval_accuracy": held_out, "eval_loss": 0.5}))
    return rows


def test_a_reward_model_that_guesses_is_not_learning():
    found = diagnosed(reward_model(lambda done: 0.5), method="reward")
    assert found["R1"].label == "not_learning"


def test_a_reward_model_that_learns_is_left_alone():
    found = diagnosed(reward_model(lambda done: 0.5 + 0.3 * done), method="reward")
    assert not {"R1", "R2"} & set(found)


def test_a_reward_model_that_knows_its_pairs_by_heart_is_overfitting():
    found = diagnosed(reward_model(lambda done: min(1.0, 0.6 + done)), method="reward")
    assert found["R2"].label == "overfitting"
