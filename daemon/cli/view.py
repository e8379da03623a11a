"""The live view of an improvement: a frame of text lines, from a board and a clock alone."""

from rich.console import Group, RenderableType
from rich.text import Text

from ..protocol import Experiment, Finding, Run, Session
from . import figures
from .board import NOTES, Board
from .sparkline import sparkline
from .terminal import UNICODE, Glyphs
from .tree import BAR, bar, clip, fit, tree

FINDINGS = 3
RUNS = 4
SEVERITY_STYLES = {"critical": "bold red", "warning": "yellow", "info": "dim"}
STATE_STYLES = {"finished": "green", "stopped": "yellow", "interrupted": "yellow", "failed": "red"}


def view(board: Board, now: float, width: int, height: int, glyphs: Glyphs) -> RenderableType:
    """Everything about the session in at most `height` lines of `width` columns.

    Args:
        board: the session's events.
        now: UTC seconds, for the clocks.
    """
    session = board.session
    if session is None:
        return Text("Starting the session", style="dim")
    inner = width - 4
    short = height < 24
    above = [_score_line(board, session, inner, glyphs), Text("")]
    below = [
        *(
            _run_line(board, run, inner, glyphs)
            for run in board.active_runs[: 2 if short else RUNS]
        ),
        *(
            _finding_line(finding, inner, glyphs)
            for _, finding in board.findings()[: 1 if short else FINDINGS]
        ),
        *_now_lines(board, 1 if short else NOTES),
    ]
    if below:
        below.insert(0, Text(""))
    room = height - 3 - len(above) - len(below)
    rows = tree(board, inner, max(3, room), glyphs)
    if not rows:
        rows = [Text("Checks the workspace before the baseline", style="dim")]
    return _framed(
        [*above, *rows, *below], _title(board, session, now, width - 6, glyphs), width, glyphs
    )


def _framed(lines: list[Text], title: Text, width: int, glyphs: Glyphs) -> Group:
    corners = "╭╮╰╯│" if glyphs is UNICODE else "++++|"
    side = corners[4]
    opening, ending = f"{corners[0]}{glyphs.rule} ", f" {glyphs.rule}{corners[1]}"
    top = Text.assemble((opening, "dim"), title, (ending, "dim"))
    bottom = Text(f"{corners[2]}{glyphs.rule * (width - 2)}{corners[3]}", style="dim")
    edge, close = (f"{side} ", "dim"), (f" {side}", "dim")
    framed = [Text.assemble(edge, fit(line, width - 4, glyphs), close) for line in lines]
    for line in (top, *framed, bottom):
        line.no_wrap = True
    return Group(top, *framed, bottom)


def _title(board: Board, session: Session, now: float, width: int, glyphs: Glyphs) -> Text:
    """`Improve: slug ------ 03:12 of 30:00   9/24 runs   $0.00`, exactly `width` columns."""
    budget, spent = session.budget, session.spent
    gap = "   " if width > 80 else "  "
    parts = [
        f"{figures.clock(board.elapsed(now))} of {figures.clock(budget.minutes * 60)}",
        f"{max(spent.runs, len(board.state.session_runs(session.id)))}/{budget.runs} runs",
        f"${spent.usd:.2f}",
    ]
    if budget.cpu_seconds is not None and width > 80:
        parts.insert(1, f"{spent.cpu_seconds:.0f}/{budget.cpu_seconds:.0f} CPU s")
    right = Text(f" {gap.join(parts)}")
    if session.state != "running":
        right.append(f"{gap}{session.state}", style=STATE_STYLES[session.state])
    left = Text().append(f"Improve: {session.slug}", style="bold")
    left.truncate(max(9, width - right.cell_len - 2))
    left.append(" ")
    left.append(glyphs.rule * max(0, width - left.cell_len - right.cell_len), style="dim")
    return Text.assemble(left, right)


