"""The daemon's side of the tools: what happens when an agent calls one."""

import asyncio
import inspect
import json
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any

from ..errors import BadInput, BudgetSpent, CannotEdit, InternError, LockedPath
from ..experiments import (
    Experiment,
    Lab,
    abreast,
    finish_seeds,
    look_at_test,
    measure_baseline,
    race,
    settle,
    unfinished,
    write_report,
)
from ..protocol import Report
from .candidates import Idea, ideas
from .situation import findings_of, situation
from .tools.declarations import IMPROVE

REFUSALS = (BadInput, BudgetSpent, CannotEdit, LockedPath)
"""Errors that the agent is told and can answer; all others end the session."""


class Toolbox:
    """Carries out tool calls for one session, one at a time.

    Args:
        lab: the session's lab.
    """

    def __init__(self, lab: Lab) -> None:
        self._lab = lab
        self._refused: Counter[str] = Counter()
        self._names = {declaration.name for declaration in IMPROVE}
        self._told_no_ideas = False
        self.report: Report | None = None
        """Set when the session has reached its end."""

    async def call(self, tool: str, arguments: dict[str, Any]) -> str:
        """Run one tool.

        Returns:
            One line of JSON.

        Raises:
            InternError: as the tool says; those in `REFUSALS` are for the agent.
        """
        if tool not in self._names:
            raise BadInput(
                f"There is no tool `{tool}`; there are {', '.join(sorted(self._names))}."
            )
        method: Callable[..., Awaitable[dict[str, Any]]] = getattr(self, f"_{tool}")
        try:
            bound = inspect.signature(method).bind(**arguments)
        except TypeError as error:
            raise BadInput(f"`{tool}` was called with wrong arguments: {error}.") from error
        told = await method(*bound.args, **bound.kwargs)
        return json.dumps(told)

    async def _situation(self) -> dict[str, Any]:
        return await self._told()

    async def _measure_baseline(self) -> dict[str, Any]:
        await measure_baseline(self._lab)
        return await self._told()

    async def _try_candidates(self, candidates: list[str], because: str) -> dict[str, Any]:
        lab = self._lab
        self._refuse_after_the_look()
        known = {idea.candidate.id: idea for idea in await self._ideas()}
        unknown = [name for name in candidates if name not in known]
        if unknown or not candidates:
            raise BadInput(f"No candidate has the id {', '.join(unknown) or '(none given)'}.")
        weight = max(known[name].candidate.cost for name in candidates)
        fits, short = abreast(lab, len(candidates), weight)
        if fits < len(candidates):
            self._refused.update(candidates)
            raise BudgetSpent(
                f"A race of {len(candidates)} does not fit into the budget, {fits} would"
                + (f": {short}." if short else ".")
            )
        lab.note(f"Now: {' or '.join(known[n].candidate.title for n in candidates)}. {because}")
        try:
            findings = findings_of(lab, lab.incumbent)
            judged = await race(lab, [known[name].proposal(findings) for name in candidates])
        except InternError:
            self._refused.update(candidates)
            raise
        return {"verdicts": _verdicts(judged), **await self._told()}

    async def _finish_experiments(self) -> dict[str, Any]:
        self._refuse_after_the_look()
        judged = await settle(self._lab, unfinished(self._lab))
        return {"verdicts": _verdicts(judged), **await self._told()}

    async def _write_report(self, because: str) -> dict[str, Any]:
        await finish_seeds(self._lab)
        test = await look_at_test(self._lab)
        self.report = await asyncio.to_thread(write_report, self._lab, test, because)
        return {"report": self._summary(self.report), "situation": {}}

    def _summary(self, report: Report) -> dict[str, Any]:
        return {
            "baseline": report.baseline.dev.mean,
            "final": report.final.dev.mean,
            "test_gain": report.test_gain,
            "kept": [e.title for e in report.experiments if e.verdict == "keep"],
        }

    async def _ideas(self) -> list[Idea]:
        try:
            return await asyncio.to_thread(ideas, self._lab, self._refused)
        except CannotEdit as error:
            if not self._told_no_ideas:
                self._told_no_ideas = True
                self._lab.note(f"The playbook has no ideas for this code: {error}", level="warning")
            return []

    async def _told(self) -> dict[str, Any]:
        measured = self._lab.measured
        return {"situation": situation(self._lab, await self._ideas() if measured else [])}

    def _refuse_after_the_look(self) -> None:
        if not self._lab.sealed:
            raise BadInput("The sealed test is open, so nothing may be chosen any more; report.")


def _verdicts(experiments: list[Experiment]) -> list[dict[str, Any]]:
    return [
        {
            "experiment": e.number,
            "title": e.title,
            "verdict": None if e.verdict is None else e.verdict.name,
            "reason": None if e.verdict is None else e.verdict.reason,
        }
        for e in experiments
    ]
