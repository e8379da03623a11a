"""The repository as the daemon sees it: its contract, its places on disk, its log of events."""

from .config import Config, load, parse
from .layout import Layout
from .store import EventStore, State

__all__ = ["Config", "EventStore", "Layout", "State", "load", "parse"]