def _score_line(board: Board, session: Session, width: int, glyphs: Glyphs) -> Text:
    baseline, incumbent = board.baseline, board.incumbent
    line = Text(f"dev {session.metric}   " if width >= 70 else f"{session.metric}  ")
    if baseline is None or baseline.score is None:
        line.append("not measured yet", style="dim")
    else:
        line.append(figures.score(baseline.score))
        if incumbent and incumbent.score is not None and incumbent is not baseline:
            change = incumbent.score - baseline.score
            better = (change > 0) == (session.direction == "max")
            line.append(f" {glyphs.arrow} ")
            line.append(figures.score(incumbent.score), style="bold green" if better else "bold")
            line.append(f"   ({figures.gain(change)}{_noise(session)})")
        else:
            line.append(f"   (no gain yet{_noise(session)})", style="dim")
    seal = "opened" if session.test_opened else "not looked at yet"
    seal_words = f"sealed test: {seal}"
    if line.cell_len + len(seal_words) + 3 <= width:
        line.pad_right(width - line.cell_len - len(seal_words))
        line.append(seal_words, style="dim")
    return line


def _noise(session: Session) -> str:
    return "" if session.noise_floor is None else f", noise {figures.score(session.noise_floor)}"


def _run_line(board: Board, run: Run, width: int, glyphs: Glyphs) -> Text:
    progress = run.progress
    narrow = width < 70
    line = Text(clip(run.id, 14, glyphs).ljust(9 if narrow else 15))
    seed = "" if narrow else f"seed {run.seed}  "
    line.append(f"{seed}{figures.rung(run.rung):<5}", style="dim")
    if run.state == "queued":
        return line.append(" waits for a free slot", style="dim")
    if not progress.rows and progress.loss is None:
        return line.append(" starts", style="dim")
    curve = sparkline(list(board.curves.get(run.id, ())), max(6, width // 6), glyphs)
    line.append(f" {curve}", style="cyan")
    if progress.loss is not None:
        line.append(f"  loss {figures.score(progress.loss)}")
    if progress.total_steps:
        counted = f"  {progress.step}/{progress.total_steps}"
        if width >= 90:
            full, empty = bar(
                progress.step / progress.total_steps, BAR * 2 if width >= 120 else BAR, glyphs
            )
            line.append("  ").append(full, style="cyan").append(empty, style="dim")
        line.append(counted)
    else:
        line.append(f"  step {progress.step}")
    if progress.eta_seconds is not None:
        line.append(f"  eta {figures.clock(progress.eta_seconds)}", style="dim")
    return line


def _finding_line(finding: Finding, width: int, glyphs: Glyphs) -> Text:
    first, last = finding.steps
    where = f"  step {first}" if first == last else f"  steps {first}-{last}"
    line = Text().append(f"{finding.severity} ", style=SEVERITY_STYLES[finding.severity])
    line.append(f"{finding.rule} ", style="bold")
    line.append(clip(finding.title.rstrip("."), width - line.cell_len - len(where), glyphs))
    return line.append(where, style="dim")


def _now_lines(board: Board, notes: int) -> list[Text]:
    going = [each for each in board.experiments if each.state == "running"]
    told = any(note.text.startswith("Now:") for note in board.notes)
    lines = [_now(going[-1])] if going and not told else []
    styles = {"info": "dim", "warning": "yellow", "error": "red"}
    lines += [Text(note.text, style=styles[note.level]) for note in list(board.notes)[-notes:]]
    if (asked := board.waiting) is not None:
        words = f"Waiting for you: {asked.title} Allow it: intern approve {asked.id}"
        lines.append(Text(words, style="bold"))
    session = board.session
    if session and session.state != "running" and session.reason:
        lines.append(Text(session.reason))
    return lines


def _now(experiment: Experiment) -> Text:
    if experiment.number == 0:
        return Text("Now: the baseline, to know the score and its noise")
    return Text(f"Now: exp {experiment.number}. {experiment.hypothesis}")
