"""Which tokens the loss counts: the answer alone, or the question too."""

from collections.abc import Iterator

from ....workspace.chat_template import assistant_turn, has_generation_markers
from ....workspace.discovery import base_models
from ....workspace.settings import TrainingCode
from ....workspace.template_files import template_source, trl_marks
from ....workspace.trained_rows import trained_rows
from ....workspace.training_data import DataFacts
from .intervention import Idea, intervention


@intervention("completion_only_loss", family="loss mask")
def completion_only_loss(code: TrainingCode, facts: DataFacts) -> Iterator[Idea]:
    """Only where the loss counts the question now.

    For rows of prompt and completion TRL leaves the prompt out unless it is told not to. For rows
    of messages it counts all turns unless `assistant_only_loss` is set, which needs a chat template
    with generation markers around the answer and its end, or one that TRL replaces by its own.
    """
    if code.method not in {"sft", "lora"}:
        return
    shape = trained_rows(code, facts).shape
    if shape == "prompt_completion" and code.value("completion_only_loss") is False:
        name = "completion_only_loss"
    elif (
        shape == "messages"
        and code.value("assistant_only_loss") is False
        and _marks_assistant(code)
    ):
        name = "assistant_only_loss"
    else:
        return
    yield Idea(
        variant=name.removesuffix("_only_loss"),
        title=f"loss on the answer only ({name}=True)",
        hypothesis=(
            "Most of the loss is spent on questions that the model need not write: counted on the "
            "answers alone, the same steps teach more of them, and the metric rises."
        ),
        source="TRL documentation, SFTTrainer",
        prior=0.5,
        values={name: True},
    )


def _marks_assistant(code: TrainingCode) -> bool:
    source = template_source(code, [guess.value for guess in base_models(code)])
    if source is None:
        return False
    if not has_generation_markers(source.text):
        return trl_marks(code.root, source.text)
    turn = assistant_turn(source.text)
    return turn is not None and turn.marked
