"""What the person allows and asks for: approvals, permissions, experiments of their own wish.

These are for clients. The worker speaks to the toolbox alone, which has none of them.
"""

from collections.abc import Mapping

from ..agent.approvals import Gate
from ..agent.improver import Improver
from ..agent.models import catalogue
from ..protocol import Approval, Params, Session
from ..protocol.methods import Models, Suppress, Suppressions, TryCandidate
from ..protocol.talk import AnswerApproval, Approvals, RevokePermission
from ..workspace import EventStore
from .served import Handler
from .suppressing import suppress


class Approving:
    """Answers for one workspace.

    Args:
        store: the workspace's events.
        gate: where tool calls wait.
        improver: holds the session that runs.
    """

    def __init__(self, store: EventStore, gate: Gate, improver: Improver) -> None:
        self._store = store
        self._gate = gate
        self._improver = improver

    def handlers(self) -> Mapping[str, Handler]:
        """By method name."""
        return {
            "intern/approvals": self.approvals,
            "intern/approval/answer": self.answer,
            "intern/permission/revoke": self.revoke,
            "intern/experiment/try": self.try_candidate,
            "intern/finding/suppress": self.suppress,
            "intern/models": self.models,
        }

    async def approvals(self, _: Params) -> Approvals:
        return self._gate.listing()

    async def answer(self, wish: AnswerApproval) -> Approval:
        return self._gate.answer(wish)

    async def revoke(self, wish: RevokePermission) -> Approvals:
        return self._gate.revoke(wish.permission)

    async def try_candidate(self, wish: TryCandidate) -> Session:
        return await self._improver.try_candidate(wish)

    async def suppress(self, wish: Suppress) -> Suppressions:
        return suppress(self._store, wish)

    async def models(self, _: Params) -> Models:
        return Models(models=catalogue())
