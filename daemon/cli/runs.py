"""`intern run|runs|logs|stop`: single runs, their logs, and how they are ended."""

import sys
import time
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from ..errors import InternError, UnknownRun
from ..protocol import Params, Run
from ..protocol.methods import LaunchRun, LogChunk, ReadLog, RunRef, State, Stopped, StopSession
from . import exits, figures
from .connection import active_python, here, reach, workspace
from .feed import Client
from .terminal import answers, command, print_json, remarks, say

POLL_SECONDS = 0.3
STYLES = {
    "running": "cyan",
    "succeeded": "green",
    "failed": "red",
    "lost": "red",
    "stopped": "yellow",
    "queued": "dim",
}

Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
RunId = Annotated[str, typer.Argument(metavar="RUN", help="A run id, or the beginning of one.")]


def run(
    context: typer.Context,
    *,
    commit: Annotated[str, typer.Option(help="The commit to train.")] = "HEAD",
    seed: Annotated[int, typer.Option(help="The random seed.")] = 0,
    rung: Annotated[float, typer.Option(help="Share of the full run.", min=0.001, max=1)] = 1.0,
    include_uncommitted: Annotated[
        bool, typer.Option("--include-uncommitted", help="Train uncommitted changes too.")
    ] = False,
    evaluate: Annotated[
        bool, typer.Option("--evaluate", help="Score it on dev afterwards.")
    ] = False,
    detach: Annotated[bool, typer.Option("--detach", help="Do not wait for its end.")] = False,
    as_json: Json = False,
) -> None:
    """Train once, as `intern.toml` says, and follow the log."""
    root = workspace(here(context))
    ask = LaunchRun(
        commit=commit,
        seed=seed,
        rung=rung,
        include_uncommitted=include_uncommitted,
        python=active_python(),
        evaluate=evaluate,
    )
    notes = remarks() if as_json else answers()
    with reach(root) as client:
        launched = client.call("intern/run/launch", ask, Run)
        say(notes, f"Run {launched.id} of {launched.commit[:7]}, seed {seed}")
        if not detach:
            try:
                _follow(client, launched.id, notes)
            except KeyboardInterrupt:
                _stop_followed(root, launched.id, notes)
                raise typer.Exit(exits.INTERRUPTED) from None
            launched = _scored(client, launched.id, evaluate)
    if as_json:
        print_json(launched.wire())
    else:
        _tell_end(launched, root, answers())
    raise typer.Exit(exits.FAILED if launched.state in ("failed", "lost", "stopped") else exits.OK)


def runs(context: typer.Context, *, as_json: Json = False) -> None:
    """List the runs, newest first."""
    root = workspace(here(context))
    with reach(root) as client:
        state = client.call("intern/state", Params(), State)
    found = sorted(state.runs, key=lambda each: each.created, reverse=True)
    if as_json:
        print_json([each.wire() for each in found])
        return
    console = answers()
    if not found:
        say(console, f"No run yet. Start one with {command(root, 'run')}")
        return
    experiments = {each.id: each.number for each in state.experiments}
    console.print(run_table(found, experiments, time.time(), console.width))
    say(console, f"Why a run went wrong: {command(root, 'diagnose')} RUN")


def run_table(
    found: list[Run], experiments: dict[str, int], now: float, width: int, metric: str | None = None
) -> Table:
    """Runs as a table; narrow terminals lose the columns that matter least.

    Args:
        experiments: number of each experiment by id.
        now: UTC seconds.
        metric: the one to show of each score; None: the first that the evaluator printed.
    """
    wide = width >= 90
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold", pad_edge=False)
    for name in ("run", "state", "experiment", "seed", "rung"):
        table.add_column(name, no_wrap=True)
    if wide:
        for name in ("step", "loss"):
            table.add_column(name, no_wrap=True)
    for name in ("score", "age", *(("commit",) if wide else ())):
        table.add_column(name, no_wrap=True)
    for each in found:
        number = experiments.get(each.experiment or "")
        home = "own" if number is None else "baseline" if number == 0 else f"exp {number}"
        progress = each.progress
        score = each.dev.get(metric or next(iter(each.dev), "")) if each.dev else None
        cells: list[str | Text] = [
            each.id,
            Text(each.state, style=STYLES[each.state]),
            home,
            str(each.seed),
            figures.rung(each.rung),
        ]
        if wide:
            total = f"/{progress.total_steps}" if progress.total_steps else ""
            cells += [f"{progress.step}{total}", figures.score(progress.loss)]
        cells += [figures.score(score), figures.age(now - each.created)]
        table.add_row(*cells, *((each.commit[:7],) if wide else ()))
    return table


