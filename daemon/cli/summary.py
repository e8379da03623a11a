"""A report in the terminal: scores before and after, what was kept, what it cost."""

from pathlib import Path

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from ..protocol import Report, ReportedExperiment, Score
from . import figures
from .terminal import Glyphs, command
from .tree import MARKS, STYLES

NARROW = 76


def summary(report: Report, width: int, glyphs: Glyphs, every: bool = False) -> RenderableType:
    """The whole report on one screen.

    Args:
        every: list the experiments that were not kept too.
    """
    return Group(
        Text(""),
        *_scores(report, width),
        Text(""),
        *_experiments(report, width, glyphs, every),
        Text(""),
        _facts(report),
    )


def next_steps(report: Report, root: Path) -> list[str]:
    """What to do with the result, as commands that can be pasted."""
    kept = [each for each in report.experiments if each.verdict == "keep"]
    if not kept:
        return [
            "Nothing was kept, so there is nothing to land.",
            f"Every experiment with its reason: {command(root, 'report')}",
        ]
    return [
        f"Look at it:  {command(root, 'review')}",
        f"Accept all:  {command(root, 'review', '--accept-all')}",
        f"Land it:     {command(root, 'land')}",
    ]


def _scores(report: Report, width: int) -> list[RenderableType]:
    rows = [_split("dev", report.baseline.dev, report.final.dev, report)]
    if report.baseline.test and report.final.test:
        gain = (report.test_gain, report.test_gain_low, report.test_gain_high)
        rows.insert(0, ("sealed test", report.baseline.test, report.final.test, *gain))
    if width < NARROW:
        return [_stacked(report.metric, rows)]
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold", pad_edge=False)
    table.add_column(report.metric)
    for name in ("before", "after", "gain"):
        table.add_column(name)
    for name, before, after, *gains in rows:
        table.add_row(name, _interval(before), _interval(after), _gain(*gains))
    return [table]


Row = tuple[str, Score, Score, float | None, float | None, float | None]


def _split(name: str, before: Score, after: Score, report: Report) -> Row:
    sign = 1 if report.direction == "max" else -1
    return name, before, after, sign * (after.mean - before.mean), None, None


def _stacked(metric: str, rows: list[Row]) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), show_header=False, pad_edge=False)
    for name, before, after, *gains in rows:
        table.add_row(Text(f"{name} {metric}", style="bold"), "")
        table.add_row("  before", _interval(before))
        table.add_row("  after", _interval(after))
        table.add_row("  gain", _gain(*gains))
    return table


def _interval(score: Score) -> Text:
    text = Text(figures.score(score.mean))
    if score.low is not None and score.high is not None:
        text.append(f" [{figures.score(score.low)}, {figures.score(score.high)}]", style="dim")
    return text


def _gain(mean: float | None, low: float | None, high: float | None) -> Text:
    style = "bold green" if mean is not None and mean > 0 else ""
    text = Text().append(figures.gain(mean), style=style)
    if low is not None and high is not None:
        text.append(f" [{figures.gain(low)}, {figures.gain(high)}]", style="dim")
    return text


def _experiments(report: Report, width: int, glyphs: Glyphs, every: bool) -> list[RenderableType]:
    kept = [each for each in report.experiments if each.verdict == "keep"]
    others = [each for each in report.experiments if each.verdict not in (None, "keep")]
    unfinished = [each for each in report.experiments if each.verdict is None and _number(each)]
    parts: list[RenderableType] = []
    listed = report.experiments if every else kept
    if listed:
        parts.append(_list(listed, width, glyphs))
    if not kept:
        parts.append(
            Text(f"No experiment cleared the noise of {figures.score(report.noise_floor)}.")
        )
    if others and not every:
        tried = f"{figures.counted(len(others), 'more experiment')} tried without a gain"
        left = f", {len(unfinished)} not finished" if unfinished else ""
        parts.append(Text(f"{tried}{left}.", style="dim"))
    return parts


def _number(experiment: ReportedExperiment) -> int:
    """0 for the baseline."""
    return int(experiment.id.rpartition("/")[2])


def _list(listed: list[ReportedExperiment], width: int, glyphs: Glyphs) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), show_header=False, pad_edge=False)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    table.add_column(no_wrap=True)
    if width >= NARROW:
        table.add_column(no_wrap=True)
    for each in listed:
        verdict = each.verdict
        style = STYLES[verdict] if verdict else "dim"
        mark = MARKS[verdict] if verdict else "."
        number = _number(each)
        what = Text(each.title if number else "")
        if number and verdict != "keep":
            what.append(f" {glyphs.rule} {each.reason}", style="dim")
        cells = [
            Text(f"{mark} exp {number}" if number else "o baseline", style=style),
            what,
            Text(figures.gain(each.effect) if number else "", style=style),
        ]
        if width >= NARROW:
            cells.append(Text((each.commit or "")[:7], style="dim"))
        table.add_row(*cells)
    return table


def _facts(report: Report) -> Table:
    cost, integrity = report.cost, report.integrity
    spent = [
        figures.span(cost.seconds),
        figures.counted(cost.runs, "run"),
        f"{figures.span(cost.cpu_seconds)} of CPU time",
        f"${cost.usd:.2f}",
    ]
    if cost.tokens:
        spent.insert(3, f"{cost.tokens:,} tokens")
    files = figures.counted(len(integrity.locked), "locked file")
    held = Text(f"{files} unchanged" if integrity.intact else f"{files}, not all unchanged")
    if not integrity.intact:
        held.stylize("bold red")
    looks = "never" if integrity.test_looks == 0 else figures.counted(integrity.test_looks, "time")
    held.append(f"; sealed test opened {looks}")
    table = Table(box=None, padding=(0, 2, 0, 0), show_header=False, pad_edge=False)
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    table.add_row("cost", ", ".join(spent))
    table.add_row("integrity", held)
    for note in integrity.notes:
        table.add_row("", note)
    table.add_row("ended", report.stopped_because)
    table.add_row("branch", report.branch)
    table.add_row("report", f".intern/reports/{report.session}.md")
    return table
