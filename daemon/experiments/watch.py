"""Diagnosis of runs while they go on; a critical finding ends an experiment's run."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from ..diagnosis import Engine
from ..errors import InternError
from ..metrics import ColumnStore, Row
from ..protocol import Event, Finding, FindingsChanged, Note, Place, Run, RunChanged
from ..workspace import EventStore, Layout
from ..workspace.settings import TrainingCode, find_settings
from ..workspace.suppression import marked

SETTINGS = {
    "learning_rate_up": "learning_rate",
    "learning_rate_down": "learning_rate",
    "warmup": "warmup_steps",
    "epochs_up": "num_train_epochs",
    "epochs_down": "num_train_epochs",
    "batch_up": "per_device_train_batch_size",
    "batch_down": "per_device_train_batch_size",
    "clip_gradients": "max_grad_norm",
    "weight_decay": "weight_decay",
    "completion_only_loss": "completion_only_loss",
    "lora_rank": "r",
    "lora_targets": "target_modules",
    "beta_up": "beta",
    "beta_down": "beta",
    "nll_term": "loss_type",
    "length_neutral_loss": "loss_type",
    "label_smoothing": "label_smoothing",
    "more_generations": "num_generations",
    "temperature_up": "temperature",
    "longer_completions": "max_completion_length",
    "clip_higher": "epsilon_high",
}
"""The setting that an intervention turns: where a finding that names it points."""


class Watch:
    """Feeds each new row of each run to the rules.

    Args:
        layout: places on disk.
        store: the workspace's events.
        stop: ends a run, with the reason.
    """

    def __init__(
        self,
        layout: Layout,
        store: EventStore,
        stop: Callable[[str, str], Awaitable[Run]],
    ) -> None:
        self._layout = layout
        self._store = store
        self._stop = stop
        self._engines: dict[str, Engine] = {}
        self._closed: set[str] = set()
        self._stopping: set[asyncio.Task[Run]] = set()
        self._loop = asyncio.get_running_loop()
        store.listen(self._on_event)

    def on_rows(self, run: Run, rows: list[Row]) -> None:
        """Take new rows in; called on the event loop, in order."""
        engine = self._engines.get(run.id)
        if engine is None:
            # A daemon that takes a run up reads what another one saw: rows are stored before they
            # are told, so these are among them.
            engine = self._engines[run.id] = self._engine(run)
            rows = self._history(run)
        engine.total_steps = run.progress.total_steps
        # Every row is fed, whatever the rows before it changed.
        changed = [engine.feed(row) for row in rows]
        if any(changed):
            self._tell(run, engine)

    def _on_event(self, event: Event) -> None:
        """An ended run has its last word; on the loop, so that events keep their order."""
        if isinstance(event.body, RunChanged) and event.body.run.done:
            self._loop.call_soon_threadsafe(self._close, event.body.run)

    def _close(self, run: Run) -> None:
        if run.id in self._closed:
            return  # its score came later
        self._closed.add(run.id)
        engine = self._engines.pop(run.id, None)
        if engine is None:
            # Another daemon saw its last row: what its rows say at the end is said now.
            engine = self._engine(run)
            engine.total_steps = run.progress.total_steps
            for row in self._history(run):
                engine.feed(row)
        engine.end()
        known = self._store.state.findings.get(run.id)
        said = {(finding.rule, finding.severity) for finding in known.findings} if known else set()
        if said != {(finding.rule, finding.severity) for finding in engine.findings()}:
            self._tell(run, engine)

    def _engine(self, run: Run) -> Engine:
        return Engine(config=_config(self._layout.run(run.id)))

    def _history(self, run: Run) -> list[Row]:
        return ColumnStore(self._layout.run(run.id) / "series").history()

    def _tell(self, run: Run, engine: Engine) -> None:
        diagnosis = engine.diagnosis()
        code = _code(self._layout.run(run.id) / "tree", run.command)
        placed = [_placed(finding, code) for finding in diagnosis.findings]
        findings = marked(self._store.state, run.id, placed)
        self._store.append(FindingsChanged(run=run.id, method=diagnosis.method, findings=findings))
        # What the person called no problem ends no run.
        critical = next(
            (f for f in findings if f.severity == "critical" and f.suppressed is None), None
        )
        if critical is not None and not run.done and self._may_end(run):
            self._end(run, critical)

    def _may_end(self, run: Run) -> bool:
        """The user's own runs and the baseline are theirs: they are told, not ended."""
        if run.experiment is None:
            return False
        return self._store.state.experiments[run.experiment].number > 0

    def _end(self, run: Run, finding: Finding) -> None:
        reason = f"{finding.rule} {finding.label}: {finding.title}"
        self._store.append(
            Note(
                session=run.session,
                experiment=run.experiment,
                level="warning",
                text=f"Ended {run.id} at step {finding.steps[1]}: {reason}",
            )
        )
        task = asyncio.get_running_loop().create_task(self._await_stop(run.id, reason))
        self._stopping.add(task)
        task.add_done_callback(self._stopping.discard)

    async def _await_stop(self, run_id: str, reason: str) -> Run:
        return await self._stop(run_id, reason)


def _config(run_folder: Path) -> dict[str, Any]:
    """What the recorder wrote down of the trainer's arguments; empty without a recorder."""
    try:
        config = json.loads((run_folder / "config.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return config if isinstance(config, dict) else {}


def _code(tree: Path, command: str) -> TrainingCode | None:
    try:
        return find_settings(tree, command)
    except InternError:  # no Python file of the repository: a finding then has no line
        return None


def _placed(finding: Finding, code: TrainingCode | None) -> Finding:
    """The finding with the line of the first setting that its interventions turn."""
    if code is None or finding.place is not None:
        return finding
    place: Place | None = None
    for suggestion in finding.interventions:
        setting = code.get(SETTINGS.get(suggestion.intervention, ""))
        if setting is not None:
            place = setting.place
            break
    return finding.model_copy(update={"place": place})
