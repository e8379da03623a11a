"""Diagnosis of runs while they go on; a critical finding ends an experiment's run."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path

from ..diagnosis import Engine
from ..metrics import Row
from ..protocol import Finding, FindingsChanged, Note, Run
from ..workspace import EventStore, Layout


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
        self._stopping: set[asyncio.Task[Run]] = set()

    def on_rows(self, run: Run, rows: list[Row]) -> None:
        """Take new rows in; called on the event loop, in order."""
        engine = self._engines.get(run.id)
        if engine is None:
            engine = self._engines[run.id] = Engine(config=_config(self._layout.run(run.id)))
        changed = False
        for row in rows:
            changed |= engine.feed(row)
        if not changed:
            return
        diagnosis = engine.diagnosis()
        self._store.append(
            FindingsChanged(run=run.id, method=diagnosis.method, findings=diagnosis.findings)
        )
        critical = next((f for f in diagnosis.findings if f.severity == "critical"), None)
        if critical is not None and self._may_end(run):
            self._end(run, critical)

    def forget(self, run_id: str) -> None:
        """Drop the rules' memory of an ended run."""
        self._engines.pop(run_id, None)

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


def _config(run_folder: Path) -> dict[str, object]:
    """What the recorder wrote down of the trainer's arguments; empty without a recorder."""
    try:
        config = json.loads((run_folder / "config.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return config if isinstance(config, dict) else {}
