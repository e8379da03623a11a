"""The statistics behind a verdict, on simulated runs."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from intern_daemon.experiments.noise import Noise, estimate, mean_interval
from intern_daemon.experiments.verdict import judge


def simulate(rng: random.Random, effect: float, sd: float) -> str:
    """Judge one candidate against a baseline of three seeds, seed by seed as the loop does."""
    incumbent = {seed: rng.gauss(0.5, sd) for seed in range(3)}
    candidate = {seed: rng.gauss(0.5 + effect, sd) for seed in range(3)}
    noise = estimate([list(incumbent.values())], items=None)
    for count in (2, 3):
        shown = {seed: candidate[seed] for seed in range(count)}
        verdict = judge(shown, incumbent, noise, "max", last=count == 3)
        if verdict is not None:
            return verdict.name
    raise AssertionError("the last seed decides")


def test_a_change_without_effect_is_rarely_kept():
    rng = random.Random(1)
    kept = sum(simulate(rng, effect=0.0, sd=0.02) == "keep" for _ in range(4000))
    assert kept / 4000 <= 0.05


def test_an_effect_of_five_times_the_noise_is_mostly_kept():
    rng = random.Random(2)
    kept = sum(simulate(rng, effect=0.1, sd=0.02) == "keep" for _ in range(2000))
    assert kept / 2000 >= 0.8


def test_three_equal_scores_are_not_believed_to_be_without_noise():
    noise = estimate([[0.5, 0.5, 0.5]], items=200)
    assert noise.floor(2) > 0.03


def test_the_noise_of_several_versions_is_pooled():
    noise = estimate([[0.1, 0.2], [0.8, 0.9]], items=None)
    assert noise.df == 2
    assert noise.sd == pytest.approx(0.0707, abs=1e-3)


def test_more_seeds_lower_the_floor():
    noise = Noise(sd=0.02, df=4)
    assert noise.floor(3) < noise.floor(2) < noise.floor(1)


@given(st.lists(st.floats(0, 1), min_size=2, max_size=6), st.none() | st.integers(10, 1000))
def test_the_interval_holds_the_mean_and_stays_a_share(scores, items):
    mean, low, high = mean_interval(scores, items)
    assert low <= mean + 1e-12
    assert mean - 1e-12 <= high
    if items:
        assert low >= 0
        assert high <= 1


def test_one_run_without_items_has_no_interval():
    assert mean_interval([0.7], items=None) == (0.7, None, None)


def test_seeds_that_never_differ_leave_the_noise_a_guess():
    noise = estimate([[0.5, 0.5, 0.5]], items=None)
    assert noise.guessed
    assert noise.floor(2) > 0.004
