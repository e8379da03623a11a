"""Quick fixes of a finding: candidates that start an experiment, its reasons, its curve."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from lsprotocol import types

from ...agent.playbook.interventions import Candidate, all_candidates
from ...errors import CannotEdit
from ...protocol import Finding
from .commands import OPEN_CURVES, SHOW_FINDING, SUPPRESS_FINDING, TRY_CANDIDATE, command
from .diagnostics import SOURCE
from .view import CONFIG, View

Stamp = tuple[Any, ...]


class Candidates:
    """The playbook's candidates for the code on disk, remembered until a file of it changes.

    They are looked for once at a time, however often the cursor moves: the data is read for them.
    """

    def __init__(self) -> None:
        self._stamp: Stamp = ()
        self._search: asyncio.Task[list[Candidate]] | None = None

    async def of(self, view: View) -> list[Candidate]:
        """Everything worth trying on the user's checkout, the likeliest first."""
        stamp = await asyncio.to_thread(_stamp, view)
        if stamp != self._stamp or self._search is None or _failed(self._search):
            self._stamp = stamp
            self._search = asyncio.create_task(asyncio.to_thread(_candidates, view))
        return await asyncio.shield(self._search)

    def forget(self) -> None:
        """A data file changed, which candidates are made from too."""
        self._stamp = ()


def findings_of(
    view: View, context: types.CodeActionContext
) -> list[tuple[types.Diagnostic, str, Finding]]:
    """Those of the diagnostics that are findings, each with its run; none if fixes are unwanted."""
    if context.only and not {types.CodeActionKind.QuickFix, ""} & set(context.only):
        return []
    found = []
    for diagnostic in context.diagnostics:
        said = diagnostic.data
        if diagnostic.source != SOURCE or not isinstance(said, dict):
            continue
        run, rule = said.get("run"), said.get("rule")
        told = view.findings.get(run) if isinstance(run, str) else None
        if told is not None:
            found += [(diagnostic, told.run, one) for one in told.findings if one.rule == rule]
    return found


def actions(
    named: Sequence[tuple[types.Diagnostic, str, Finding]], candidates: Sequence[Candidate]
) -> list[types.CodeAction]:
    """Quick fixes of findings."""
    return [
        action
        for diagnostic, run, finding in named
        for action in _of(finding, run, diagnostic, candidates)
    ]


def _of(
    finding: Finding, run: str, diagnostic: types.Diagnostic, candidates: Sequence[Candidate]
) -> list[types.CodeAction]:
    named = {"run": run, "rule": finding.rule}
    commands = [
        command(
            f"Try: {one.title} (starts an experiment)",
            TRY_CANDIDATE,
            {
                "wish": {
                    "intervention": one.id,
                    "value": None,
                    "because": f"{finding.rule} {finding.label}: {finding.title}",
                },
                "candidate": one.id,
                "intervention": one.intervention,
                "title": one.title,
                "hypothesis": one.hypothesis,
                "source": one.source,
                "cost": one.cost,
                **named,
            },
        )
        for suggestion in finding.interventions
        for one in candidates
        if one.intervention == suggestion.intervention
    ]
    curves = {"runs": [run], "steps": list(finding.steps), "rule": finding.rule}
    commands.append(command(f"Why: {finding.rule} {finding.label}", SHOW_FINDING, named))
    commands.append(command("Show on curve", OPEN_CURVES, curves))
    commands.append(command(f"Not a problem: {finding.rule}", SUPPRESS_FINDING, named))
    return [
        types.CodeAction(
            title=one.title,
            kind=types.CodeActionKind.QuickFix,
            diagnostics=[diagnostic],
            command=one,
        )
        for one in commands
    ]


def _candidates(view: View) -> list[Candidate]:
    if view.config is None or view.training is None:
        return []
    try:
        return all_candidates(view.root, view.config.train.command)
    except CannotEdit:  # what is on disk does not parse; the editor may hold what does
        return []


def _failed(search: "asyncio.Task[list[Candidate]]") -> bool:
    return search.done() and (search.cancelled() or search.exception() is not None)


def _stamp(view: View) -> Stamp:
    command = view.config.train.command if view.config else ""
    modules = view.training.modules if view.training else []
    paths = [CONFIG, *(module.path for module in modules)]
    return (command, *(_changed(view.root / path) for path in paths))


def _changed(path: Path) -> tuple[int, int]:
    try:
        status = path.stat()
    except OSError:
        return 0, 0
    return status.st_mtime_ns, status.st_size
