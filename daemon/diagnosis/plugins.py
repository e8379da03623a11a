"""Rules that other distributions bring, by the entry point group `intern.rules`."""

import logging
from importlib.metadata import entry_points

from .rule import REGISTRY

log = logging.getLogger(__name__)

GROUP = "intern.rules"


def load_plugins() -> list[str]:
    """Import what each entry point of the group names: a module whose import registers rules with
    `@rule`, or a function without arguments that does.

    A plugin that fails is logged and left out, with whatever rules it had registered before.

    Returns:
        The names of the entry points that were loaded.
    """
    loaded = []
    for point in sorted(entry_points(group=GROUP), key=lambda point: point.name):
        before = dict(REGISTRY)
        try:
            found = point.load()
            if callable(found):
                found()
        except Exception:
            log.exception("the rules of %s could not be loaded and are left out", point.value)
            REGISTRY.clear()
            REGISTRY.update(before)
            continue
        loaded.append(point.name)
    return loaded
