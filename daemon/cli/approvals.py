"""`intern approvals`, `approve`, `deny`: what waits for the person, and what they allowed."""

from typing import Annotated

import typer
from rich.console import Console

from ..errors import BadInput
from ..protocol import Approval, Params, Permission
from ..protocol.talk import AnswerApproval, Approvals, RevokePermission
from . import figures
from .connection import here, reach, workspace
from .feed import Client
from .terminal import answers, print_json, say

Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
ApprovalId = Annotated[
    str | None,
    typer.Argument(metavar="[ID]", help="Which question; default: the only one that waits."),
]


def approvals(
    context: typer.Context,
    *,
    revoke: Annotated[
        str | None, typer.Option(metavar="ID", help="Take a permission back.")
    ] = None,
    as_json: Json = False,
) -> None:
    """List what waits for your answer, and the permissions that hold."""
    with reach(workspace(here(context))) as client:
        if revoke is None:
            found = client.call("intern/approvals", Params(), Approvals)
        else:
            ask = RevokePermission(permission=revoke)
            found = client.call("intern/permission/revoke", ask, Approvals)
    if as_json:
        print_json(found.wire())
        return
    console = answers()
    for approval in found.waiting:
        _tell(approval, console)
    if not found.waiting:
        say(console, "Nothing waits for you.")
    for permission in found.permissions:
        say(console, _held(permission))
    if found.permissions:
        say(console, "Take one back: intern approvals --revoke ID")


def approve(
    context: typer.Context,
    *,
    approval: ApprovalId = None,
    session: Annotated[
        bool, typer.Option("--session", help="Allow the same for this session.")
    ] = False,
    always: Annotated[
        bool, typer.Option("--always", help="Allow the same in this workspace from now on.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Allow what the agent asks for: this once, or for longer."""
    if session and always:
        raise typer.BadParameter("--session and --always exclude each other; give one of them.")
    reach_of = "always" if always else "session" if session else "once"
    with reach(workspace(here(context))) as client:
        ask = AnswerApproval(approval=_one(client, approval), answer="grant", reach=reach_of)
        answered = client.call("intern/approval/answer", ask, Approval)
    if as_json:
        print_json(answered.wire())
        return
    console = answers()
    longer = {"session": f" In this session: {answered.covers}."}
    longer["always"] = f" From now on: {answered.covers}."
    say(console, f"Allowed: {answered.title}{longer.get(reach_of, '')}")


def deny(
    context: typer.Context,
    *,
    approval: ApprovalId = None,
    reason: Annotated[
        str | None, typer.Option("--reason", metavar="TEXT", help="Why; the agent is told.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Say no to what the agent asks for; it looks for another way, or ends."""
    with reach(workspace(here(context))) as client:
        ask = AnswerApproval(approval=_one(client, approval), answer="deny", reason=reason)
        answered = client.call("intern/approval/answer", ask, Approval)
    if as_json:
        print_json(answered.wire())
    else:
        say(answers(), f"Denied: {answered.title}")


def lines(approval: Approval) -> list[str]:
    """A question with all that it would do."""
    effects = approval.effects
    told = [f"{approval.id}  {approval.title}"]
    if effects.command:
        told.append(f"  command  {effects.command}  ({effects.place})")
    cost = [figures.counted(effects.runs, "run")] if effects.runs else []
    cost += [f"about {figures.span(effects.seconds)}"] if effects.seconds else []
    cost += ["price unknown" if effects.usd is None else f"${effects.usd:.2f}"]
    told.append(f"  cost     {', '.join(cost)}")
    if effects.files:
        told.append(f"  writes   {', '.join(effects.files)}")
    if approval.because:
        told.append(f"  because  {approval.because}")
    return [*told, f"  longer   {approval.covers}"]


def _tell(approval: Approval, console: Console) -> None:
    for line in lines(approval):
        say(console, line)
    say(console, f"Allow it: intern approve {approval.id}  or not: intern deny {approval.id}")


def _held(permission: Permission) -> str:
    scope = f"in {permission.session}" if permission.session else "always"
    return f"{permission.id}  allowed {scope}: {permission.covers}"


def _one(client: Client, given: str | None) -> str:
    if given is not None:
        return given
    waiting = client.call("intern/approvals", Params(), Approvals).waiting
    if len(waiting) != 1:
        count = "Nothing waits" if not waiting else f"{len(waiting)} questions wait"
        raise BadInput(f"{count} for you; `intern approvals` lists what does.")
    return waiting[0].id
