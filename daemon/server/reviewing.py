"""Review and landing as the protocol asks for them: decisions from the log, hunks from git."""

from collections.abc import Callable

from ..errors import BadInput
from ..protocol import Decision, Hunk, HunkDecided, LandingPreview, Review, Session
from ..protocol.methods import Decide, Land, LandingDone
from ..repo import Repository, land, preview, review, undo, unrecorded
from ..workspace import EventStore


class Reviewer:
    """Answers for one workspace. Synchronous: called in a thread.

    Args:
        repository: the user's repository.
        store: keeps decisions and landings.
        find: a session by id; None: the newest.
    """

    def __init__(
        self,
        repository: Repository,
        store: EventStore,
        find: Callable[[str | None], Session],
    ) -> None:
        self._repository = repository
        self._store = store
        self._find = find

    def recover(self) -> None:
        """At the daemon's start: put landings on record that the last one died behind."""
        state = self._store.state
        for session in list(state.sessions.values()):
            decisions = self._decisions(session)
            accepted = [hunk for hunk, decision in decisions.items() if decision == "accepted"]
            if not accepted:
                continue
            landed = unrecorded(self._repository, session, accepted, state.landings.get(session.id))
            if landed is not None:
                self._store.append(landed)

    def review(self, session_id: str | None) -> Review:
        """All hunks with their decisions."""
        session = self._find(session_id)
        return review(self._repository, session, self._decisions(session))

    def decide(self, wish: Decide) -> Review:
        """Write decisions down.

        Raises:
            BadInput: a prefix names no hunk, or several.
        """
        session = self._find(wish.session)
        hunks = self.review(session.id).hunks
        if wish.hunks == ["all"]:
            chosen = [hunk for hunk in hunks if hunk.decision == "open"]
        else:
            chosen = [_one(hunks, prefix) for prefix in wish.hunks]
        for hunk in chosen:
            self._store.append(
                HunkDecided(session=session.id, hunk=hunk.id, decision=wish.decision)
            )
        return self.review(session.id)

    def preview(self, wish: Land) -> LandingPreview:
        """What a landing would do."""
        session = self._find(wish.session)
        return preview(
            self._repository,
            session,
            self._decisions(session),
            style=wish.style,
            message=wish.message,
            previous=self._store.state.landings.get(session.id),
        )

    def land(self, wish: Land) -> LandingDone:
        """Bring the accepted hunks to the user's branch."""
        session = self._find(wish.session)
        landing = land(
            self._repository,
            session,
            self._decisions(session),
            style=wish.style,
            message=wish.message,
            previous=self._store.state.landings.get(session.id),
        )
        self._store.append(landing.event)
        return landing.done

    def undo(self, session_id: str | None) -> LandingDone:
        """Revert the newest landing of a session.

        Raises:
            BadInput: nothing of it was landed.
        """
        session = self._find(session_id)
        landed = self._store.state.landings.get(session.id)
        if landed is None:
            raise BadInput(f"Nothing of {session.id} was landed, so there is nothing to undo.")
        landing = undo(self._repository, landed)
        self._store.append(landing.event)
        return landing.done

    def _decisions(self, session: Session) -> dict[str, Decision]:
        return {
            hunk: decided.decision
            for (owner, hunk), decided in self._store.state.hunks.items()
            if owner == session.id
        }


def _one(hunks: list[Hunk], prefix: str) -> Hunk:
    found = [hunk for hunk in hunks if hunk.id.startswith(prefix)]
    if len(found) != 1:
        what = "no hunk" if not found else f"{len(found)} hunks"
        raise BadInput(f"{prefix} names {what}; `intern review` lists their ids.")
    return found[0]
