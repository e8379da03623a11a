"""The daemon's service in this event loop: sessions, runs and git are real, only the socket is not.

Nothing here waits for a time: what is awaited is an event of the log.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

from intern_daemon.protocol import Approval, ApprovalChanged, Event, Session, SessionChanged, Wish
from intern_daemon.protocol.methods import Improve, StopSession, TryCandidate
from intern_daemon.protocol.talk import AnswerApproval
from intern_daemon.server.service import Service

LIMIT = 45
"""Seconds after which an event counts as missing."""


@contextlib.asynccontextmanager
async def opened(root: Path) -> AsyncIterator["Opened"]:
    """The service of a workspace; its session is stopped at the end."""
    service = Service(root)
    await service.start()
    here = Opened(service)
    try:
        yield here
    finally:
        if here.store.state.newest_session() is not None:
            await service.stop_session(StopSession())
        await service.close()


class Opened:
    """A service, and what a client does with it."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self.store = service.store
        self.state = service.store.state

    async def ask(self, method: str, params: Any) -> Any:
        return await self.service.handlers()[method](params)

    async def improve(self, **wish: Any) -> Session:
        return await self.ask("intern/improve", Improve(seeds=2, **wish))

    async def wish(self, intervention: str, value: str | None = None) -> Session:
        wish = Wish(intervention=intervention, value=value, because="I wonder")
        return await self.ask("intern/experiment/try", TryCandidate(wish=wish))

    async def answer(self, approval: Approval, answer: str = "grant", **more: Any) -> Approval:
        said = AnswerApproval(approval=approval.id, answer=answer, **more)
        return await self.ask("intern/approval/answer", said)

    async def until(self, wanted: Callable[[Any], Any], since: int = 0) -> Event:
        """The first event after `since` whose body is wanted, now or later."""
        loop = asyncio.get_running_loop()
        found: asyncio.Future[Event] = loop.create_future()

        def look(event: Event) -> None:
            if event.seq > since and not found.done() and wanted(event.body):
                found.set_result(event)

        unlisten = self.store.listen(lambda event: loop.call_soon_threadsafe(look, event))
        try:
            for event in list(self.store.replay(since)):
                look(event)
            return await asyncio.wait_for(found, LIMIT)
        finally:
            unlisten()

    async def question(self, since: int = 0) -> Approval:
        """The next question that waits."""

        def waits(body: Any) -> bool:
            return isinstance(body, ApprovalChanged) and (
                self.state.approvals[body.approval.id].state == "waiting"
            )

        event = await self.until(waits, since)
        return self.state.approvals[event.body.approval.id]

    async def next_question(
        self, question: Approval, answer: str = "grant", **more: Any
    ) -> Approval:
        """Answer a question, and wait for the next."""
        head = self.store.head
        await self.answer(question, answer, **more)
        return await self.question(head)

    async def ended(self, since: int = 0) -> Session:
        """The session, once it goes on no more."""

        def over(body: Any) -> bool:
            return isinstance(body, SessionChanged) and body.session.state != "running"

        event = await self.until(over, since)
        return event.body.session
