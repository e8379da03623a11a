import math

from intern_daemon.metrics import Row, read_row


def test_names_of_trackers_become_the_trainers_own():
    row = read_row({"train/loss": 1.0, "eval/loss": 2.0, "train/rewards/chosen": 3.0}, step=4)
    assert row == Row(4, {"loss": 1.0, "eval_loss": 2.0, "rewards/chosen": 3.0})


def test_quoted_numbers_and_broken_ones_are_floats():
    row = read_row(
        {
            "loss": "8.375",
            "grad_norm": "NaN",
            "kl": "Infinity",
            "x": "-Infinity",
            "y": float("nan"),
        },
        step=1,
    )
    assert row is not None
    assert row["loss"] == 8.375
    assert math.isnan(row["grad_norm"])
    assert math.isnan(row["y"])
    assert (row["kl"], row["x"]) == (math.inf, -math.inf)


def test_what_is_no_number_is_left_out():
    row = read_row(
        {"loss": 1, "run": "tiny", "table": [1, 2], "nothing": None, "done": True}, step=1
    )
    assert row == Row(1, {"loss": 1.0, "done": 1.0})


def test_the_trainers_step_wins_over_the_trackers_counter():
    row = read_row({"train/global_step": 30, "_step": 3, "loss": 1.0}, step=2)
    assert row == Row(30, {"loss": 1.0})


def test_a_row_without_a_step_or_without_a_number_is_none():
    assert read_row({"loss": 1.0}) is None
    assert read_row({"step": 3, "name": "x"}) is None
    assert read_row({"step": float("nan"), "loss": 1.0}) is None


def test_the_time_of_the_object_is_kept():
    assert read_row({"step": 1, "loss": 1.0, "_timestamp": 12.5}) == Row(1, {"loss": 1.0}, 12.5)
