"""Tell the training method from what is logged and configured."""

from collections.abc import Iterable, Mapping

from ..protocol import Method


def infer_method(names: Iterable[str], config: Mapping[str, object]) -> Method:
    """The training method.

    Metric names of TRL's trainers come first, since a configuration may be inherited; then fields
    that only one trainer's arguments have.

    Args:
        names: metrics seen so far, normalised.
        config: training arguments; may be empty.

    Returns:
        `unknown` when nothing was logged that a rule knows.
    """
    seen = set(names)
    method: Method = "unknown"
    if "rewards/chosen" in seen:
        method = _preference(seen)
    elif "reward" in seen or any(name.startswith("completions/") for name in seen):
        method = "grpo"
    elif {"mean_reward", "margin"} <= seen:
        method = "reward"
    elif seen & _SCORES and "mean_token_accuracy" not in seen:
        method = "classifier"
    elif "num_generations" in config:
        method = "grpo"
    elif "precompute_ref_log_probs" in config:
        method = "dpo"
    elif seen & {"loss", "eval_loss", "train_loss"}:
        method = "lora" if config.get("peft") is True else "sft"
    return method


def _preference(seen: set[str]) -> Method:
    if seen & {"log_odds_ratio", "log_odds_chosen", "odds_ratio_loss"}:
        return "orpo"
    return "kto" if "kl" in seen else "dpo"


_SCORES = {"eval_accuracy", "eval_f1", "eval_Accuracy"}
"""Metrics of a classification head."""
