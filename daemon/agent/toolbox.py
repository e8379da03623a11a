"""The daemon's side of the tools: what happens when an agent calls one."""

import asyncio
import inspect
import json
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from ..errors import BadInput, BudgetSpent, CannotEdit, InternError, LockedPath, NotAllowed
from ..experiments import (
    Experiment,
    Lab,
    abreast,
    adopt_edits,
    edited,
    finish_seeds,
    give_up,
    look_at_test,
    measure_baseline,
    race,
    settle,
    unfinished,
    write_report,
)
from ..protocol import PlanChanged, Report
from .approvals import Gate, Question, refusal
from .candidates import Idea, ideas
from .plan import plan
from .policy import ruling
from .questions import (
    adopt_question,
    baseline_question,
    finish_question,
    plain_question,
    race_question,
    report_question,
)
from .situation import findings_of, situation
from .tools.declarations import IMPROVE
from .wishes import REFUSED, candidate_for, waiting

REFUSALS = (BadInput, BudgetSpent, CannotEdit, LockedPath, NotAllowed)
"""Errors that the agent is told and can answer; all others end the session."""

FOR_GOOD = ("measure_baseline", "adopt_edits", "write_report")
"""A no to these holds until the session is taken up again: there is nothing else to ask for."""


class Toolbox:
    """Carries out tool calls for one session, one at a time.

    Args:
        lab: the session's lab.
        gate: asks the person where policy says so.
    """

    def __init__(self, lab: Lab, gate: Gate) -> None:
        self._lab = lab
        self._gate = gate
        self._refused: Counter[str] = Counter()
        self._declared = {declaration.name: declaration for declaration in IMPROVE}
        self._told_no_ideas = False
        self._situation_told: dict[str, Any] | None = None
        self.report: Report | None = None
        """Set when the session has reached its end."""
        self.ended: str | None = None
        """Set, with the reason, when it ended without a report."""

    async def call(self, tool: str, arguments: dict[str, Any]) -> str:
        """Run one tool, once policy and the person allow it.

        Returns:
            One line of JSON.

        Raises:
            InternError: as the tool says; those in `REFUSALS` are for the agent.
        """
        if tool not in self._declared:
            raise BadInput(
                f"There is no tool `{tool}`; there are {', '.join(sorted(self._declared))}."
            )
        method: Callable[..., Awaitable[dict[str, Any]]] = getattr(self, f"_{tool}")
        try:
            bound = inspect.signature(method).bind(**arguments)
        except TypeError as error:
            raise BadInput(f"`{tool}` was called with wrong arguments: {error}.") from error
        await self._permit(tool, bound.arguments)
        told = await method(*bound.args, **bound.kwargs)
        self._plan()
        return json.dumps(told)

    # --- may it? ----------------------------------------------------------------------------

    async def _permit(self, tool: str, arguments: dict[str, Any]) -> None:
        """Raises NotAllowed when policy or the person says no. Waiting costs no time."""
        effect, rule = ruling(self._lab.config.policy, self._declared[tool].effects)
        if rule == "deny":
            raise NotAllowed(self._ruled_out(tool))
        if rule == "allow":
            return
        question = await self._question(tool, arguments)
        if question is None:
            return
        try:
            with self._lab.ledger.pause():
                await self._gate.permit(self._lab.session_id, effect, question)
        except NotAllowed as denial:
            await self._denied(tool, question, str(denial))
            raise
        if tool == "try_candidates" and await self._question(tool, arguments) != question:
            raise BadInput(
                "The code or the budget changed while the question waited, so the answer is for "
                "something else; look at the situation again."
            )

    async def _question(self, tool: str, arguments: dict[str, Any]) -> Question | None:
        """What the call would do; None: nothing that needs an answer."""
        lab = self._lab
        match tool:
            case "measure_baseline":
                return baseline_question(lab)
            case "try_candidates":
                chosen = await self._chosen(arguments["candidates"])
                return race_question(lab, chosen, arguments["because"])
            case "finish_experiments":
                return finish_question(lab, unfinished(lab))
            case "adopt_edits":
                return adopt_question(lab)
            case "write_report":
                return report_question(lab, arguments["because"])
            case _:
                return plain_question(tool)

    async def _denied(self, tool: str, question: Question, reason: str) -> None:
        """What a no means for what waits behind the call."""
        if tool == "try_candidates":
            for idea in await self._wished():
                if idea.wish is not None and idea.candidate.id in question.subject:
                    self._lab.change_wish(idea.wish, refused=reason)
        if tool == "finish_experiments":
            await give_up(self._lab, reason)

    def _no(self) -> dict[str, str]:
        """By tool, why it can't be used in this life of the session."""
        lab = self._lab
        told = {
            name: self._ruled_out(name)
            for name, declaration in self._declared.items()
            if ruling(lab.config.policy, declaration.effects)[1] == "deny"
        }
        for approval in self._gate.denied(lab.session_id, lab.began):
            if approval.tool in FOR_GOOD:
                told[approval.tool] = refusal(approval)
        return told

    def _ruled_out(self, tool: str) -> str:
        effect, _ = ruling(self._lab.config.policy, self._declared[tool].effects)
        return f'[policy] {effect} = "deny" in intern.toml keeps the agent from {tool}.'

    # --- the tools --------------------------------------------------------------------------

    async def _situation(self) -> dict[str, Any]:
        return await self._told()

    async def _measure_baseline(self) -> dict[str, Any]:
        await measure_baseline(self._lab)
        return await self._told()

    async def _try_candidates(self, candidates: list[str], because: str) -> dict[str, Any]:
        lab = self._lab
        chosen = await self._chosen(candidates)
        lab.note(f"Now: {' or '.join(idea.candidate.title for idea in chosen)}. {because}")
        try:
            findings = findings_of(lab, lab.incumbent)
            judged = await race(lab, [idea.proposal(findings) for idea in chosen])
        except InternError as error:
            self._refuse(chosen, str(error))
            raise
        return {"verdicts": _verdicts(judged), **await self._told()}

    async def _finish_experiments(self) -> dict[str, Any]:
        self._refuse_after_the_look()
        judged = await settle(self._lab, unfinished(self._lab))
        return {"verdicts": _verdicts(judged), **await self._told()}

    async def _adopt_edits(self) -> dict[str, Any]:
        self._refuse_after_the_look()
        adopted = await adopt_edits(self._lab)
        return {"verdicts": _verdicts([adopted] if adopted else []), **await self._told()}

    async def _write_report(self, because: str) -> dict[str, Any]:
        lab = self._lab
        may_try = lab.sealed and "try_candidates" not in self._no()
        if may_try and abreast(lab, 1)[0] and await self._wished():
            raise BadInput("The person asked for another experiment; look at the situation again.")
        if await asyncio.to_thread(edited, lab):
            lab.note(
                f"What you changed on {lab.session.branch} last is not measured and not part of "
                "the report; it stays on the branch.",
                level="warning",
            )
        await finish_seeds(lab)
        test = await look_at_test(lab)
        self.report = await asyncio.to_thread(write_report, lab, test, because)
        return {"report": self._summary(self.report), "situation": {}}

    async def _end_session(self, because: str) -> dict[str, Any]:
        self.ended = because
        return {"ended": because, "situation": {}}

    def _summary(self, report: Report) -> dict[str, Any]:
        return {
            "baseline": report.baseline.dev.mean,
            "final": report.final.dev.mean,
            "test_gain": report.test_gain,
            "kept": [e.title for e in report.experiments if e.verdict == "keep"],
        }

    # --- ideas and wishes -------------------------------------------------------------------

    async def _chosen(self, candidates: Sequence[str]) -> list[Idea]:
        """The ideas of these ids, if they may race now."""
        lab = self._lab
        self._refuse_after_the_look()
        if await asyncio.to_thread(edited, lab):
            raise BadInput(
                f"The person changed {lab.session.branch}; call adopt_edits before anything is "
                "compared with it."
            )
        known = {idea.candidate.id: idea for idea in [*await self._ideas(), *await self._wished()]}
        unknown = [name for name in candidates if name not in known]
        if unknown or not candidates:
            raise BadInput(f"No candidate has the id {', '.join(unknown) or '(none given)'}.")
        chosen = [known[name] for name in candidates]
        fits, short = abreast(lab, len(chosen), max(idea.candidate.cost for idea in chosen))
        if fits < len(chosen):
            spent = f"A race of {len(chosen)} does not fit into the budget, {fits} would" + (
                f": {short}." if short else "."
            )
            self._refuse(chosen, spent)
            raise BudgetSpent(spent)
        return chosen

    def _refuse(self, chosen: Sequence[Idea], reason: str) -> None:
        """Nothing came of these: they count as tried, and whoever asked for one is told."""
        self._refused.update(idea.candidate.id for idea in chosen)
        open_wishes = dict(waiting(self._lab))
        for idea in chosen:
            if idea.wish is not None and idea.wish in open_wishes:
                self._lab.change_wish(idea.wish, refused=reason, experiment=None)

    async def _wished(self) -> list[Idea]:
        """What the person asked for and can be done; what can't is refused with its reason."""
        lab = self._lab
        found: dict[str, Idea] = {}
        for index, wish in waiting(lab):
            try:
                candidate = await asyncio.to_thread(candidate_for, wish, lab.worktree, lab.config)
                if candidate.id in found:
                    raise BadInput(f"`{candidate.title}` is asked for already.")
            except REFUSED as error:
                lab.change_wish(index, refused=str(error))
                lab.note(f"`{wish.intervention}` was asked for: {error}", level="warning")
                continue
            found[candidate.id] = Idea(candidate, 0, 0, index)
        return list(found.values())

    async def _ideas(self) -> list[Idea]:
        denied = {
            candidate
            for approval in self._gate.denied(self._lab.session_id)
            for candidate in approval.subject
        }
        try:
            return await asyncio.to_thread(ideas, self._lab, self._refused, denied)
        except CannotEdit as error:
            if not self._told_no_ideas:
                self._told_no_ideas = True
                self._lab.note(f"The playbook has no ideas for this code: {error}", level="warning")
            return []

    # --- what it says -----------------------------------------------------------------------

    async def _told(self) -> dict[str, Any]:
        lab = self._lab
        changed = lab.measured and lab.sealed and await asyncio.to_thread(edited, lab)
        found: list[Idea] = []
        if lab.measured:
            wished = await self._wished()
            names = {idea.candidate.id for idea in wished}
            others = [idea for idea in await self._ideas() if idea.candidate.id not in names]
            found = [*wished, *others]
        denied = self._no()
        wishes = lab.session.wishes
        if not lab.measured and lab.session.only_wishes and wishes and not await self._wished():
            reasons = " ".join(wish.refused for wish in lab.session.wishes if wish.refused)
            denied["measure_baseline"] = f"Nothing that was asked for can be done. {reasons}"
        told = situation(lab, found, edited=changed, denied=denied)
        self._situation_told = told
        return {"situation": told}

    def _plan(self) -> None:
        """Tell the person what is meant to be done, when that changed."""
        if self._situation_told is None:
            return
        ended = "report" if self.report else "early" if self.ended else None
        items = plan(self._lab, self._situation_told, ended)
        if self._lab.state.plans.get(self._lab.session_id) != items:
            self._lab.store.append(PlanChanged(session=self._lab.session_id, items=items))

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
