"""Follow a session to its end, over deaths of the daemon and of the session's worker."""

import time
from pathlib import Path

from ..errors import DaemonUnreachable
from ..protocol import Params, Session
from ..protocol.methods import DaemonStatus, ResumeSession
from .board import Board
from .feed import Client, Connect, Feed, Lost
from .screen import Screen

MOST_RETURNS = 20
"""So often the daemon is started again, or the session resumed, before we give up."""
ATTEMPTS = 10
"""Tries of one return: a killed daemon's socket still takes a connection for a moment."""
PATIENCE_SECONDS = 0.25
PAUSE_SECONDS = 0.5


class Following:
    """One terminal that watches one session.

    Args:
        board: the session as known so far; its events are folded into it.
    """

    def __init__(self, root: Path, connect: Connect, board: Board, screen: Screen) -> None:
        self.root, self.connect = root, connect
        self.board, self.screen = board, screen
        self._returns = 0

    def to_the_end(self) -> Session:
        """Show what happens until the session runs no more.

        Returns:
            The session in its last state.

        Raises:
            DaemonUnreachable: the daemon could not be brought back.
        """
        feed = Feed(self.connect, self.root, self.board.state.head)
        try:
            while True:
                session = self.board.session
                if session is not None and session.state not in ("running", "interrupted"):
                    return session
                match feed.next(PATIENCE_SECONDS):
                    case None if session is not None and session.state == "interrupted":
                        # Only now: while events are replayed, a resumption may be among them.
                        if not self._come_back("The session was interrupted"):
                            return session
                    case None:
                        self.screen.tick()
                    case Lost(why=why):
                        if not self._come_back("The daemon went away"):
                            raise why
                        feed = Feed(self.connect, self.root, self.board.state.head)
                    case event:
                        if self.board.take(event):
                            self.screen.show(event)
        finally:
            feed.end()

    def _come_back(self, why: str) -> bool:
        """Start the daemon if it is gone, and resume the session if that is interrupted.

        Returns:
            Whether the session goes on, or ended well; False: another one has taken its place, or
            it was resumed too often.
        """
        if self._returns == MOST_RETURNS:
            return False
        self._returns += 1
        self.screen.say(f"{why}; resuming, {self._returns} of {MOST_RETURNS}.")
        for attempt in range(1, ATTEMPTS + 1):
            try:
                with self.connect(self.root, True) as client:
                    return self._resumed(client)
            except DaemonUnreachable:
                if attempt == ATTEMPTS:
                    raise
                time.sleep(PAUSE_SECONDS)  # a daemon that dies at once is not started in a loop
        raise AssertionError("the last attempt returns or raises")

    def _resumed(self, client: Client) -> bool:
        session = client.call("intern/status", Params(), DaemonStatus).session
        if session is None or session.id != self.board.session_id:
            return False
        if session.state == "interrupted":
            session = client.call(
                "intern/session/resume", ResumeSession(session=session.id), Session
            )
        self.board.state.sessions[session.id] = session
        return True
