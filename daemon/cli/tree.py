"""The experiment tree as rows of text."""

from collections.abc import Iterator
from dataclasses import dataclass

from rich.text import Text

from ..protocol import Experiment
from . import figures
from .board import Board, spread
from .terminal import Glyphs

MARKS = {"keep": "*", "discard": "x", "inconclusive": "~"}
STYLES = {"keep": "green", "discard": "red", "inconclusive": "yellow"}
BAR = 10


@dataclass(frozen=True)
class Columns:
    """Widths of what stands right of the title; 0: left out."""

    effect: int = 8
    verdict: int = 13
    runs: int = 8
    commit: int = 9
    reason: int = 0

    @classmethod
    def fitting(cls, width: int) -> "Columns":
        if width < 70:
            return cls(runs=0, commit=0)
        return cls() if width < 110 else cls(reason=min(40, width - 90))

    @property
    def total(self) -> int:
        return self.effect + self.verdict + self.runs + self.commit + self.reason


def tree(board: Board, width: int, height: int, glyphs: Glyphs) -> list[Text]:
    """Rows of the tree, the baseline as its root.

    Args:
        width: columns of a row, exactly.
        height: rows at most; discarded experiments are left out first, oldest first, and counted.
    """
    baseline = board.baseline
    if baseline is None:
        return []
    shown = _fitting(board, height)
    hidden = len(board.experiments) - len(shown)
    rows = list(_branch(_Canvas(board, shown, width, glyphs), baseline, lead="", stem=""))
    if hidden:
        words = f"{figures.counted(hidden, 'experiment')} without a gain not shown"
        rows.append(fit(Text(f"  {glyphs.more} {words}", style="dim"), width, glyphs))
    if len(rows) > height:
        rows = [rows[0], *rows[len(rows) - height + 1 :]]
    return rows


@dataclass(frozen=True)
class _Canvas:
    """What stays the same from row to row."""

    board: Board
    shown: set[str]
    width: int
    glyphs: Glyphs


def _fitting(board: Board, height: int) -> set[str]:
    experiments = board.experiments
    excess = len(experiments) - height
    if excess <= 0:
        return {each.id for each in experiments}
    parents = {each.parent for each in experiments}
    dull = [
        each.id
        for each in experiments
        if each.verdict and each.verdict.name != "keep" and each.id not in parents
    ]
    return {each.id for each in experiments} - set(dull[: excess + 1])


def _branch(canvas: _Canvas, experiment: Experiment, lead: str, stem: str) -> Iterator[Text]:
    """The row of an experiment behind `lead`, then its children's behind `stem`."""
    yield _row(canvas.board, experiment, lead, canvas.width, canvas.glyphs)
    glyphs = canvas.glyphs
    narrow = canvas.width < 70
    knot, indent = (" ", 2) if narrow else (glyphs.rule + " ", 4)
    children = [
        each
        for each in canvas.board.experiments
        if each.parent == experiment.id and each.id in canvas.shown
    ]
    for child in children:
        last = child is children[-1]
        corner = (glyphs.last if last else glyphs.branch) + knot
        below = (" " if last else glyphs.pipe).ljust(indent)
        yield from _branch(canvas, child, stem + corner, stem + below)


def _row(board: Board, experiment: Experiment, lead: str, width: int, glyphs: Glyphs) -> Text:
    columns = Columns.fitting(width)
    left = Text().append(lead, style="dim")
    is_best = experiment is board.incumbent
    if experiment.number == 0:
        running = experiment.state != "judged" and experiment.score is None
        left.append(f"{'>' if running else glyphs.dot} ", style="cyan" if running else "")
        left.append(f"baseline x{max(1, len(experiment.runs))}", style="bold" if is_best else "")
    else:
        mark, style = _mark(experiment)
        left.append(f"{mark} ", style=style)
        left.append(f"exp {experiment.number}  ")
        left.append(experiment.title, style="bold" if is_best else "")
    right = _right(board, experiment, columns, glyphs)
    title = fit(left, width - columns.total, glyphs)
    return Text.assemble(title, fit(right, columns.total, glyphs))


def _mark(experiment: Experiment) -> tuple[str, str]:
    if experiment.verdict:
        return MARKS[experiment.verdict.name], STYLES[experiment.verdict.name]
    return (">", "cyan") if experiment.state == "running" else (".", "dim")


def _right(board: Board, experiment: Experiment, columns: Columns, glyphs: Glyphs) -> Text:
    verdict = experiment.verdict
    if experiment.number == 0 and experiment.score is not None:
        deviation = spread(experiment)
        text = Text(f" {figures.score(experiment.score)}")
        if deviation is not None:
            text.append(f" {glyphs.plus_minus} {figures.score(deviation)}", style="dim")
        return text
    if verdict is None:
        return _under_way(board, experiment, min(BAR, columns.total - 17), glyphs)
    style = STYLES[verdict.name]
    effect = f" {figures.gain(verdict.effect)}".ljust(columns.effect)
    right = Text().append(effect, style=style)
    right.append(verdict.name.ljust(columns.verdict), style=style)
    if columns.runs:
        right.append(figures.counted(len(experiment.runs), "run").ljust(columns.runs))
        right.append((experiment.commit or "")[:7].ljust(columns.commit), style="dim")
    if columns.reason:
        reason = "" if verdict.name == "keep" else verdict.reason
        right.append(clip(reason, columns.reason, glyphs), style="dim")
    return right


def _under_way(board: Board, experiment: Experiment, width: int, glyphs: Glyphs) -> Text:
    if experiment.state != "running":
        return Text(" waits", style="dim")
    text = Text().append(f" {_rung_words(experiment)}  ", style="cyan")
    going = [run for run in board.active_runs if run.experiment == experiment.id]
    measured = [run.progress for run in going if run.progress.total_steps]
    if measured:
        share = sum(each.step / (each.total_steps or 1) for each in measured) / len(measured)
        full, empty = bar(share, width, glyphs)
        text.append(full, style="cyan").append(empty, style="dim")
        etas = [each.eta_seconds for each in measured if each.eta_seconds is not None]
        if etas:
            text.append(f" {figures.clock(max(etas))}")
    return text


def _rung_words(experiment: Experiment) -> str:
    if experiment.rung is None:
        return "prepares"
    words = figures.rung(experiment.rung)
    return words if words == "full" else f"rung {words}"


def bar(share: float, width: int, glyphs: Glyphs) -> tuple[str, str]:
    """The done and the open part of a progress bar of `width` columns."""
    full = min(width, max(0, round(share * width)))
    return glyphs.full * full, glyphs.empty * (width - full)


def clip(text: str, width: int, glyphs: Glyphs) -> str:
    """The text, cut with an ellipsis when it is too long."""
    if len(text) <= width:
        return text
    return text[: max(0, width - len(glyphs.more))] + glyphs.more


def fit(text: Text, width: int, glyphs: Glyphs) -> Text:
    """The text at exactly `width` columns."""
    if text.cell_len > width:
        text.truncate(max(0, width - len(glyphs.more)))
        text.append(glyphs.more)
    text.pad_right(max(0, width - text.cell_len))
    return text
