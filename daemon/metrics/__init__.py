"""Metric rows of runs: their sources, the store that keeps them, thinning for a plot."""

from .columns import Column, ColumnStore
from .downsample import downsample, thinned
from .follow import Follower
from .row import Row, read_row
from .smoothing import smooth
from .sources import (
    Cursor,
    JsonlSource,
    PrintedSource,
    Source,
    TrackioSource,
    TrainerStateSource,
)

__all__ = [
    "Column",
    "ColumnStore",
    "Cursor",
    "Follower",
    "JsonlSource",
    "PrintedSource",
    "Row",
    "Source",
    "TrackioSource",
    "TrainerStateSource",
    "downsample",
    "read_row",
    "smooth",
    "thinned",
]
