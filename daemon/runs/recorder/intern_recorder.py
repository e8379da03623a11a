"""Records what a Hugging Face `Trainer` logs, and sets its seed and length for a rung.

Lives in the user's interpreter, in every run. Nothing is imported until the training imports
transformers; nothing here may break a training: own errors go to `recorder.log` of the run.

Environment, read when it is needed (the warm runner forks after the imports):
    INTERN_RUN_DIR  folder of the run; unset: record nothing
    INTERN_SEED     takes the place of `TrainingArguments.seed` (and of `data_seed`, where set)
    INTERN_RUNG     share of the full run, (0, 1]; scales steps, epochs and warm-up alike, so that
                    the learning-rate schedule is compressed and not cut
"""

# pathlib is slow to import, and this starts with every run.
# ruff: noqa: PTH105, PTH118, PTH123

from __future__ import annotations

import functools
import importlib.abc
import importlib.machinery
import json
import math
import os
import sys
import time
import traceback
from typing import Any

SECRET = ("token", "key", "secret", "password")
_MARK = "_intern_length_set"


def install() -> None:
    """Wait for transformers' `training_args` and `trainer`, and wrap them as they are imported."""
    if not any(isinstance(finder, _Finder) for finder in sys.meta_path):
        sys.meta_path.insert(0, _Finder())


class _Finder(importlib.abc.MetaPathFinder):
    """Finds what Python would find, with the wrapping added to its loading."""

    def find_spec(self, fullname: str, path: Any, target: Any = None) -> Any:
        wrap = _WRAPS.get(fullname)
        if wrap is None:
            return None
        spec = importlib.machinery.PathFinder.find_spec(fullname, path, target)
        if spec is None or spec.loader is None:
            return None
        run = spec.loader.exec_module

        def exec_module(module: Any) -> None:
            run(module)
            _safely(wrap, module)

        spec.loader.exec_module = exec_module  # type: ignore[method-assign]
        return spec


def _safely(call: Any, *arguments: Any) -> Any:
    """Call; on any error write it to the log and answer None."""
    try:
        return call(*arguments)
    except Exception:  # noqa: BLE001 - the training is worth more than its record
        folder = os.environ.get("INTERN_RUN_DIR")
        if folder:
            try:
                with open(os.path.join(folder, "recorder.log"), "a", encoding="utf-8") as log:
                    log.write(traceback.format_exc())
            except OSError:
                pass  # there is nowhere left to tell it
    return None


# --- seed and length ----------------------------------------------------------------------------


def _wrap_arguments(module: Any) -> None:
    arguments = module.TrainingArguments
    original = arguments.__post_init__

    @functools.wraps(original)
    def __post_init__(self: Any, *args: Any, **kwargs: Any) -> Any:
        _safely(_set_seed, self)
        return original(self, *args, **kwargs)

    arguments.__post_init__ = __post_init__


def _set_seed(args: Any) -> None:
    seed = os.environ.get("INTERN_SEED")
    if seed:
        args.seed = int(seed)
        if args.data_seed is not None:
            args.data_seed = int(seed)


def _set_length(args: Any) -> None:
    """Shorten the run to its rung, once for each set of arguments, at least to one step."""
    rung = float(os.environ.get("INTERN_RUNG") or 1)
    if not 0 < rung < 1 or args.__dict__.get(_MARK):
        return
    args.__dict__[_MARK] = True
    if args.max_steps > 0:
        args.max_steps = max(1, round(args.max_steps * rung))
    else:
        args.num_train_epochs = args.num_train_epochs * rung  # the Trainer rounds steps up
    if args.warmup_steps >= 1:  # below 1 it is a share of the steps already
        args.warmup_steps = max(1, round(args.warmup_steps * rung))


# --- what is logged -----------------------------------------------------------------------------


def _wrap_trainer(module: Any) -> None:
    trainer = module.Trainer
    original = trainer.__init__

    @functools.wraps(original)
    def __init__(self: Any, *args: Any, **kwargs: Any) -> None:
        original(self, *args, **kwargs)
        _safely(_attend, self)

    trainer.__init__ = __init__


