"""The repository as the daemon sees it: its contract, its places on disk, its log of events."""

from .config import Config, load, parse
from .deltas import Deltas
from .layout import Layout
from .state import State
from .store import EventStore

__all__ = ["Config", "Deltas", "EventStore", "Layout", "State", "load", "parse"]
