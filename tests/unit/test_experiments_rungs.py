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
    assert survivors({"a": 0.5, "b": 0.1}, incumbent=0.4, slack=0.05, direction="max") == {"a"}


def test_all_can_drop_out():
    assert survivors({"a": 0.2, "b": 0.1}, incumbent=0.4, slack=0.05, direction="max") == set()


def test_the_best_third_goes_on():
    scores = {"a": 0.5, "b": 0.6, "c": 0.55, "d": 0.4, "e": 0.45, "f": 0.41}
    assert survivors(scores, incumbent=0.4, slack=0.05, direction="max") == {"b", "c"}


def test_lower_is_better_when_the_metric_says_so():
    assert survivors({"a": 1.0, "b": 2.0}, incumbent=1.5, slack=0.1, direction="min") == {"a"}
