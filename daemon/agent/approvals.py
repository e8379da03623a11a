"""Approvals: a tool call that policy asks about waits here for the person's answer.

All of it is kept as events, so that a daemon that dies neither forgets a question nor answers it.
Only clients answer; the worker has no tool that does.
"""

import asyncio
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

from ..errors import BadInput, NotAllowed
from ..protocol import (
    Approval,
    ApprovalChanged,
    Effect,
    Effects,
    Event,
    Permission,
    PermissionChanged,
    Session,
    SessionChanged,
)
from ..protocol.talk import AnswerApproval, Approvals
from ..workspace import EventStore


@dataclass(frozen=True)
class Question:
    """What a tool call would do, as the person is asked.

    Args:
        tool: the tool that a longer answer holds for.
        title: one sentence.
        because: why the agent wants it.
        covers: what a longer answer covers, in words.
        effects: command, place, runs, time, price and files.
        subject: candidate ids.
        resumes: it goes on with what an earlier answer allowed and a death cut short.
        repeats: the same words come again for another deed, so an answer for once is for one call.
    """

    tool: str
    title: str
    because: str
    covers: str
    effects: Effects = field(default_factory=Effects)
    subject: list[str] = field(default_factory=list)
    resumes: bool = False
    repeats: bool = False

    @property
    def match(self) -> str:
        """What a later call must equal to be covered by a longer answer."""
        return self.effects.command or ""

    def is_that_of(self, approval: Approval) -> bool:
        """Whether an approval asked for this very deed; its estimates may have changed."""
        return (approval.tool, approval.title, approval.subject, approval.effects.command) == (
            self.tool,
            self.title,
            self.subject,
            self.effects.command,
        )


