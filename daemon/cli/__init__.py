"""The terminal client: one file a command family, over the same protocol as the editors."""

from .app import main

__all__ = ["main"]
