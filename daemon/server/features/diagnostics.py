"""Findings on the lines that are responsible, and what is wrong with `intern.toml`."""

from lsprotocol import types

from ...errors import InternError
from ...protocol import Finding, Place, Severity
from ...workspace.config import problems
from .figures import number
from .past import Block, nearest
from .rule_pages import page
from .standing import Standing, standing
from .trainer import entry
from .view import CONFIG, View

SOURCE = "intern"
SEVERITIES: dict[Severity, types.DiagnosticSeverity] = {
    "critical": types.DiagnosticSeverity.Error,
    "warning": types.DiagnosticSeverity.Warning,
    "info": types.DiagnosticSeverity.Information,
}


def diagnostics(view: View) -> dict[str, list[types.Diagnostic]]:
    """All diagnostics of a workspace, by path; open documents are there with an empty list."""
    found: dict[str, list[types.Diagnostic]] = {path: [] for path in view.documents}
    if contract := _contract(view):
        found[CONFIG] = contract
    now = standing(view)
    if now is not None:
        places = {finding.rule: _here(view, now, finding) for finding in now.findings}
        for finding in now.findings:
            if (place := places[finding.rule]) is not None:
                path, where = place
                told = _diagnostic(view, now, finding, where)
                root = places.get(finding.because_of or "")
                if root is not None:
                    told.related_information = [_because(view, now, finding, *root)]
                found.setdefault(path, []).append(told)
    return found


def _contract(view: View) -> list[types.Diagnostic]:
    text = view.text(CONFIG)
    lines = (text or "").splitlines()
    return [
        types.Diagnostic(
            range=view.range(
                CONFIG,
                one.line,
                one.column - 1,
                len(lines[one.line - 1].rstrip()) if one.line <= len(lines) else 0,
            ),
            message=f"{one.text}.",
            severity=types.DiagnosticSeverity.Error,
            source=SOURCE,
            code="config",
        )
        for one in (problems(text) if text is not None else [])
    ]


def _here(view: View, now: Standing, finding: Finding) -> tuple[str, types.Range] | None:
    """Path and range of a finding in the present text; None: its line is not there any more."""
    if finding.place is None:
        return _at_trainer(view)
    place = finding.place
    present = view.text(place.path)
    try:
        past = view.past.text(now.run.commit, place.path)
    except InternError:  # the commit is gone, so what it said can't be compared
        past = None
    if past is None and place.path == CONFIG:  # it may be left out of git, and is read from disk
        past = present
    if present is None or past is None:
        return None
    before = past.splitlines()
    if not 1 <= place.line <= len(before):
        return None
    lines = present.splitlines()
    old = before[place.line - 1]
    line = nearest(Block(place.line, (old.strip(),)), [text.strip() for text in lines])
    if line is None or not old.strip():
        return None
    start, end = _columns(place, old)
    shift = _indentation(lines[line - 1]) - _indentation(old)
    return place.path, view.range(place.path, line, start + shift, end + shift)


def _at_trainer(view: View) -> tuple[str, types.Range] | None:
    """Where a finding goes that no single setting is to blame for."""
    code = view.training
    if code is None:
        return None
    path = code.trainer.module.path if code.trainer else code.script
    where = entry(code, path)
    return None if where is None else (path, view.range(path, *where))


def _columns(place: Place, line: str) -> tuple[int, int]:
    whole = len(line.rstrip())
    if place.column == 1 and place.end_column is None:
        return _indentation(line), whole
    ends_here = place.end_line in (None, place.line) and place.end_column is not None
    end = place.end_column - 1 if ends_here and place.end_column is not None else whole
    return place.column - 1, end


def _indentation(line: str) -> int:
    return len(line) - len(line.lstrip())


def _diagnostic(
    view: View, now: Standing, finding: Finding, where: types.Range
) -> types.Diagnostic:
    return types.Diagnostic(
        range=where,
        message=_message(finding),
        severity=SEVERITIES[finding.severity],
        source=SOURCE,
        code=finding.rule,
        code_description=page(finding.rule),
        data={"run": now.run.id, "rule": finding.rule},
    )


def _message(finding: Finding) -> str:
    """Title, numbers, steps: `The loss rises (loss 2.1, low 0.4; steps 40 to 90)`."""
    first, last = finding.steps
    steps = f"step {first}" if first == last else f"steps {first} to {last}"
    numbers = ", ".join(
        f"{name.replace('_', ' ')} {number(value)}" for name, value in finding.evidence.items()
    )
    told = "; ".join(filter(None, [numbers, steps]))
    return f"{finding.title.rstrip('.')} ({told})"


def _because(
    view: View, now: Standing, finding: Finding, path: str, where: types.Range
) -> types.DiagnosticRelatedInformation:
    cause = next(one for one in now.findings if one.rule == finding.because_of)
    return types.DiagnosticRelatedInformation(
        location=types.Location(uri=view.uri(path), range=where),
        message=f"because of {cause.rule}: {cause.title}",
    )
