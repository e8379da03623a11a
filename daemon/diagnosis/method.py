"""Tell the training method from what is logged and configured."""

from collections.abc import Iterable, Mapping

from ..protocol import Method


def infer_method(names: Iterable[str], config: Mapping[str, object]) -> Method:
    """The training method.

    Metric names of TRL's trainers come first, since a configuration may be inherited; then fields
    that only one trainer's arguments have. Names of other libraries for the same things count too:
    verl's `critic/rewards/mean`, TRL's PPO `objective/kl`. RLOO and PPO are told as `grpo`: their
    rows are read by the same rules.

    Args:
        names: metrics seen so far, normalised.
        config: training arguments; may be empty.

    Returns:
        `unknown` when nothing was logged that a rule knows.
    """
    # A first evaluation may come before the first training log.
    seen = {name.removeprefix("eval_") for name in names}
    method: Method = "unknown"
    if "rewards/chosen" in seen:
        method = _preference(seen)
    elif seen & _ONLINE or any(name.startswith("completions/") for name in seen):
        method = "grpo"
    elif "margin" in seen and seen & {"mean_reward", "accuracy"}:
        method = "reward"
    elif "num_generations" in config:
        method = "grpo"
    elif "precompute_ref_log_probs" in config:
        method = "dpo"
    elif _classifies(seen):
        method = "classifier"
    elif seen & {"loss", "train_loss"}:
        method = "lora" if config.get("peft") is True else "sft"
    return method


def _preference(seen: set[str]) -> Method:
    if seen & {"log_odds_ratio", "log_odds_chosen", "odds_ratio_loss"}:
        return "orpo"
    return "kto" if "kl" in seen else "dpo"


def _classifies(seen: set[str]) -> bool:
    """Accuracy is also logged by language models' example scripts, with the perplexity beside it,
    and token accuracy by TRL's."""
    scores = {name.lower() for name in seen} & _SCORES
    return bool(scores) and not seen & {"mean_token_accuracy", "perplexity", "num_tokens"}


_SCORES = {"accuracy", "acc", "f1", "f1_score", "macro_f1", "f1_macro", "matthews_correlation"}
"""Metrics of a classification head."""

_ONLINE = {
    "reward",
    "rewards/mean",
    "reward/mean",
    "reward_mean",
    "avg_reward",
    "frac_reward_zero_std",
    "objective/kl",
    "objective/rlhf_reward",
    "val/ratio",
    "critic/rewards/mean",
    "critic/score/mean",
    "actor/kl_loss",
    "ppo/mean_scores",
    "completion_length",
}
"""Metrics of trainers that let the model answer and score the answers."""
