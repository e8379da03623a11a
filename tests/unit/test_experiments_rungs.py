"""How much of a full run a candidate gets first."""

from intern_daemon.experiments.rungs import Cost, ladder, survivors, wants_smoke


def test_a_long_run_has_three_rungs_and_a_smoke():
    cost = Cost(train=3600, overhead=30)
    assert ladder(cost) == [1 / 9, 1 / 3, 1.0]
    assert wants_smoke(cost)


def test_a_run_that_is_mostly_start_up_gets_no_rung():
    cost = Cost(train=2, overhead=10)
    assert ladder(cost) == [1.0]
    assert not wants_smoke(cost)


def test_a_candidate_far_behind_the_incumbent_drops_out():
    assert survivors({"a": 0.1, "b": -0.3}, {"a": 0.05, "b": 0.05}) == {"a"}


def test_all_can_drop_out():
    assert survivors({"a": -0.2, "b": -0.1}, {"a": 0.05, "b": 0.05}) == set()


def test_without_slack_no_gain_is_not_enough():
    assert survivors({"a": 0.0}, {"a": 0.0}) == set()


def test_the_best_third_goes_on():
    gains = {"a": 0.1, "b": 0.2, "c": 0.15, "d": 0.0, "e": 0.05, "f": 0.01}
    assert survivors(gains, dict.fromkeys(gains, 0.05)) == {"b", "c"}
