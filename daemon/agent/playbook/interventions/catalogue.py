"""All interventions, and all candidates for one training command."""

from fnmatch import fnmatch
from pathlib import Path, PurePosixPath

from ....errors import BadConfig, BadInput, NoConfig
from ....workspace.config import load
from ....workspace.data_files import data_files
from ....workspace.layout import Layout
from ....workspace.settings import TrainingCode, find_settings
from ....workspace.training_data import DataFacts, data_facts
from .batch import batch_down, batch_up
from .checkpoint import best_checkpoint
from .clipping import clip_gradients
from .data import deduplicate
from .end_of_sequence import end_of_sequence
from .intervention import Candidate, Intervention
from .learning_rate import learning_rate_down, learning_rate_up
from .lora import lora_rank, lora_targets
from .loss_mask import completion_only_loss
from .policy import (
    clip_higher,
    length_neutral_loss,
    longer_completions,
    more_generations,
    temperature_up,
)
from .preference import beta_down, beta_up, label_smoothing, nll_term
from .regularisation import weight_decay
from .schedule import epochs_down, epochs_up, warmup


def catalogue() -> list[Intervention]:
    """Every intervention that the playbook knows."""
    return [
        end_of_sequence,
        completion_only_loss,
        learning_rate_up,
        learning_rate_down,
        epochs_up,
        epochs_down,
        deduplicate,
        warmup,
        batch_down,
        batch_up,
        clip_gradients,
        weight_decay,
        best_checkpoint,
        lora_targets,
        lora_rank,
        beta_up,
        beta_down,
        nll_term,
        label_smoothing,
        more_generations,
        temperature_up,
        longer_completions,
        clip_higher,
        length_neutral_loss,
    ]


def training_facts(code: TrainingCode) -> DataFacts:
    """Counts over the training files that the code names; empty where they can't be read."""
    files = [file.path for file in data_files(code.root, code.modules) if not file.held_out]
    try:
        return data_facts(code.root, files)
    except BadInput:
        # Pre-flight tells the person of a broken file; ideas that need no data still stand.
        return DataFacts()


def all_candidates(root: Path, command: str) -> list[Candidate]:
    """Everything worth trying on a training command, the likeliest first.

    What would touch a locked path of `intern.toml` is left out.

    Raises:
        CannotEdit: the command starts no Python file of the repository, or a file does not parse.
    """
    code = find_settings(root, command)
    facts = training_facts(code)
    found = [one for kind in catalogue() for one in kind.proposals(code, facts)]
    locked = _locked(root)
    free = [one for one in found if not any(is_locked(edit.path, locked) for edit in one.edits)]
    return sorted(free, key=lambda one: (-one.prior, one.cost))


def is_locked(path: str, locked: list[str]) -> bool:
    """Whether a path is one of the locked ones, lies in one of them, or matches one's wildcard."""
    whole = PurePosixPath(path)
    return any(whole.is_relative_to(one) or fnmatch(path, one) for one in locked)


def _locked(root: Path) -> list[str]:
    try:
        config = load(Layout(root).config)
    except (NoConfig, BadConfig):
        return []
    return [*config.locked.paths, *config.locked.models]
