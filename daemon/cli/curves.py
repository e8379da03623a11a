"""The loss of a run as the daemon stored it."""

from dataclasses import dataclass, field

from ..protocol.methods import ReadSeries, SeriesAnswer
from .feed import Client

LOSS = "loss"
"""The column store's spelling, whatever a tracker called it."""
POINTS = 600


@dataclass(frozen=True)
class Curve:
    """A metric by step; empty when the run logged none."""

    steps: list[float] = field(default_factory=list)
    values: list[float] = field(default_factory=list)


def losses(client: Client, run: str) -> Curve:
    """The training loss of a run, downsampled to what a terminal can show."""
    ask = ReadSeries(run=run, metrics=[LOSS], max_points=POINTS)
    for series in client.call("intern/run/series", ask, SeriesAnswer).series:
        if series.name == LOSS:
            return Curve(series.steps, series.values)
    return Curve()
