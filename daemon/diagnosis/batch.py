"""Diagnose a run that is there as a whole."""

from collections.abc import Mapping, Sequence

from ..metrics import Row
from ..protocol import Diagnosis, Method
from .engine import Engine
from .thinning import thin


def diagnose_rows(
    rows: Sequence[Row],
    *,
    method: Method | None = None,
    config: Mapping[str, object] | None = None,
    total_steps: int | None = None,
    ended: bool = True,
) -> Diagnosis:
    """The diagnosis of all rows of a run. A run of more than 8192 rows is thinned first.

    Args:
        rows: in the order in which they were logged.
        method: how the model was trained; None: told from the metrics.
        config: training arguments.
        total_steps: of the whole run; None: unknown.
        ended: whether no more rows will come.
    """
    engine = Engine(method, config, total_steps)
    for row in thin(rows):
        engine.feed(row)
    if ended:
        engine.end()
    return engine.diagnosis().model_copy(update={"rows": len(rows)})
