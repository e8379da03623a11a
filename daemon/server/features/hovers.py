"""Hover on a training setting: what it is, where it is set, and what other values gave."""

from lsprotocol import types

from ...errors import InternError
from ...workspace.settings import Setting
from .history import table, trials
from .setting_at import setting_at
from .view import View


def hover(view: View, path: str, position: types.Position) -> types.Hover | None:
    """The history of the setting under the cursor; None: there is none."""
    code, text = view.code_of(path), view.text(path)
    if code is None or text is None:
        return None
    lines = text.splitlines(True)
    if position.line >= len(lines):
        return None
    at = view.codec.position_from_client_units(lines, position)
    setting = setting_at(code, path, lines[at.line], at.line + 1, at.character + 1)
    if setting is None:
        return None
    value = types.MarkupContent(types.MarkupKind.Markdown, _told(view, setting, path))
    return types.Hover(value)


def _told(view: View, setting: Setting, path: str) -> str:
    place = setting.place
    where = "" if place.path == path else f", {place.path}:{place.line}"
    told = [f"**{setting.name}** = `{setting.text}` ({setting.origin}{where})"]
    if setting.locked:
        told.append(f"{setting.locked[0].upper()}{setting.locked[1:]}.")
    try:
        rows = trials(view, setting.name)
    except InternError as error:
        return "\n\n".join([*told, str(error)])
    metric = view.session.metric if view.session else ""
    if view.config is not None:
        metric = view.config.eval.metric
    told.append(table(rows, metric) if rows else "No scored run yet.")
    return "\n\n".join(told)
