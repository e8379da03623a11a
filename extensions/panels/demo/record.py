"""Write a workspace's events, series and reports as the recording that the demo page plays.

Usage: python demo/record.py WORKSPACE demo/recording.json

The state that the daemon folds from the same events is written too, for the test of `Folded`.
Metric events are thinned: they differ only in the step.
"""

import json
import sys
from pathlib import Path

from intern_daemon.metrics import ColumnStore, downsample
from intern_daemon.protocol import Event, MetricsArrived, RunChanged
from intern_daemon.protocol.base import Wire
from intern_daemon.protocol.methods import Series
from intern_daemon.workspace.store import EventStore, State

EVERY = 12
"""Of so many metric events one is kept."""
POINTS = 80
"""Points kept of each series."""
PYTHON = ".venv/bin/python"


def plain(model: Wire) -> object:
    return model.model_dump(mode="json", by_alias=True)


def thinned(store: EventStore) -> list[Event]:
    """The events with fresh numbers, without the paths of this machine."""
    kept: list[Event] = []
    metrics = 0
    for event in store.replay(0):
        body = event.body
        if isinstance(body, MetricsArrived):
            metrics += 1
            if metrics % EVERY:
                continue
        if isinstance(body, RunChanged):
            body = RunChanged(run=body.run.model_copy(update={"python": PYTHON}))
        kept.append(Event(seq=len(kept) + 1, time=event.time, body=body))
    return kept


def series(folder: Path) -> list[object]:
    columns = ColumnStore(folder)
    answer: list[object] = []
    for name in columns.names():
        column = downsample(columns.read(name, 0), POINTS)
        answer.append(
            plain(
                Series(
                    name=name,
                    steps=column.steps.tolist(),
                    values=[float(f"{value:.5g}") for value in column.values],
                    times=[round(time, 2) for time in column.times],
                )
            )
        )
    return answer


def main(workspace: Path, target: Path) -> None:
    home = workspace / ".intern"
    events = thinned(EventStore(home / "state.db"))
    state = State()
    for event in events:
        state.fold(event)
    recording = {
        "events": [plain(event) for event in events],
        "series": {run: series(home / "runs" / run / "series") for run in state.runs},
        "reports": {
            path.stem: json.loads(path.read_text("utf-8"))
            for path in sorted((home / "reports").glob("*.json"))
        },
        "state": {
            "head": state.head,
            "sessions": {key: plain(told) for key, told in state.sessions.items()},
            "experiments": {key: plain(told) for key, told in state.experiments.items()},
            "runs": {key: plain(told) for key, told in state.runs.items()},
            "findings": {key: plain(told) for key, told in state.findings.items()},
            "steps": {key: [plain(step) for step in told] for key, told in state.steps.items()},
            "hunks": [plain(told) for told in state.hunks.values()],
            "landings": {key: plain(told) for key, told in state.landings.items()},
        },
    }
    target.write_text(json.dumps(recording, separators=(",", ":")) + "\n", "utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
