"""Where runs run. `local` is this machine."""

from .base import Backend, Presence, Spec
from .local import LocalBackend

__all__ = ["Backend", "LocalBackend", "Presence", "Spec"]
