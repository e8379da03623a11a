"""What the installed libraries accept"""

import ast
import difflib
from collections.abc import Iterator

from ...errors import CannotEdit
from ...workspace.settings import FileEdit, PythonModule, Site, TrainingCode, keyword
from ...workspace.settings.call_edit import remove_keyword
from ...workspace.settings.editing import splice
from ...workspace.settings.evaluation import evaluate
from ..edits import removing, renaming
from ..installed import ASKED
from ..rule import Fix, Spot, rule
from ..script import Script

_CONFIGS = "Config", "Arguments"
_RENAMED = {
    "evaluation_strategy": "eval_strategy",
    "per_gpu_train_batch_size": "per_device_train_batch_size",
    "per_gpu_eval_batch_size": "per_device_eval_batch_size",
    "no_cuda": "use_cpu",
    "max_seq_length": "max_length",
    "push_to_hub_token": "hub_token",
    "push_to_hub_model_id": "hub_model_id",
}
"""Settings that TRL and transformers call otherwise now, with the same values."""
_MOVED = {
    "max_seq_length": "max_length",
    "max_length": "max_length",
    "packing": "packing",
    "dataset_text_field": "dataset_text_field",
    "dataset_num_proc": "dataset_num_proc",
    "dataset_kwargs": "dataset_kwargs",
    "eval_packing": "eval_packing",
    "neftune_noise_alpha": "neftune_noise_alpha",
    "model_init_kwargs": "model_init_kwargs",
    "beta": "beta",
    "label_smoothing": "label_smoothing",
    "loss_type": "loss_type",
    "learning_rate": "learning_rate",
    "num_train_epochs": "num_train_epochs",
    "max_steps": "max_steps",
    "output_dir": "output_dir",
}
"""What TRL's trainers took before version 0.13 to 0.16, and their configurations take now."""


def _ours(script: Script) -> Iterator[tuple[Site, str]]:
    """Calls of classes that were asked about, each with the class."""
    for library, names in ASKED.items():
        for site in script.calls(*names, *_aliases(script, set(names))):
            source, original = site.module.imports.get(site.name, ("", None))
            if isinstance(site.call.func, ast.Attribute):
                source, original = library, site.name
                if ast.unparse(site.call.func.value) != library:
                    continue
            # Unsloth wraps these classes, and takes older names too.
            if source.partition(".")[0] == library and original and not _is_unsloth(site.module):
                yield site, original


def _aliases(script: Script, names: set[str]) -> set[str]:
    return {
        alias
        for module in script.modules
        for alias, (_, original) in module.imports.items()
        if original in names
    }


def _is_unsloth(module: PythonModule) -> bool:
    return any(source.startswith("unsloth") for source, _ in module.imports.values())


def _accepted(script: Script, name: str) -> list[str] | None:
    return script.installed.accepted.get(name) if script.installed else None


def _renamed(name: str, owner: str) -> str | None:
    if owner.endswith("Trainer"):
        return "processing_class" if name == "tokenizer" else None
    if name == "max_seq_length" and owner != "SFTConfig":
        return None
    return _RENAMED.get(name) if owner.endswith(_CONFIGS) else None


def _is_moved(name: str, owner: str) -> bool:
    return owner.endswith("Trainer") and owner in ASKED["trl"] and name in _MOVED


@rule(
    "L801",
    "unknown_argument",
    "error",
    source="the signatures of the installed TRL, transformers and PEFT",
    bad="""
from trl import SFTConfig, SFTTrainer

args = SFTConfig(learning_rates=2e-5)
trainer = SFTTrainer("Qwen/Qwen3-4B", args=args, train_dataset=rows)
""",
    good="""
from trl import SFTConfig, SFTTrainer

args = SFTConfig(learning_rate=2e-5)
trainer = SFTTrainer("Qwen/Qwen3-4B", args=args, train_dataset=rows)
""",
)
def unknown_argument(script: Script) -> Iterator[Spot]:
    """The installed library does not know this argument.

    The script stops with a TypeError. The signatures are asked of the interpreter that trains, in
    the background; until it has answered, the rule is silent.
    """
    for site, owner in _ours(script):
        accepted = _accepted(script, owner)
        if accepted is None or script.installed is None:
            continue
        for word in site.call.keywords:
            name = word.arg
            if name is None or name in accepted or _is_moved(name, owner):
                continue
            if _still_taken(script, owner, name):
                continue
            library = next(one for one, names in ASKED.items() if owner in names)
            version = script.installed.versions.get(library, "")
            message = f"{owner} of {library} {version} has no argument {name}"
            better = _renamed(name, owner)
            if better not in accepted:
                better = next(iter(difflib.get_close_matches(name, accepted, 1, 0.8)), None)
            fixes: list[Fix] = []
            if better is not None and keyword(site.call, better) is None:
                fixes.append(renaming(site.module, site.call, name, better))
                message += f"; it may mean {better}"
            fixes.append(removing(site.module, site.call, name))
            yield script.at(site.module, word, f"{message}.", *fixes)


def _still_taken(script: Script, owner: str, name: str) -> bool:
    """Whether a wrapper takes an old name that the signature does not show any more.

    transformers 4.46 to 4.57 take `tokenizer` for a Trainer that way.
    """
    version = script.installed.versions.get("transformers", "") if script.installed else ""
    return name == "tokenizer" and "Trainer" in owner and version.startswith("4.")


