"""Peers on the same rows: rules that others published, as they stand, with their sources.

- Amazon SageMaker Debugger, built-in rules at their documented defaults
  (github.com/awsdocs/amazon-sagemaker-developer-guide, doc_source/debugger-built-in-rules.md, at
  1c4d5ff): those that work on scalars.
- ml-intern's alerts (github.com/huggingface/ml-intern, agent/prompts/system_prompt_v3.yaml): the
  prompt asks for one metric and one threshold each, for divergence and NaN (ERROR), overfitting,
  early stopping, KL spike, reward collapse and slow convergence (WARN), and gives one number,
  a loss of 12.4 called "lr likely too high". The other thresholds are the simplest reading, below.
- "The loss is NaN".

A peer says labels in our words, so that all are scored alike.
"""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence

Rows = Sequence[Mapping[str, float]]
Peer = Callable[[Rows], set[str]]


def series(rows: Rows, name: str) -> list[tuple[int, float]]:
    """(step, value) of one metric."""
    return [(int(row["step"]), float(row[name])) for row in rows if name in row and "step" in row]


def loss_is_nan(rows: Rows) -> set[str]:
    """The plainest check there is."""
    return {"nonfinite_loss"} if any(math.isnan(v) for _, v in series(rows, "loss")) else set()


def sagemaker_debugger(rows: Rows) -> set[str]:
    """ExplodingTensor, VanishingGradient, LossNotDecreasing, Overfit and Overtraining."""
    loss, evaluated = series(rows, "loss"), series(rows, "eval_loss")
    said = set()
    # ExplodingTensor: any value that is not finite (only_nan=False).
    if any(not math.isfinite(value) for _, value in loss):
        said.add("nonfinite_loss")
    # VanishingGradient: mean of absolute gradients below 1e-7; the norm is what a log has.
    if any(value < 1e-7 for _, value in series(rows, "grad_norm")):
        said.add("vanishing_gradient")
    if any(later >= before for before, later in _every(loss, 10)):
        said.add("not_learning")
    if _overfit(loss, evaluated) or _overtrained(loss, 5) or _overtrained(evaluated, 10):
        said.add("overfitting")
    return said


def _every(points: list[tuple[int, float]], num_steps: int) -> Iterator[tuple[float, float]]:
    """LossNotDecreasing: pairs at least `num_steps` apart, the next pair `num_steps` later."""
    for before, (step, value) in enumerate(points):
        if before == 0:
            last, checked = value, step
        elif step - checked >= num_steps:
            yield last, value
            last, checked = value, step


def _overfit(loss: list[tuple[int, float]], evaluated: list[tuple[int, float]]) -> bool:
    """Overfit: (mean validation - mean training) / mean training > 0.1, for 1 step."""
    for step, value in evaluated:
        so_far = [v for s, v in loss if s <= step and math.isfinite(v)]
        if so_far and math.isfinite(value) and (value - so_far[-1]) / max(so_far[-1], 1e-12) > 0.1:
            return True
    return False


def _overtrained(points: list[tuple[int, float]], patience: int) -> bool:
    """Overtraining: no new optimum by delta 0.1 within `patience` values."""
    best, waited = math.inf, 0
    for _, value in points:
        if value < best - 0.1:
            best, waited = value, 0
        else:
            waited += 1
            if waited >= patience:
                return True
    return False


def ml_intern(rows: Rows) -> set[str]:
    """One threshold a metric, as its prompt asks for."""
    loss, evaluated = series(rows, "loss"), [v for _, v in series(rows, "eval_loss")]
    kl, reward = series(rows, "kl"), [v for _, v in series(rows, "reward")]
    said = set()
    if any(not math.isfinite(v) for _, v in loss):
        said |= {"nonfinite_loss"}
    if any(v >= 12.4 for _, v in loss):
        said |= {"divergence", "lr_too_high"}
    if any(later > 1.1 * min(evaluated[: n + 1]) for n, later in enumerate(evaluated[1:], 1)):
        said |= {"overfitting"}
    if any(v > 1.0 for _, v in kl):
        said |= {"kl_explosion"}
    if any(later < 0.5 * max(reward[: n + 1]) for n, later in enumerate(reward[1:], 1)):
        said |= {"reward_collapse"}
    finite = [v for _, v in loss if math.isfinite(v)]
    if len(finite) >= 10 and finite[-1] > 0.98 * finite[0]:
        said |= {"not_learning"}
    return said


PEERS: dict[str, Peer] = {
    "SageMaker Debugger": sagemaker_debugger,
    "ml-intern alerts": ml_intern,
    "loss is NaN": loss_is_nan,
}
