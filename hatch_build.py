"""Build hook: an editable install sees the folder `daemon/` under its import name.

A wheel renames the folder through `[tool.hatch.build.targets.wheel.sources]`; an editable install
is one `.pth` line, which can't rename, so it points at a folder that holds a link.
"""

import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class EditableLink(BuildHookInterface):
    """Make `.editable/intern_daemon -> ../daemon` when the install is editable."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if version != "editable":
            return
        link = Path(self.root) / ".editable" / "intern_daemon"
        link.parent.mkdir(exist_ok=True)
        if link.is_symlink() or link.exists():
            return
        if sys.platform == "win32":  # a junction needs no privilege, a symbolic link does
            import _winapi  # noqa: PLC0415 - there is none elsewhere

            _winapi.CreateJunction(str(Path(self.root) / "daemon"), str(link))
        else:
            link.symlink_to(Path("..", "daemon"), target_is_directory=True)
