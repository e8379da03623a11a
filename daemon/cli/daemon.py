"""`intern status|serve|stop-daemon|lsp`: the daemon of this workspace."""

import time
from contextlib import suppress
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from ..errors import ConnectionLost, DaemonUnreachable
from ..protocol import Params
from ..protocol.methods import DaemonStatus, Empty
from . import figures
from .connection import here, reach, workspace
from .terminal import answers, command, print_json, remarks, say


def status(
    context: typer.Context,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Say what goes on in this workspace. Starts nothing."""
    root = workspace(here(context))
    try:
        with reach(root, start=False) as client:
            found = client.call("intern/status", Params(), DaemonStatus)
    except DaemonUnreachable:
        if as_json:
            print_json({"running": False, "root": str(root)})
        else:
            say(answers(), f"No daemon runs for {root}; `intern improve` starts one.")
        return
    if as_json:
        print_json({"running": True, **found.wire()})
    else:
        _tell(found, root, answers())


def _tell(found: DaemonStatus, root: Path, console: Console) -> None:
    now = time.time()
    clients = figures.counted(found.clients, "client")
    up = figures.span(now - found.started)
    say(console, f"Daemon {found.pid}, version {found.version}, up {up}, {clients}: {found.root}")
    session = found.session
    if session is not None:
        reason = f": {session.reason}" if session.reason else ""
        say(console, f"Session {session.id} on {session.branch} {session.state}{reason}")
    for run in found.runs:
        progress = run.progress
        total = f" of {progress.total_steps}" if progress.total_steps else ""
        say(console, f"Run {run.id} {run.state}, seed {run.seed}, step {progress.step}{total}")
    if session is None:
        say(console, f"Next: {command(root, 'improve')}")
    elif session.state == "running":
        say(console, f"Watch it: {command(root, 'improve', '--resume')}")
    elif session.state == "finished":
        say(console, f"Its result: {command(root, 'report')}")
    else:
        say(console, f"Go on with it: {command(root, 'improve', '--resume')}")


def serve(context: typer.Context) -> None:
    """Run the daemon here until Ctrl-C. Other commands start one by themselves."""
    from ..server.lifecycle import main  # noqa: PLC0415 - pygls, which nothing else here needs

    raise typer.Exit(main(["--root", str(workspace(here(context)))]))


def stop_daemon(context: typer.Context) -> None:
    """End the daemon. Training runs go on, and are found again by the next one."""
    root = workspace(here(context))
    console = answers()
    try:
        with reach(root, start=False) as client:
            found = client.call("intern/status", Params(), DaemonStatus)
            with remarks().status("Waiting for the daemon to end"):
                with suppress(ConnectionLost):  # it may be gone before its answer is read
                    client.call("intern/shutdown", Params(), Empty)
                _wait_for_end(root, found.pid)
    except DaemonUnreachable:
        say(console, f"No daemon runs for {root}.")
        return
    say(console, f"Daemon {found.pid} ended.")
    if found.runs:
        going = ", ".join(run.id for run in found.runs)
        say(console, f"Runs that go on: {going}. Find them again: {command(root, 'runs')}")


def _wait_for_end(root: Path, pid: int) -> None:
    """Return once the process is gone: the answer to a shutdown comes before that."""
    import psutil  # noqa: PLC0415 - 20 ms that only this command needs

    try:
        psutil.Process(pid).wait(timeout=30)
    except psutil.NoSuchProcess:
        pass
    except psutil.TimeoutExpired:
        raise DaemonUnreachable(
            f"The daemon of {root} (pid {pid}) still ends after 30 seconds; see .intern/daemon.log."
        ) from None


def lsp(context: typer.Context) -> None:
    """Speak the Language Server Protocol on stdin and stdout, for an editor."""
    from ..server.shim import main  # noqa: PLC0415 - `intern lsp` itself never comes here

    # The entry point starts the shim without this package; this is `intern -C DIR lsp`.
    raise typer.Exit(main(["--root", str(here(context))]) or 0)
