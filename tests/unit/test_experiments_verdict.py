"""Keep, discard or inconclusive."""

from intern_daemon.experiments.noise import Noise
from intern_daemon.experiments.verdict import judge

NOISE = Noise(sd=0.02, df=2)  # floor over two pairs: 0.058


def name(candidate, incumbent, direction="max", last=False):
    verdict = judge(candidate, incumbent, NOISE, direction, last)
    return None if verdict is None else verdict.name


def test_a_clear_gain_on_two_seeds_is_kept():
    assert name({0: 0.5, 1: 0.52}, {0: 0.3, 1: 0.31, 2: 0.3}) == "keep"


def test_one_seed_is_never_enough_to_keep():
    assert name({0: 0.9}, {0: 0.1}) is None
    assert name({0: 0.9}, {0: 0.1}, last=True) == "inconclusive"


def test_a_loss_on_the_first_seed_is_discarded_at_once():
    assert name({0: 0.2}, {0: 0.3}) == "discard"


def test_a_gain_within_the_noise_is_discarded():
    assert name({0: 0.31, 1: 0.32}, {0: 0.3, 1: 0.31}) == "discard"


def test_seeds_that_disagree_ask_for_another_and_are_never_kept():
    assert name({0: 0.9, 1: 0.29}, {0: 0.3, 1: 0.3}) is None
    assert name({0: 0.9, 1: 0.29}, {0: 0.3, 1: 0.3}, last=True) == "inconclusive"


def test_a_metric_to_be_lowered_is_judged_the_other_way_round():
    assert name({0: 1.0, 1: 1.1}, {0: 2.0, 1: 2.1}, "min") == "keep"
    assert name({0: 2.0, 1: 2.1}, {0: 1.0, 1: 1.1}, "min") == "discard"


def test_the_reason_says_the_numbers():
    verdict = judge({0: 0.5, 1: 0.52}, {0: 0.3, 1: 0.32}, NOISE, "max", last=False)
    assert verdict.reason == "+0.200 over 2 seeds clears the noise floor of 0.058."
    assert verdict.low < verdict.effect < verdict.high
