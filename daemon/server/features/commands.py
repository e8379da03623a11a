"""The commands that lenses and quick fixes name, each with one object as its argument."""

from typing import Any

from lsprotocol import types

RUN = "intern.run"
"""`{script}`: run the training once."""
IMPROVE = "intern.improve"
"""`{script}`: start a session."""
OPEN_CURVES = "intern.openCurves"
"""`{runs, steps?, rule?}`: show runs; with `steps`, first and last, that stretch of them."""
SHOW_FINDING = "intern.showFinding"
"""`{run, rule}`: explain a finding."""
SHOW_EXPERIMENT = "intern.showExperiment"
"""`{experiment}`: its diff, runs and verdict."""
TRY_CANDIDATE = "intern.tryCandidate"
"""`{wish, candidate, intervention, title, hypothesis, source, cost, run, rule}`: start an
experiment; `wish` is that of `intern/experiment/try`."""
SUPPRESS_FINDING = "intern.suppressFinding"
"""`{run, rule, reason?}`: it is not a problem."""


def command(title: str, name: str, argument: dict[str, Any]) -> types.Command:
    return types.Command(title=title, command=name, arguments=[argument])