def _attend(trainer: Any) -> None:
    _set_length(trainer.args)
    if os.environ.get("INTERN_RUN_DIR"):
        trainer.add_callback(_recorder_for(trainer))


def _recorder_for(trainer: Any) -> Any:
    from transformers import TrainerCallback  # noqa: PLC0415 - imported by now

    class InternRecorder(TrainerCallback):  # type: ignore[misc, unused-ignore]
        """Appends each log row to `metrics.jsonl`; writes `config.json` as training begins."""

        def on_train_begin(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
            if state.is_world_process_zero:
                _safely(_write_config, trainer, args, kwargs.get("model"))

        def on_log(
            self, args: Any, state: Any, control: Any, logs: Any = None, **kwargs: Any
        ) -> None:
            if state.is_world_process_zero and logs:
                _safely(_append_row, state, logs)

    return InternRecorder()


def _append_row(state: Any, logs: dict[str, Any]) -> None:
    row = {
        "step": state.global_step,
        "time": time.time(),
        "logs": {
            str(name): value for name, raw in logs.items() if (value := _plain(raw)) is not None
        },
        "max_steps": state.max_steps,
    }
    line = json.dumps(row, allow_nan=False) + "\n"
    # One write of one whole line: a reader never meets a row that was torn by a kill.
    path = os.path.join(os.environ["INTERN_RUN_DIR"], "metrics.jsonl")
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    try:
        os.write(handle, line.encode())
    finally:
        os.close(handle)


def _plain(value: Any) -> Any:
    """A logged value as JSON can hold it: NaN and infinities as words, tensors as numbers."""
    if isinstance(value, (bool, str)):
        return value
    if hasattr(value, "item"):
        value = value.item() if getattr(value, "size", 1) == 1 or _single(value) else None
    if isinstance(value, int):
        return value
    if isinstance(value, float):
        if math.isnan(value):
            return "NaN"
        if math.isinf(value):
            return "Infinity" if value > 0 else "-Infinity"
        return value
    return None


def _single(value: Any) -> bool:
    return bool(value.numel() == 1) if hasattr(value, "numel") else False


# --- configuration ------------------------------------------------------------------------------


def _write_config(trainer: Any, args: Any, model: Any) -> None:
    parameters = list(model.parameters()) if model is not None else []
    config = {
        "trainer": type(trainer).__name__,
        "arguments": _jsonable(_without_secrets(args.to_dict())),
        "num_parameters": sum(p.numel() for p in parameters),
        "trainable_parameters": sum(p.numel() for p in parameters if p.requires_grad),
        "peft": hasattr(model, "peft_config"),
        "train_rows": _length(getattr(trainer, "train_dataset", None)),
        "world_size": args.world_size,
    }
    path = os.path.join(os.environ["INTERN_RUN_DIR"], "config.json")
    with open(path + ".new", "w", encoding="utf-8") as file:
        json.dump(config, file, indent=1)
    os.replace(path + ".new", path)


def _without_secrets(arguments: dict[str, Any]) -> dict[str, Any]:
    # `max_tokens` and `skip_special_tokens` are no secrets: only whole words count.
    return {
        name: value
        for name, value in arguments.items()
        if not (isinstance(value, str) and set(name.lower().split("_")) & set(SECRET))
    }


def _jsonable(value: Any) -> Any:
    if value is None or isinstance(value, (bool, int, str)):
        return value
    if isinstance(value, float):
        return _plain(value)
    if isinstance(value, dict):
        return {str(name): _jsonable(inner) for name, inner in value.items()}
    if isinstance(value, (list, tuple, set)):
        return [_jsonable(inner) for inner in value]
    return str(value)


def _length(dataset: Any) -> int | None:
    try:
        return len(dataset)
    except TypeError:
        return None  # a stream


_WRAPS = {
    "transformers.training_args": _wrap_arguments,
    "transformers.trainer": _wrap_trainer,
}
