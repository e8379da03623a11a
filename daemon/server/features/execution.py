"""The commands of lenses and quick fixes, for clients that have none of their own."""

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from lsprotocol import types
from pydantic import ValidationError

from ...errors import BadInput
from ...protocol import Finding, Session
from ...protocol.methods import Improve, LaunchRun, Suppress, TryCandidate
from ..served import Served
from .commands import (
    IMPROVE,
    OPEN_CURVES,
    RUN,
    SHOW_EXPERIMENT,
    SHOW_FINDING,
    SUPPRESS_FINDING,
    TRY_CANDIDATE,
)

if TYPE_CHECKING:
    from ..connection import Connection


class Execution:
    """Carries commands out and tells the outcome as a message of the editor.

    An extension of ours says at `initialize` that it is one, and gets none of these: it opens its
    panels itself, and two owners of one command are an error in most editors.

    Args:
        connection: the client.
        service: the workspace.
    """

    def __init__(self, connection: "Connection", service: Served) -> None:
        self._connection = connection
        self._service = service

    def offer(self) -> None:
        """Register them; to be called before the client is told what the server can do."""
        deeds: dict[str, Callable[[dict[str, Any]], Awaitable[str]]] = {
            RUN: self._run,
            IMPROVE: self._improve,
            TRY_CANDIDATE: self._try,
            SUPPRESS_FINDING: self._suppress,
            OPEN_CURVES: self._curves,
            SHOW_FINDING: self._finding,
            SHOW_EXPERIMENT: self._experiment,
        }
        for name, deed in deeds.items():
            self._connection.command(name)(self._telling(name, deed))

    def _telling(
        self, name: str, deed: Callable[[dict[str, Any]], Awaitable[str]]
    ) -> Callable[..., Awaitable[None]]:
        async def execute(*arguments: Any) -> None:
            wish = arguments[0] if arguments else {}
            if not isinstance(wish, dict):
                raise BadInput(f"{name} takes one object, as the lens or the quick fix gives it.")
            message = types.ShowMessageParams(types.MessageType.Info, await deed(wish))
            self._connection.window_show_message(message)

        return execute

    async def _run(self, _: dict[str, Any]) -> str:
        wish = LaunchRun(include_uncommitted=True, evaluate=True)
        run: Any = await self._service.handlers()["intern/run/launch"](wish)
        return f"{run.id} has started; its score will stand above the trainer."

    async def _improve(self, _: dict[str, Any]) -> str:
        session: Any = await self._service.handlers()["intern/improve"](Improve())
        assert isinstance(session, Session)
        return f"{session.id} has started on {session.branch}; watch it with `intern improve`."

    async def _try(self, wish: dict[str, Any]) -> str:
        try:
            asked = TryCandidate.model_validate({"wish": wish.get("wish")})
        except ValidationError as error:
            raise BadInput(
                f"{TRY_CANDIDATE} takes the object that the quick fix gives it, with its `wish`."
            ) from error
        session: Any = await self._service.handlers()["intern/experiment/try"](asked)
        assert isinstance(session, Session)
        refused = session.wishes[-1].refused
        if refused is not None:
            raise BadInput(refused)
        return f"{session.id} tries it; its verdict will stand above the trainer."

    async def _suppress(self, wish: dict[str, Any]) -> str:
        rule, run = str(wish.get("rule")), wish.get("run")
        asked = Suppress(
            rule=rule, run=None if run is None else str(run), reason=str(wish.get("reason", ""))
        )
        await self._service.handlers()["intern/finding/suppress"](asked)
        return f"{rule} is no problem of {run or 'this workspace'} any more."

    async def _curves(self, wish: dict[str, Any]) -> str:
        runs = wish.get("runs") or []
        if not runs:
            return "There is no run yet; start one with `intern run`."
        return f"This editor draws no curves; `intern diagnose {runs[-1]}` describes the run."

    async def _finding(self, wish: dict[str, Any]) -> str:
        told = self._service.store.state.findings.get(str(wish.get("run")))
        for finding in told.findings if told else []:
            if finding.rule == wish.get("rule"):
                return _explained(finding)
        raise BadInput(
            f"{wish.get('run')} has no finding {wish.get('rule')} any more; `intern diagnose` "
            "shows what stands."
        )

    async def _experiment(self, wish: dict[str, Any]) -> str:
        one = self._service.store.state.experiments.get(str(wish.get("experiment")))
        if one is None:
            raise BadInput(
                f"There is no experiment {wish.get('experiment')}; `intern report` lists them."
            )
        told = [f"exp {one.number}: {one.title}.", one.hypothesis]
        told += [f"{one.verdict.name}: {one.verdict.reason}"] if one.verdict else []
        told += [f"Its change: `git show {one.commit[:7]}`."] if one.commit else []
        return "\n".join(told)


def _explained(finding: Finding) -> str:
    told = [f"{finding.rule} {finding.label}: {finding.title}.", finding.explanation]
    return "\n".join([*told, *(suggestion.text for suggestion in finding.interventions)])
