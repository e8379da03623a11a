"""Which findings stand now: those of the run that tells most of the code that is in force."""

from dataclasses import dataclass

from ...protocol import Finding, Run
from .view import View


@dataclass(frozen=True)
class Standing:
    """A run and what the rules say of it."""

    run: Run
    findings: list[Finding]


def standing(view: View) -> Standing | None:
    """Findings of the newest run of the newest session's incumbent.

    A run of the person's own that came after it takes its place, so that a mended line loses its
    finding; with no incumbent the newest run of any kind counts. None: no run has told anything.
    """
    told = [run for run in view.runs.values() if _has_told(run, view)]
    session = view.session
    incumbent = session.incumbent if session else None
    best = [run for run in told if incumbent and run.experiment == incumbent]
    best = [run for run in best if run.rung == 1.0] or best
    newest = max(best, key=_created, default=None)
    if newest is not None:
        own = [run for run in told if run.session is None and run.created > newest.created]
        told = [newest, *own]
    run = max(told, key=_created, default=None)
    if run is None:
        return None
    found = view.findings.get(run.id)
    # What the person called no problem stands no longer.
    findings = [one for one in found.findings if one.suppressed is None] if found else []
    return Standing(run, findings)


def _has_told(run: Run, view: View) -> bool:
    """A run that has logged nothing yet, or ended before it did, withdraws nothing."""
    return run.id in view.findings or (run.done and run.progress.rows > 0)


def _created(run: Run) -> tuple[float, str]:
    return run.created, run.id
