"""How far a run is, from its newest rows."""

import math

from ..metrics import Follower, Row
from ..protocol import Run, RunProgress


def advance(run: Run, rows: list[Row], follower: Follower) -> RunProgress:
    """The progress of a run after new rows.

    The time left is judged by the pace between the first row of the run and the newest, so that
    imports and loading do not count.
    """
    last = follower.last
    step = last.step if last is not None else run.progress.step
    total = follower.total_steps or run.progress.total_steps
    losses = [row.values["loss"] for row in rows if "loss" in row]
    return RunProgress(
        step=step,
        total_steps=total,
        loss=losses[-1] if losses else run.progress.loss,
        rows=follower.store.rows,
        eta_seconds=_eta(follower, step, total),
    )


def _eta(follower: Follower, step: int, total: int | None) -> float | None:
    names = follower.store.names()
    if total is None or not names:
        return None
    # `eval_loss` comes rarely, `loss` with every row: the densest tells the pace best.
    column = max((follower.store.read(name) for name in names[:8]), key=len)
    if len(column) < 2:
        return None
    steps = float(column.steps[-1] - column.steps[0])
    seconds = float(column.times[-1] - column.times[0])
    if steps <= 0 or not math.isfinite(seconds) or seconds <= 0:
        return None
    return max(0.0, (total - step) * seconds / steps)
