"""What jupyter-server loads: two handlers and their places."""

from jupyter_server.extension.application import ExtensionApp

from .rpc import RpcSocket
from .workspaces import WorkspacesHandler


class InternExtension(ExtensionApp):
    """Intern in Jupyter. The daemons that it starts outlive the server, as the runs do."""

    name = "intern_daemon"
    app_name = "Intern"
    description = "Improves language-model post-training runs, in JupyterLab"
    extension_url = "/lab"
    load_other_extensions = True

    def initialize_handlers(self) -> None:
        """Places below the server's base URL, behind a hub's proxy too."""
        self.handlers.extend(
            [
                (r"/intern/api/rpc", RpcSocket),
                (r"/intern/api/workspaces", WorkspacesHandler),
            ]
        )
