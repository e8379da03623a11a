"""Tells a tab which repositories there are to work in."""

import asyncio
import json

from jupyter_server.base.handlers import APIHandler
from tornado import web

from .access import check_execute, contents_root
from .roots import workspaces


class WorkspacesHandler(APIHandler):
    """`GET intern/api/workspaces`: `{"contentsRoot", "workspaces": [{"name", "root", "path"}]}`.

    `path` is what the contents API calls the workspace's folder; null when it stands above the
    folder that the server shows.
    """

    @web.authenticated
    async def get(self) -> None:
        await check_execute(self)
        top = contents_root(self)
        found = await asyncio.to_thread(workspaces, top)
        told = [
            {
                "name": root.name,
                "root": str(root),
                "path": root.relative_to(top).as_posix() if root.is_relative_to(top) else None,
            }
            for root in found
        ]
        self.finish(json.dumps({"contentsRoot": str(top), "workspaces": told}))
