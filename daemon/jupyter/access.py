"""Who may speak to a daemon through Jupyter, and what the server's own folder is."""

from pathlib import Path

from jupyter_core.utils import ensure_async
from jupyter_server.base.handlers import JupyterHandler
from tornado.web import HTTPError

RESOURCE = "intern"
"""What authorizers know us as. The action is `execute`: a daemon runs training commands."""


async def check_execute(handler: JupyterHandler) -> None:
    """Ask the server's authorizer.

    Raises:
        HTTPError: 403, the user may not.
    """
    allowed = handler.authorizer.is_authorized(handler, handler.current_user, "execute", RESOURCE)
    if not await ensure_async(allowed):
        raise HTTPError(403, "The server's authorizer does not let you execute on `intern`.")


def contents_root(handler: JupyterHandler) -> Path:
    """The folder that the file browser shows, resolved."""
    shown = getattr(handler.contents_manager, "root_dir", "") or handler.settings["server_root_dir"]
    return Path(str(shown)).expanduser().resolve()