@rule(
    "L802",
    "renamed_argument",
    "warning",
    source="release notes of transformers 4.46 and 5.0 and of TRL 0.12 and 0.20",
    bad="""
from trl import SFTConfig, SFTTrainer

args = SFTConfig(evaluation_strategy="epoch")
trainer = SFTTrainer("Qwen/Qwen3-4B", args=args, train_dataset=rows, eval_dataset=held_out)
""",
    good="""
from trl import SFTConfig, SFTTrainer

args = SFTConfig(eval_strategy="epoch")
trainer = SFTTrainer("Qwen/Qwen3-4B", args=args, train_dataset=rows, eval_dataset=held_out)
""",
)
def renamed_argument(script: Script) -> Iterator[Spot]:
    """An argument has another name now, or another place.

    Said where the installed version knows the new name, or none is installed; where it does not
    take the old one any more, L801 or L804 says it.
    """
    for site, owner in _ours(script):
        accepted = _accepted(script, owner)
        for word in site.call.keywords:
            if accepted is None and word.arg and _is_moved(word.arg, owner):
                yield _misplaced(script, site, owner, word)
            new = _renamed(word.arg, owner) if word.arg else None
            if new is None or word.arg is None or keyword(site.call, new) is not None:
                continue
            if accepted is not None and new not in accepted:
                continue
            old_works = accepted is None or word.arg in accepted
            if old_works or _still_taken(script, owner, word.arg):
                yield script.at(
                    site.module,
                    word,
                    f"{word.arg} is called {new} now.",
                    renaming(site.module, site.call, word.arg, new),
                )


@rule(
    "L803",
    "missing_import",
    "error",
    source="the public names of the installed TRL, transformers and PEFT",
    bad="""
from trl import DataCollatorForCompletionOnlyLM, SFTTrainer

collator = DataCollatorForCompletionOnlyLM("### Answer:", tokenizer=tokenizer)
trainer = SFTTrainer("Qwen/Qwen3-4B", train_dataset=rows, data_collator=collator)
""",
    good="""
from trl import SFTConfig, SFTTrainer

args = SFTConfig(completion_only_loss=True)
trainer = SFTTrainer("Qwen/Qwen3-4B", args=args, train_dataset=rows)
""",
)
def missing_import(script: Script) -> Iterator[Spot]:
    """The installed library has no such name, so the script stops with an ImportError.

    Silent for imports inside `try`. `DataCollatorForCompletionOnlyLM` went with TRL 0.20: rows of
    prompt and completion take its place.
    """
    if script.installed is None:
        return
    for module, node in script.nodes(ast.ImportFrom):
        names = script.installed.exported.get(node.module or "") if node.level == 0 else None
        if names is None or isinstance(module.parents.get(node), ast.Try | ast.If):
            continue
        for alias in node.names:
            if alias.name != "*" and alias.name not in names:
                version = script.installed.versions.get(node.module or "", "")
                message = f"{node.module} {version} has no {alias.name}."
                yield script.at(module, node, message)


@rule(
    "L804",
    "setting_at_the_trainer",
    "error",
    source="TRL's release notes: settings of the trainers moved to their configurations",
    bad="""
from trl import SFTConfig, SFTTrainer

args = SFTConfig(learning_rate=2e-5)
trainer = SFTTrainer("Qwen/Qwen3-4B", args=args, train_dataset=rows, packing=False)
""",
    good="""
from trl import SFTConfig, SFTTrainer

args = SFTConfig(learning_rate=2e-5, packing=False)
trainer = SFTTrainer("Qwen/Qwen3-4B", args=args, train_dataset=rows)
""",
)
def setting_at_the_trainer(script: Script) -> Iterator[Spot]:
    """A setting is given to the trainer, but belongs to its configuration.

    Since TRL 0.16 the trainer stops with a TypeError. Said where the installed version does not
    take it; where none is known, L802 says it.
    """
    for site, owner in _ours(script):
        accepted = _accepted(script, owner)
        for word in site.call.keywords:
            name = word.arg
            if accepted is not None and name and _is_moved(name, owner) and name not in accepted:
                yield _misplaced(script, site, owner, word)


def _misplaced(script: Script, site: Site, owner: str, word: ast.keyword) -> Spot:
    config, name = owner.replace("Trainer", "Config"), word.arg or ""
    new = _MOVED[name]
    where = (
        f"{config}, where it is called {new}" if new != name else f"{config}, not of the trainer"
    )
    fix = _moving(script.code, site, word, new)
    return script.at(site.module, word, f"{name} is a setting of {where}.", fix)


def _moving(code: TrainingCode, site: Site, word: ast.keyword, new: str) -> Fix:
    def make() -> list[FileEdit]:
        name = word.arg or ""
        is_plain, value = evaluate(word.value)
        if not is_plain:
            raise CannotEdit(f"`{name}` is no plain value; move it to the configuration by hand.")
        module = site.module
        text = remove_keyword(module.source(site.call), name)
        what = f"{name} removed"
        gone = splice(module, [(module.span(site.call), text)], what, module.place(site.call))
        added = code.after(gone).set(new, value)
        if added.path != gone.path:
            return [gone, added]
        changes = [*gone.changes, *added.changes]
        return [FileEdit(gone.path, gone.before, added.after, changes)]

    return Fix(f"Move {word.arg} to the configuration", make)
