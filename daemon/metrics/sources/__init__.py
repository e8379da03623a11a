"""Where metric rows come from. One file a format; each goes on from a cursor."""

from .jsonl import JsonlSource
from .printed import PrintedSource
from .source import Cursor, Source
from .trackio import TrackioSource
from .trainer_state import TrainerStateSource

__all__ = [
    "Cursor",
    "JsonlSource",
    "PrintedSource",
    "Source",
    "TrackioSource",
    "TrainerStateSource",
]
