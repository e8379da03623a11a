"""Which checkpoint of a run is kept."""

import ast
from collections.abc import Iterator

from ....workspace.settings import TrainingCode, Value
from ....workspace.training_data import DataFacts
from .intervention import TUNING_PLAYBOOK, Idea, bound_by_steps, intervention, number


@intervention("best_checkpoint", family="checkpoint")
def best_checkpoint(code: TrainingCode, facts: DataFacts) -> Iterator[Idea]:
    """Keep the checkpoint with the lowest held-out loss; it takes an `eval_dataset`.

    transformers wants the same strategy for evaluating and saving, and saving on a multiple of the
    evaluation's steps.
    """
    held_out = code.argument("eval_dataset")
    if held_out is None or (isinstance(held_out, ast.Constant) and held_out.value is None):
        return
    if code.value("load_best_model_at_end") is not False:
        return
    strategy = code.value("eval_strategy")
    if strategy is None and not code.is_known("eval_strategy"):
        return
    values: dict[str, Value] = {}
    if strategy not in {"steps", "epoch"}:
        strategy = "steps" if bound_by_steps(code) else "epoch"
        values["eval_strategy"] = strategy
        if strategy == "steps":
            values["eval_steps"] = max(1, round((number(code, "max_steps") or 0) / 10))
    values["save_strategy"] = strategy
    if strategy == "steps":
        # Without eval_steps transformers evaluates whenever it logs.
        every = values.get("eval_steps") or number(code, "eval_steps")
        every = every or number(code, "logging_steps") or 10
        values["save_steps"] = every
    values["load_best_model_at_end"] = True
    yield Idea(
        variant="loss",
        title="keep the checkpoint with the lowest held-out loss",
        hypothesis=(
            "The last step is not the best one: the checkpoint with the lowest held-out loss "
            "scores higher than the last."
        ),
        source=f"{TUNING_PLAYBOOK} (retrospective checkpoint selection)",
        prior=0.2,
        cost=1.1,
        values=values,
    )
