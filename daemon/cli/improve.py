"""`intern improve`: start or resume a session, watch it, tell its result."""

from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from ..errors import InternError, UnknownSession
from ..protocol import Budget, Params, Report, Session, Wish
from ..protocol.methods import (
    DaemonStatus,
    Improve,
    ResumeSession,
    SessionRef,
    State,
    Stopped,
    StopSession,
)
from ..protocol.talk import Approvals
from ..workspace import Layout, load
from . import exits, figures
from .board import Board
from .connection import active_python, connect, here, workspace
from .curves import losses
from .feed import Connect
from .following import Following
from .screen import screen
from .summary import next_steps, summary
from .terminal import answers, command, glyphs, print_json, remarks, say
from .wish import wish_of


def improve(
    context: typer.Context,
    *,
    directory: Annotated[
        Path | None, typer.Argument(metavar="[DIR]", help="The workspace.", show_default=False)
    ] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with the last session.")] = False,
    minutes: Annotated[float | None, typer.Option(help="Cap on time.", min=0.1)] = None,
    runs: Annotated[int | None, typer.Option(help="Cap on training runs.", min=1)] = None,
    budget_cpu_seconds: Annotated[
        float | None, typer.Option(help="Cap on CPU time of the runs.", min=1)
    ] = None,
    seeds: Annotated[int, typer.Option(help="Seeds of the baseline.", min=2)] = 3,
    include_uncommitted: Annotated[
        bool,
        typer.Option(
            "--include-uncommitted", help="Start from uncommitted changes of tracked files too."
        ),
    ] = False,
    only: Annotated[
        list[str] | None,
        typer.Option(
            metavar="SETTING=VALUE|IDEA", help="Try this and nothing else; may be repeated."
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as JSON.")] = False,
    plain: Annotated[bool, typer.Option("--plain", help="Lines instead of a live view.")] = False,
) -> None:
    """Improve the training run: one hypothesis, one commit, one measured verdict at a time."""
    root = workspace(directory or here(context))
    caps = load(Layout(root).config).budget
    budget = None
    if (minutes, runs, budget_cpu_seconds) != (None, None, None):
        budget = Budget(
            minutes=minutes or caps.minutes,
            runs=runs or caps.runs,
            usd=caps.usd,
            tokens=caps.tokens,
            cpu_seconds=budget_cpu_seconds,
        )
    wanted = Improve(
        include_uncommitted=include_uncommitted,
        budget=budget,
        seeds=seeds,
        python=active_python(),
        wishes=[_wish(each) for each in only or []],
        only_wishes=bool(only),
    )
    console = remarks() if as_json else answers()
    job = Job(root, connect, console, plain)
    more = ResumeSession(minutes=minutes, runs=runs, cpu_seconds=budget_cpu_seconds)
    session = job.run(more if resume else wanted)
    raise typer.Exit(_tell(job, session, as_json))


def _wish(words: str) -> Wish:
    what, assigned, value = words.partition("=")
    return wish_of(what.strip(), value.strip() if assigned else None)


@dataclass
class Job:
    """An `improve` command at work.

    Args:
        connect: opens connections to the daemon.
        console: where progress goes.
        plain: lines, even on a terminal.
    """

    root: Path
    connect: Connect
    console: Console
    plain: bool

    def run(self, wanted: Improve | ResumeSession) -> Session:
        """Start a session, or go on with the newest one, and follow it to its end.

        Raises:
            typer.Exit: the person interrupted it; what goes on was said.
        """
        known: set[str] = set()
        board: Board | None = None
        try:
            with self._waiting(), self.connect(self.root, True) as client:
                state = client.call("intern/state", Params(), State)
                known = {session.id for session in state.sessions}
                if isinstance(wanted, ResumeSession):
                    session = _newest(state, self.root)
                    again = wanted.model_copy(update={"session": session.id})
                    session = client.call("intern/session/resume", again, Session)
                else:
                    session = client.call("intern/improve", wanted, Session)
                waiting = client.call("intern/approvals", Params(), Approvals).waiting
            board = Board(session.id)
            board.start_from(state)
            board.state.approvals.update({each.id: each for each in waiting})
            board.state.sessions[session.id] = session
            return self._follow(board)
        except KeyboardInterrupt:
            self._interrupted(board, known)
            raise typer.Exit(exits.INTERRUPTED) from None

    def _waiting(self) -> AbstractContextManager[object]:
        return self.console.status("Starting") if self.console.is_terminal else nullcontext()

    def _follow(self, board: Board) -> Session:
        if board.session and board.session.state == "finished":
            return board.session
        with screen(board, self.console, self.plain) as shown:
            self._draw_old_curves(board)
            return Following(self.root, self.connect, board, shown).to_the_end()

    def _draw_old_curves(self, board: Board) -> None:
        """Fetch the losses that active runs logged before we came."""
        if board.active_runs:
            with self.connect(self.root, True) as client:
                for run in board.active_runs:
                    board.remember(run.id, losses(client, run.id).values)

    def _interrupted(self, board: Board | None, known: set[str]) -> None:
        """Stop the session and its runs and say so; a second Ctrl-C leaves at once."""
        stop = command(self.root, "stop")
        session_id = board.session_id if board else None
        try:
            self._say("Stopping the session and its runs. Ctrl-C again leaves them going on.")
            with self.connect(self.root, True) as client:
                if session_id is None:
                    started = client.call("intern/status", Params(), DaemonStatus).session
                    if started is None or started.id in known or started.state != "running":
                        self._say("Stopped before the session began; nothing goes on.")
                        return
                    session_id = started.id
                ask = StopSession(session=session_id, stop_runs=True)
                self._tell_stopped(client.call("intern/session/stop", ask, Stopped))
        except KeyboardInterrupt:
            going = ", ".join(run.id for run in board.active_runs) if board else ""
            runs = f" with its runs {going}" if going else ""
            self._say(f"Left. The session may go on{runs}: watch it with")
            self._say(f"  {command(self.root, 'improve', '--resume')}  or end it with  {stop}")
        except InternError as error:
            self._say(f"The session could not be stopped: {error}")
            self._say(f"Try again: {stop}")

    def _tell_stopped(self, stopped: Stopped) -> None:
        session = stopped.session
        best = session.incumbent
        with self.connect(self.root, True) as client:
            experiments = client.call("intern/state", Params(), State).experiments
        kept = [
            each
            for each in experiments
            if each.session == session.id and each.verdict and each.verdict.name == "keep"
        ]
        words = f"{figures.counted(len(kept), 'kept commit')} on {session.branch}"
        self._say(
            f"Stopped session {session.id}: {words}" + (f", best is {best}." if best else ".")
        )
        if stopped.still_running:
            self._say(f"Runs that go on: {', '.join(stopped.still_running)}")
        self._say(f"Go on later:  {command(self.root, 'improve', '--resume')}")

    def _say(self, line: str) -> None:
        say(self.console, line)


def _newest(state: State, root: Path) -> Session:
    session = max(state.sessions, key=lambda each: each.created, default=None)
    if session is None:
        raise UnknownSession(
            f"There is no session in {root} to resume; start one with `intern improve`."
        )
    return session


def _tell(job: Job, session: Session, as_json: bool) -> int:
    """Print how it ended.

    Returns:
        The exit code.
    """
    if session.state != "finished":
        told = (session.reason or "it gave no reason").removesuffix(".")
        # Some reasons know their mend: another session, say, once the evaluator is mended.
        if "`intern improve" not in told:
            told += f"; go on with `{command(job.root, 'improve', '--resume')}`"
        raise InternError(f"Session {session.id} {session.state}: {told}.")
    with job.connect(job.root, True) as client:
        report = client.call("intern/session/report", SessionRef(session=session.id), Report)
    if as_json:
        print_json(report.document())
        return exits.OK
    console = job.console
    console.print(summary(report, console.width, glyphs(console)))
    console.print()
    for line in next_steps(report, job.root):
        say(console, line)
    return exits.OK