def logs(
    context: typer.Context,
    *,
    run_id: RunId,
    follow: Annotated[bool, typer.Option("-f", "--follow", help="Go on until it ends.")] = False,
    as_json: Json = False,
) -> None:
    """Print what a run printed."""
    if follow and as_json:
        raise typer.BadParameter("-f prints as it comes, --json prints once: choose one.")
    root = workspace(here(context))
    with reach(root) as client:
        found = find_run(client, run_id)
        if follow:
            _follow(client, found.id, answers())
            return
        text = "".join(chunk.text for chunk in _chunks(client, found.id))
    if as_json:
        print_json({"run": found.id, "state": found.state, "text": text})
    else:
        sys.stdout.write(text)


def stop(
    context: typer.Context,
    *,
    target: Annotated[
        str | None,
        typer.Argument(metavar="[SESSION|RUN]", help="What to stop; default: the session."),
    ] = None,
    keep_runs: Annotated[
        bool, typer.Option("--keep-runs", help="Let the session's runs go on.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Stop the session with its runs, or one run, and wait until it has stopped."""
    root = workspace(here(context))
    console = answers()
    with reach(root) as client:
        state = client.call("intern/state", Params(), State)
        sessions = [each.id for each in state.sessions if target and each.id.startswith(target)]
        if target is not None and not sessions:
            with remarks().status("Stopping the run"):
                ended = client.call("intern/run/stop", RunRef(run=find_run(client, target).id), Run)
            if as_json:
                print_json(ended.wire())
            else:
                say(console, f"Run {ended.id} {ended.state}.")
            return
        ask = StopSession(session=sessions[0] if sessions else None, stop_runs=not keep_runs)
        with remarks().status("Stopping the session"):
            stopped = client.call("intern/session/stop", ask, Stopped)
    if as_json:
        print_json(stopped.wire())
        return
    say(console, f"Session {stopped.session.id} {stopped.session.state}.")
    if stopped.still_running:
        say(console, f"Runs that go on: {', '.join(stopped.still_running)}")
    say(console, f"Go on with it: {command(root, 'improve', '--resume')}")


def find_run(client: Client, prefix: str) -> Run:
    """The run with this id, or the only one whose id begins so.

    Raises:
        UnknownRun: none or several.
    """
    all_runs = client.call("intern/state", Params(), State).runs
    matches = [each for each in all_runs if each.id.startswith(prefix)]
    exact = [each for each in matches if each.id == prefix]
    if len(exact or matches) == 1:
        return (exact or matches)[0]
    if matches:
        some = ", ".join(each.id for each in matches[:3])
        raise UnknownRun(f"{prefix} begins the ids of several runs ({some}); give more of it.")
    raise UnknownRun(f"There is no run {prefix}; `intern runs` lists them.")


def _chunks(client: Client, run_id: str) -> list[LogChunk]:
    chunks: list[LogChunk] = []
    offset = 0
    while True:
        chunk = client.call("intern/run/log", ReadLog(run=run_id, offset=offset), LogChunk)
        chunks.append(chunk)
        if chunk.next == offset or chunk.done:
            return chunks
        offset = chunk.next


def _follow(client: Client, run_id: str, console: Console) -> None:
    """Print the log until the run has ended."""
    offset = 0
    while True:
        chunk = client.call("intern/run/log", ReadLog(run=run_id, offset=offset), LogChunk)
        console.file.write(chunk.text)
        console.file.flush()
        if chunk.done:
            return
        if chunk.next == offset:
            time.sleep(POLL_SECONDS)
        offset = chunk.next


def _scored(client: Client, run_id: str, evaluate: bool) -> Run:
    """The run once it is over, and scored when that was asked for."""
    while True:
        found = find_run(client, run_id)
        waits = not found.done or (
            evaluate and found.state == "succeeded" and found.dev is None and not found.message
        )
        if not waits:
            return found
        time.sleep(POLL_SECONDS)


def _stop_followed(root: Path, run_id: str, console: Console) -> None:
    say(console, f"Stopping run {run_id}. Ctrl-C again leaves it going on.")
    try:
        # A connection of its own: the interrupted one may have half a message in it.
        with reach(root) as client:
            ended = client.call("intern/run/stop", RunRef(run=run_id), Run)
        say(console, f"Run {ended.id} {ended.state}.")
    except KeyboardInterrupt:
        say(console, f"Left. Run {run_id} goes on; end it with")
        say(console, f"  {command(root, 'stop', run_id)}")
    except InternError as error:
        say(console, f"Run {run_id} could not be stopped: {error}")


def _tell_end(run: Run, root: Path, console: Console) -> None:
    if not run.done:
        say(console, f"Follow it: {command(root, 'logs', run.id, '-f')}")
        return
    took = figures.span(run.ended - run.started) if run.ended and run.started else ""
    ending = f"Run {run.id} {run.state}" + (f" after {took}" if took else "")
    say(console, f"{ending}: {run.message}" if run.message else f"{ending}.")
    for name, value in (run.dev or {}).items():
        say(console, f"  {name} {figures.score(value)}")
    say(console, f"What to make of it: {command(root, 'diagnose', run.id)}")
