"""What the person asks to be tried: a value for a setting, or an idea of the playbook."""

import ast
import difflib
from collections.abc import Sequence
from pathlib import Path

from ..errors import BadInput, CannotEdit, LockedPath
from ..experiments import Lab, overtaken
from ..protocol import Wish
from ..workspace import Config
from ..workspace.settings import TrainingCode, Value, find_settings, spell
from ..workspace.settings.defaults import default
from .playbook.interventions import Candidate, all_candidates, catalogue
from .playbook.interventions.catalogue import is_locked
from .playbook.interventions.intervention import arrow, number

SET = "set:"
"""Before the name of a setting in `Wish.intervention`."""

SOURCE = "asked for by the person"

# TRL 1.16 and transformers 5.23; a script that sets another one can have it changed as well.
SETTABLE = frozenset(
    """
    adam_beta1 adam_beta2 adam_epsilon assistant_only_loss beta bf16 completion_only_loss
    desirable_weight disable_dropout epsilon epsilon_high fp16 f_divergence_type
    generation_batch_size gradient_accumulation_steps gradient_checkpointing
    label_smoothing label_smoothing_factor learning_rate load_best_model_at_end logging_steps
    loss_type lr_scheduler_type max_completion_length max_grad_norm max_length max_steps min_p
    neftune_noise_alpha num_generations num_iterations num_train_epochs optim packing
    packing_strategy padding_free per_device_eval_batch_size per_device_train_batch_size
    repetition_penalty save_steps save_strategy scale_rewards shuffle_dataset
    steps_per_generation sync_ref_model temperature top_k top_p truncation_mode
    undesirable_weight use_liger_kernel warmup_steps weight_decay
    r lora_alpha lora_dropout target_modules use_rslora
    """.split()  # noqa: SIM905 - sixty lines of one word each say no more
)
"""Settings that can be added to a script which says nothing of them."""

OURS = frozenset({"output_dir", "seed", "data_seed", "report_to", "run_name"})
"""Settings by which Intern tells runs apart and finds what they leave."""


def waiting(lab: Lab) -> list[tuple[int, Wish]]:
    """Wishes of the session that nothing came of yet, with their indices, oldest first."""
    found = []
    for index, wish in enumerate(lab.session.wishes):
        experiment = lab.state.experiments.get(wish.experiment or "")
        if wish.refused is None and (experiment is None or overtaken(lab, experiment)):
            found.append((index, wish))
    return found


def candidate_for(wish: Wish, root: Path, config: Config) -> Candidate:
    """The edit that fulfils a wish.

    Args:
        root: top of the checkout to edit; nothing is written.
        config: the contract.

    Raises:
        BadInput: there is no such setting or idea; the sentence names the nearest.
        CannotEdit: the code can't be changed so; the sentence says why.
        LockedPath: it would change a locked file.
    """
    command = config.train.command
    if wish.intervention.startswith(SET):
        candidate = _set(wish, find_settings(root, command))
    else:
        candidate = _idea(wish, all_candidates(root, command))
    locked = [*config.locked.paths, *config.locked.models, "intern.toml"]
    for edit in candidate.edits:
        if is_locked(edit.path, locked):
            raise LockedPath(
                f"{candidate.title} would change {edit.path}, which is locked; only you change "
                "that, on your own branch."
            )
    return candidate


REFUSED = (BadInput, CannotEdit, LockedPath)
"""Why nothing can come of a wish."""


def _set(wish: Wish, code: TrainingCode) -> Candidate:
    name = wish.intervention.removeprefix(SET)
    if wish.value is None:
        raise BadInput(f"`{wish.intervention}` needs a value, such as `intern try {name} VALUE`.")
    if name in OURS:
        raise BadInput(f"`{name}` is how Intern tells runs apart; try another setting.")
    found = code.get(name)
    if found is None and code.is_known(name) and not _known(name, code):
        near = difflib.get_close_matches(name, sorted(SETTABLE), n=1)
        hint = f"; the nearest is `{near[0]}`." if near else "; write it there first."
        raise BadInput(
            f"`{name}` is not set in {code.script}, and Intern does not know it as a setting of "
            f"{code.config_name or 'the trainer'}{hint}"
        )
    value = _like(_parsed(wish.value), found.value if found else default(name, code.config_name))
    edit = code.set(name, value)
    known = found is not None or default(name, code.config_name) is not None
    title = arrow(code, name, value) if known else f"{name.replace('_', ' ')} {spell(value)}"
    return Candidate(
        id=f"{SET}{name}={wish.value}",
        intervention=f"{SET}{name}",
        title=title,
        hypothesis=f"The score is better with {name} at {wish.value}.",
        source=SOURCE,
        edits=[edit],
        prior=1.0,
        cost=_cost(code, name, value),
    )


def _idea(wish: Wish, known: Sequence[Candidate]) -> Candidate:
    if wish.value is not None:
        raise BadInput(
            f"`{wish.intervention}` takes no value; name a setting instead, as in `intern try "
            "learning_rate 1e-4`."
        )
    named = [one for one in known if wish.intervention in (one.id, one.intervention)]
    if named:
        return named[0]  # the likeliest variant comes first
    everything = {idea.id for idea in catalogue()}
    if wish.intervention.split(":")[0] in everything:
        raise BadInput(f"`{wish.intervention}` does not apply to the code as it is now.")
    names = sorted(everything | {one.id for one in known})
    near = difflib.get_close_matches(wish.intervention, names, n=1)
    hint = f"the nearest is `{near[0]}`." if near else f"there are {', '.join(sorted(everything))}."
    raise BadInput(f"There is no idea `{wish.intervention}`; {hint}")


def _known(name: str, code: TrainingCode) -> bool:
    return name in SETTABLE or default(name, code.config_name) is not None


def _parsed(text: str) -> Value:
    """The value that a person wrote: a literal of Python, a word of YAML, else plain text."""
    words: dict[str, Value] = {"true": True, "false": False, "none": None, "null": None}
    if text.strip().lower() in words:
        return words[text.strip().lower()]
    try:
        value = ast.literal_eval(text.strip())
    except (ValueError, SyntaxError):
        return text
    return value if isinstance(value, bool | int | float | str | list) else text


def _like(value: Value, old: Value) -> Value:
    """An integer where the code has one, a float where it has one."""
    if isinstance(value, bool) or isinstance(old, bool):
        return value
    if isinstance(old, float) and isinstance(value, int):
        return float(value)
    if isinstance(old, int) and isinstance(value, float) and value.is_integer():
        return int(value)
    return value


def _cost(code: TrainingCode, name: str, value: Value) -> float:
    """Compute of a run with the new value, relative to one without; 1 where it is not known."""
    old = number(code, name)
    longer = name in ("num_train_epochs", "max_steps")
    if not longer or not isinstance(value, int | float) or not old or old <= 0 or value <= 0:
        return 1.0
    return round(value / old, 3)
