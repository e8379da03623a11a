"""`intern review`: see the agent's changes hunk by hunk, accept or reject them."""

import sys
from collections import Counter
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from ..protocol import Decision, Experiment, Hunk, Params, Review
from ..protocol.methods import Decide, SessionRef, State
from . import figures
from .connection import here, reach, workspace
from .feed import Client
from .report import SessionId
from .terminal import answers, command, print_json, say

LINE_STYLES = {"+": "green", "-": "red", "\\": "dim"}
DECISION_STYLES = {"accepted": "green", "rejected": "red", "open": "yellow"}
KEYS: dict[str, Decision] = {"y": "accepted", "n": "rejected"}


def review(
    context: typer.Context,
    *,
    session: SessionId = None,
    accept: Annotated[
        list[str] | None, typer.Option(metavar="ID", help="Accept a hunk; may be repeated.")
    ] = None,
    reject: Annotated[
        list[str] | None, typer.Option(metavar="ID", help="Reject a hunk; may be repeated.")
    ] = None,
    accept_all: Annotated[
        bool, typer.Option("--accept-all", help="Accept all that are open.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Show the kept changes, and decide about them. On a terminal it asks for each."""
    root = workspace(here(context))
    console = answers()
    decided = bool(accept or reject or accept_all)
    with reach(root) as client:
        shown = client.call("intern/review", SessionRef(session=session), Review)
        if reject:
            shown = _decide(client, shown.session, reject, "rejected")
        if accept:
            shown = _decide(client, shown.session, accept, "accepted")
        if accept_all and any(hunk.decision == "open" for hunk in shown.hunks):
            shown = _decide(client, shown.session, ["all"], "accepted")
        if as_json:
            print_json(shown.wire())
            return
        experiments = {
            each.id: each for each in client.call("intern/state", Params(), State).experiments
        }
        if not decided and sys.stdin.isatty() and console.is_terminal:
            shown = _walk(client, shown, experiments, console)
        elif not decided:
            for line in listing(shown, experiments):
                console.print(line, soft_wrap=True)
    for words in closing(shown, root):
        say(console, words)


def listing(review: Review, experiments: dict[str, Experiment]) -> list[Text]:
    """Every hunk, under a heading for each experiment."""
    lines: list[Text] = []
    current = ""
    for hunk in review.hunks:
        if hunk.experiment != current:
            current = hunk.experiment
            lines.append(_heading(experiments.get(current), hunk))
        lines += drawn(hunk)
    return lines


def drawn(hunk: Hunk) -> list[Text]:
    """One hunk as a coloured diff under its id and decision."""
    title = Text().append(f"{hunk.id[:8]} ", style="bold")
    title.append(hunk.decision, style=DECISION_STYLES[hunk.decision])
    title.append(f"  {hunk.path}:{hunk.new_start}")
    diff = [Text(hunk.header, style="cyan")]
    diff += [Text(line, style=LINE_STYLES.get(line[:1], "")) for line in hunk.lines]
    return [title, *diff, Text("")]


def closing(review: Review, root: Path) -> list[str]:
    """The count of decisions, and what to do next."""
    count = Counter(hunk.decision for hunk in review.hunks)
    if not review.hunks:
        return [f"{review.branch} changes nothing: no experiment was kept."]
    total = figures.counted(len(review.hunks), "hunk")
    words = ", ".join(f"{count[name]} {name}" for name in ("accepted", "rejected", "open"))
    lines = [f"{total}: {words}"]
    if count["accepted"]:
        lines.append(f"Land the accepted ones on {review.target}: {command(root, 'land')}")
    else:
        lines.append(f"Accept all: {command(root, 'review', '--accept-all')}")
        lines.append(f"Accept one: {command(root, 'review', '--accept', 'ID')}")
    return lines


def _heading(experiment: Experiment | None, hunk: Hunk) -> Text:
    if experiment is None:
        # The person's own commit on the branch is no experiment's.
        return Text(f"{hunk.experiment or 'your own commit'}  {hunk.commit[:7]}", style="bold")
    line = Text().append(f"exp {experiment.number}  {experiment.title}", style="bold")
    if experiment.verdict:
        line.append(f"  {figures.gain(experiment.verdict.effect)}", style="green")
    return line.append(f"  {hunk.commit[:7]}", style="dim")


def _decide(client: Client, session: str, ids: list[str], decision: Decision) -> Review:
    hunks = [each for given in ids for each in given.replace(",", " ").split()]
    ask = Decide(session=session, hunks=hunks, decision=decision)
    return client.call("intern/review/decide", ask, Review)


def _walk(
    client: Client, review: Review, experiments: dict[str, Experiment], console: Console
) -> Review:
    """Ask about each open hunk."""
    still_open = [hunk for hunk in review.hunks if hunk.decision == "open"]
    for number, hunk in enumerate(still_open, 1):
        console.print(_heading(experiments.get(hunk.experiment), hunk))
        for line in drawn(hunk):
            console.print(line)
        match _ask(f"Accept it ({number} of {len(still_open)})? [y,n,s,a,q,?] ", console):
            case "y" | "n" as key:
                review = _decide(client, review.session, [hunk.id], KEYS[key])
            case "a":
                return _decide(client, review.session, ["all"], "accepted")
            case "q":
                return review
    return review


def _ask(question: str, console: Console) -> str:
    while True:
        try:
            answer = console.input(Text(question, style="bold")).strip().lower()
        except EOFError:
            return "q"
        if answer in ("y", "n", "s", "a", "q"):
            return answer
        console.print("y accept, n reject, s leave open, a accept this and all open ones, q quit")
