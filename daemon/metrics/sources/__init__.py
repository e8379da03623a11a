"""Where metric rows come from. One file a format; each goes on from a cursor."""

from .jsonl import JsonlSource
from .printed import PrintedSource
from .source import Cursor, Source
from .table import TableSource, looks_like_table
from .tensorboard import TensorBoardSource, is_event_file
from .trackio import TrackioSource
from .trainer_state import TrainerStateSource

__all__ = [
    "Cursor",
    "JsonlSource",
    "PrintedSource",
    "Source",
    "TableSource",
    "TensorBoardSource",
    "TrackioSource",
    "TrainerStateSource",
    "is_event_file",
    "looks_like_table",
]
