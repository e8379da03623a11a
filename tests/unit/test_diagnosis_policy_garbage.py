"""The rules for policies and preferences survive whatever a log may hold."""

import json
import logging
import math
import pickle
from collections.abc import Iterator
from contextlib import contextmanager

from hypothesis import given, settings
from hypothesis import strategies as st
from intern_daemon.diagnosis import REGISTRY, Engine
from intern_daemon.metrics import Row
from intern_daemon.protocol import Method

POLICY = (
    "reward", "reward_std", "frac_reward_zero_std", "kl", "entropy", "loss", "grad_norm",
    "completions/mean_length", "completion_length", "completions/clipped_ratio",
    "clip_ratio/region_mean", "rewards/format/mean", "rewards/format/std", "rewards/correct",
    "rewards/", "rewards//std", "rewards/x/std", "eval_reward", "val/ratio", "objective/kl",
    "sampling/importance_sampling_ratio/mean", "learning_rate",
)  # fmt: skip
PAIRS = (
    "loss", "eval_loss", "grad_norm", "rewards/chosen", "rewards/rejected", "rewards/margins",
    "rewards/accuracies", "logps/chosen", "logps/rejected", "eval_rewards/chosen",
    "eval_rewards/margins", "nll_loss",
)  # fmt: skip
SCORES = ("loss", "accuracy", "margin", "mean_reward", "eval_accuracy", "eval_loss")

numbers = st.one_of(
    st.sampled_from([0.0, -0.0, 1.0, 0.5, math.nan, math.inf, -math.inf, 1e308, -1e308, 5e-324]),
    st.floats(-20, 20),
    st.floats(),
)
METHODS: list[tuple[Method, tuple[str, ...]]] = [
    ("grpo", POLICY),
    ("dpo", PAIRS),
    ("orpo", PAIRS),
    ("kto", PAIRS),
    ("reward", SCORES),
]


@st.composite
def logs(draw: st.DrawFn) -> tuple[Method, list[Row]]:
    method, names = draw(st.sampled_from(METHODS))
    values = st.dictionaries(st.sampled_from(names), numbers, min_size=1)
    # Whole stretches of one row make streaks, which single rows hardly ever do.
    parts = st.lists(
        st.tuples(st.integers(-5, 3000), values, st.integers(1, 40), st.integers(0, 20)),
        max_size=6,
    )
    rows = [
        Row(first + number * stride, dict(row))
        for first, row, length, stride in draw(parts)
        for number in range(length)
    ]
    return method, rows


@contextmanager
def left_out() -> Iterator[list[str]]:
    """What the engine logs of rules that fail."""
    told: list[str] = []
    handler = logging.Handler()
    handler.emit = lambda record: told.append(record.getMessage())  # type: ignore[method-assign]
    logger = logging.getLogger("intern_daemon.diagnosis.engine")
    logger.addHandler(handler)
    try:
        yield told
    finally:
        logger.removeHandler(handler)


@settings(max_examples=80, deadline=None)
@given(logs(), st.sampled_from([None, 1, 100, 5000]))
def test_no_log_breaks_a_rule(log, total):
    method, rows = log
    engine = Engine(method, total_steps=total)
    with left_out() as failed:
        for row in rows:
            engine.feed(row)
        engine.end()
    assert failed == []
    for finding in engine.findings():
        if finding.rule[0] not in "DGR":
            continue
        assert finding.steps[0] <= finding.steps[1]
        assert all(math.isfinite(number) for number in finding.evidence.values()), finding
        json.loads(finding.model_dump_json())
        assert 0 <= finding.confidence <= 1


@settings(max_examples=15, deadline=None)
@given(logs())
def test_the_same_log_gives_the_same_findings(log):
    method, rows = log
    one, other = Engine(method), Engine(method)
    for row in rows:
        one.feed(row)
        other.feed(Row(row.step, dict(row.values)))
    assert one.findings() == other.findings()


def size(engine: Engine) -> int:
    """Bytes of what the engine holds, all of it told once."""
    return len(pickle.dumps({name: held for name, held in vars(engine).items() if name != "_seen"}))


def test_new_names_in_every_row_do_not_fill_the_memory():
    engine, sizes = Engine("grpo"), []
    for number in range(1, 1001):
        names = {f"rewards/answer{number}/mean": 1.0, f"rewards/format{number}/mean": 0.0}
        engine.feed(Row(number, {"reward": 1.0, **names}))
        if number in (200, 1000):
            sizes.append(size(engine))
    assert sizes[1] < 1.5 * sizes[0]


def test_memory_does_not_grow_with_the_run():
    engine, sizes = Engine("grpo"), []
    for number in range(1, 10_001):
        values = {"reward": number % 7 / 7, "kl": 0.1, "completions/mean_length": 100.0}
        values |= {"rewards/format/mean": 0.5, "rewards/correct/mean": number % 3}
        engine.feed(Row(number, values))
        if number in (1000, 10_000):
            sizes.append(size(engine))
    assert sizes[1] < 1.5 * sizes[0]


def test_every_method_with_a_policy_or_pairs_has_rules_of_its_own():
    for method, _ in METHODS:
        own = {id for id, kind in REGISTRY.items() if method in kind.methods and id[0] in "DGR"}
        assert len(own) >= 2, method
