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
    TableSource,
    TensorBoardSource,
    TrackioSource,
    TrainerStateSource,
    is_event_file,
    looks_like_table,
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
    "TableSource",
    "TensorBoardSource",
    "TrackioSource",
    "TrainerStateSource",
    "downsample",
    "is_event_file",
    "looks_like_table",
    "read_row",
    "smooth",
    "thinned",
]