class Gate:
    """Lets a tool call through, or makes it wait. On the event loop only.

    Args:
        store: the workspace's events.
    """

    def __init__(self, store: EventStore) -> None:
        self._store = store
        self._waiters: dict[str, asyncio.Future[Approval]] = {}
        self._loop = asyncio.get_running_loop()
        store.listen(self._on_event)

    async def permit(self, session: str, effect: Effect, question: Question) -> None:
        """Return once the person allows it, at once if they did before.

        Raises:
            NotAllowed: they said no; the sentence has their reason.
        """
        if self._covered(session, effect, question):
            return
        approval = self._ask(session, effect, question)
        waiter = self._waiters[approval.id] = self._loop.create_future()
        try:
            answered = await waiter
        finally:
            del self._waiters[approval.id]
        if answered.state != "granted":
            raise NotAllowed(refusal(answered))

    def answer(self, wish: AnswerApproval) -> Approval:
        """The person's answer; the first one counts.

        Raises:
            BadInput: there is no such question, or it has its answer.
        """
        approval = self._find(wish.approval)
        if approval.state != "waiting":
            raise BadInput(_settled(approval))
        granted = wish.answer == "grant"
        now = time.time()
        approval = approval.model_copy(
            update={
                "state": "granted" if granted else "denied",
                "reach": wish.reach if granted else None,
                "reason": None if granted else wish.reason,
                "answered": now,
            }
        )
        # A death between the two events leaves the smaller permission, never a larger one.
        self._change(approval)
        if granted and wish.reach != "once":
            self._store.append(PermissionChanged(permission=self._permission(approval, now)))
        if waiter := self._waiters.get(approval.id):
            waiter.set_result(approval)
        return approval

    def revoke(self, permission_id: str) -> Approvals:
        """Take a permission back; what was begun under it goes on.

        Raises:
            BadInput: there is none of this id.
        """
        permission = self._store.state.permissions.get(permission_id)
        if permission is None:
            raise BadInput(
                f"There is no permission {permission_id}; `intern approvals` lists those that hold."
            )
        if permission.revoked is None:
            ended = permission.model_copy(update={"revoked": time.time()})
            self._store.append(PermissionChanged(permission=ended))
        return self.listing()

    def listing(self) -> Approvals:
        """Questions that wait, and permissions that hold, oldest first."""
        state = self._store.state
        return Approvals(
            waiting=[one for one in state.approvals.values() if one.state == "waiting"],
            permissions=[one for one in state.permissions.values() if self._holds(one)],
        )

    def denied(self, session: str, since: float = 0.0) -> Iterator[Approval]:
        """Questions of a session that the person answered with no."""
        for approval in self._store.state.approvals.values():
            mine = approval.session == session and approval.state == "denied"
            if mine and (approval.answered or 0.0) >= since:
                yield approval

    def withdraw_orphans(self) -> None:
        """Close the questions of sessions that ended, or that another one has followed."""
        state = self._store.state
        newest = state.newest_session()
        for approval in list(state.approvals.values()):
            session = state.sessions.get(approval.session)
            if approval.state == "waiting" and (
                session is None or session is not newest or _over(session)
            ):
                self._withdraw(approval)

    # --- within -----------------------------------------------------------------------------

    def _on_event(self, event: Event) -> None:
        if isinstance(event.body, SessionChanged):
            # Later, on the loop: an event that a listener appends would overtake this one.
            self._loop.call_soon_threadsafe(self.withdraw_orphans)

    def _covered(self, session: str, effect: Effect, question: Question) -> bool:
        for permission in self._store.state.permissions.values():
            same = (permission.effect, permission.tool, permission.match) == (
                effect,
                question.tool,
                question.match,
            )
            if same and permission.session in (None, session) and self._holds(permission):
                return True
        granted = [
            approval
            for approval in self._of(session)
            if approval.state == "granted" and approval.effect == effect
        ]
        if question.resumes and any(
            (approval.tool, approval.effects.command) == (question.tool, question.effects.command)
            and set(question.subject) <= set(approval.subject)
            for approval in granted
        ):
            return True
        return not question.repeats and any(
            question.is_that_of(approval) and not self._used(approval) for approval in granted
        )

    def _used(self, approval: Approval) -> bool:
        """Whether a grant for once has had its deed.

        A death in the middle of the deed does not use it up: what is taken up again is the same.
        Baseline and report come once in a session; a candidate is done once it is an experiment.
        """
        return any(
            experiment.intervention in approval.subject
            and experiment.created >= (approval.answered or 0.0)
            and experiment.state == "judged"
            for experiment in self._store.state.session_experiments(approval.session)
        )

    def _ask(self, session: str, effect: Effect, question: Question) -> Approval:
        """Put a question; one that an earlier life of the session put already is put again."""
        mine = self._of(session)
        again: Approval | None = None
        for approval in mine:
            if approval.state == "waiting":
                if again is None and approval.effect == effect and question.is_that_of(approval):
                    again = approval
                else:
                    self._withdraw(approval)
        news = {
            "because": question.because,
            "effects": question.effects,
            "covers": question.covers,
        }
        if again is not None:
            # Told again even if nothing changed: whoever watches now may not have seen it.
            return self._change(again.model_copy(update=news))
        return self._change(
            Approval(
                id=f"{session}/ask-{len(mine) + 1}",
                session=session,
                tool=question.tool,
                effect=effect,
                title=question.title,
                subject=question.subject,
                created=time.time(),
                **news,
            )
        )

    def _permission(self, approval: Approval, now: float) -> Permission:
        assert approval.reach is not None
        return Permission(
            id=f"permission-{len(self._store.state.permissions) + 1}",
            effect=approval.effect,
            tool=approval.tool,
            covers=approval.covers,
            match=approval.effects.command or "",
            reach=approval.reach,
            session=approval.session if approval.reach == "session" else None,
            created=now,
        )

    def _holds(self, permission: Permission) -> bool:
        session = self._store.state.sessions.get(permission.session or "")
        ended = permission.session is not None and (session is None or session.state == "finished")
        return permission.revoked is None and not ended

    def _of(self, session: str) -> list[Approval]:
        return [one for one in self._store.state.approvals.values() if one.session == session]

    def _find(self, approval_id: str) -> Approval:
        approval = self._store.state.approvals.get(approval_id)
        if approval is None:
            raise BadInput(
                f"There is no question {approval_id}; `intern approvals` lists those that wait."
            )
        return approval

    def _withdraw(self, approval: Approval) -> None:
        self._change(approval.model_copy(update={"state": "withdrawn", "answered": time.time()}))

    def _change(self, approval: Approval) -> Approval:
        self._store.append(ApprovalChanged(approval=approval))
        return approval


def refusal(approval: Approval) -> str:
    """What the agent is told of a no."""
    reason = f": {approval.reason.rstrip('.')}" if approval.reason else ""
    return f"The person said no to `{approval.title.rstrip('.')}`{reason}."


def _over(session: Session) -> bool:
    return session.state in ("finished", "stopped", "failed")


def _settled(approval: Approval) -> str:
    if approval.state == "withdrawn":
        return f"{approval.id} is withdrawn: its session ended before there was an answer."
    said = "allowed" if approval.state == "granted" else "denied"
    return f"{approval.id} was {said} already; the first answer counts."
