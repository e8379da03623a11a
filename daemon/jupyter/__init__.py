"""The jupyter-server extension: the same protocol over one authenticated WebSocket a tab.

Jupyter's own identity provider, authorizer, origin and host checks decide who may speak; what is
said goes to the workspace's daemon unread.
"""

from typing import Any


def _jupyter_server_extension_points() -> list[dict[str, Any]]:
    """What jupyter-server asks of an extension's module."""
    from .extension import InternExtension  # noqa: PLC0415 - the extra `jupyter` may be absent

    return [{"module": "intern_daemon.jupyter", "app": InternExtension}]
