"""`intern diagnose`: what is wrong with a run, of ours or in any file of metrics."""

import os
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from ..errors import BadInput
from ..protocol import Diagnosis, Finding
from ..protocol.findings import Method
from ..protocol.methods import RunRef
from . import exits, figures
from .board import SEVERITIES
from .connection import here, reach, workspace
from .curves import Curve, losses
from .runs import find_run
from .sparkline import marked, sparkline
from .terminal import Glyphs, answers, glyphs, print_json, say
from .view import SEVERITY_STYLES


class FailOn(StrEnum):
    """From which severity on the exit code is 3."""

    never = "never"
    warning = "warning"
    critical = "critical"


def diagnose(
    context: typer.Context,
    *,
    target: Annotated[
        str,
        typer.Argument(
            metavar="RUN|FILE",
            help="A run id; or a trainer_state.json, a log (JSONL, CSV, TensorBoard), a Trackio "
            "database, or a folder of runs.",
        ),
    ],
    fail_on: Annotated[
        FailOn, typer.Option(help="Exit with 3 when a finding is at least so severe.")
    ] = FailOn.never,
    method: Annotated[
        Method | None,
        typer.Option(help="How a FILE's model was trained; else told from its metrics."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Say what is wrong with a run, and what to try. A FILE needs no daemon and no repository."""
    folder = here(context)
    path = folder / target
    if path.is_dir() and (runs := _runs_in(path)):
        raise typer.Exit(_tell_all(runs, path, method, as_json, fail_on))
    if path.exists() or os.sep in target or path.suffix:
        found, curve = _of_file(path, method, as_json)
    elif method is not None:
        raise BadInput(f"--method is for files, and {target} is a run; leave it out.")
    else:
        found, curve = _of_run(workspace(folder), target, as_json)
    if as_json:
        print_json(found.wire())
    else:
        tell(found, curve, answers())
    raise typer.Exit(exit_code(found, fail_on))


def _of_file(path: Path, method: Method | None, as_json: bool) -> tuple[Diagnosis, Curve]:
    # Imported here: it needs numpy, which `intern --help` does without.
    from ..diagnosis.files import diagnose_file, read_rows  # noqa: PLC0415

    found = diagnose_file(path, method)
    if as_json:
        return found, Curve()
    rows = [row for row in read_rows(path) if "loss" in row]
    return found, Curve([float(row.step) for row in rows], [row["loss"] for row in rows])


def _runs_in(folder: Path) -> list[Path]:
    from ..diagnosis.files import runs_in  # noqa: PLC0415

    return runs_in(folder)


def _tell_all(
    runs: list[Path], folder: Path, method: Method | None, as_json: bool, fail_on: FailOn
) -> int:
    """Tell of every run in a folder; returns the exit code of the worst."""
    told = [(run.relative_to(folder).as_posix(), *_of_file(run, method, as_json)) for run in runs]
    if as_json:
        print_json({"runs": [{"path": path, **found.wire()} for path, found, _ in told]})
    else:
        console = answers()
        for path, found, curve in told:
            console.print(Text(path, style="bold"))
            tell(found, curve, console)
            console.print()
    return max(exit_code(found, fail_on) for _, found, _ in told)


def _of_run(root: Path, target: str, as_json: bool) -> tuple[Diagnosis, Curve]:
    with reach(root) as client:
        run = find_run(client, target)
        found = client.call("intern/run/diagnose", RunRef(run=run.id), Diagnosis)
        return found, Curve() if as_json else losses(client, run.id)


def exit_code(found: Diagnosis, fail_on: FailOn) -> int:
    """3 when a finding is as severe as asked for; what is no problem does not count."""
    if fail_on is FailOn.never:
        return exits.OK
    bad = SEVERITIES[: SEVERITIES.index(fail_on.value) + 1]
    standing = [each for each in found.findings if each.suppressed is None]
    return exits.FOUND if any(each.severity in bad for each in standing) else exits.OK


def tell(found: Diagnosis, curve: Curve, console: Console) -> None:
    """Print the findings, worst first, under the curve of the loss."""
    signs = glyphs(console)
    rows = figures.counted(found.rows, "row")
    every = [each for each in found.findings if each.because_of is None]
    roots = [each for each in every if each.suppressed is None]
    roots.sort(key=lambda each: SEVERITIES.index(each.severity))
    counts = [
        figures.counted(number, name) if name == "warning" else f"{number} {name}"
        for name in SEVERITIES
        if (number := sum(each.severity == name for each in roots))
    ]
    say(console, f"{found.method}, {rows}: {', '.join(counts) or 'healthy'}")
    _draw(curve, roots, console, signs)
    for each in roots:
        console.print()
        _tell_finding(each, found.findings, console)
    for each in every:
        if each.suppressed is not None:
            words = f"not a problem: {each.rule} {each.label}  {each.title}  ({each.suppressed})"
            console.print(Text(words, style="dim"))
    console.print()
    if roots:
        say(console, f"Checked: {', '.join(found.checked)}")
    elif found.checked:
        say(console, f"No trouble found. Checked: {', '.join(found.checked)}")
    else:
        say(console, "Nothing could be checked: no rule knows the metrics that are there.")


def _draw(curve: Curve, roots: list[Finding], console: Console, signs: Glyphs) -> None:
    width = min(100, console.width) - 8
    if len(curve.values) < 2 or width < 10:
        return
    line = sparkline(curve.values, width, signs)
    console.print(Text.assemble(("loss  ", "dim"), (line, "cyan")), soft_wrap=True)
    if roots:
        below = marked(curve.steps, roots[0].steps, width)
        if below:
            label = (f"      {below}", SEVERITY_STYLES[roots[0].severity])
            console.print(Text.assemble(label, f" {roots[0].rule}"), soft_wrap=True)


def _number(value: float) -> str:
    """A count as one, anything else as a metric."""
    return f"{value:.0f}" if value.is_integer() else figures.score(value)


def _tell_finding(finding: Finding, others: list[Finding], console: Console) -> None:
    first, last = finding.steps
    head = Text().append(f"{finding.severity}  ", style=SEVERITY_STYLES[finding.severity])
    head.append(f"{finding.rule} {finding.label}", style="bold")
    head.append(f"  {finding.title}")
    head.append(f"  (step {first})" if first == last else f"  (steps {first}-{last})", style="dim")
    console.print(head)
    numbers = ", ".join(f"{name} {_number(value)}" for name, value in finding.evidence.items())
    lines = [Text(numbers)] if numbers else []
    lines.append(Text(finding.explanation, style="dim"))
    if finding.place is not None:
        lines.append(Text(f"at {finding.place.path}:{finding.place.line}"))
    lines += [Text(f"try: {each.text}", style="green") for each in finding.interventions]
    lines += [
        Text(f"follows from it: {each.rule} {each.title}", style="dim")
        for each in others
        if each.because_of == finding.rule
    ]
    for line in lines:
        console.print(Padding(line, (0, 0, 0, 2), expand=False))
