"""`Not a problem`: the person's word on a finding, kept in the workspace."""

from ..errors import BadInput
from ..protocol import FindingsChanged, Suppressed
from ..protocol.methods import Suppress, Suppression, Suppressions
from ..workspace import EventStore
from ..workspace.suppression import marked


def suppress(store: EventStore, wish: Suppress) -> Suppressions:
    """Write it down, and tell the findings that it is about anew.

    Raises:
        BadInput: the run has no such finding, or there is nothing to take back.
    """
    state = store.state
    known = state.suppressed.get((wish.rule, wish.run))
    told = state.findings.get(wish.run) if wish.run is not None else None
    said = told is not None and any(finding.rule == wish.rule for finding in told.findings)
    if wish.run is not None and wish.active and not said:
        raise BadInput(
            f"{wish.run} has no finding {wish.rule}; `intern diagnose {wish.run}` lists those that "
            "it has."
        )
    if not wish.active and (known is None or not known.active):
        where = wish.run or "this workspace"
        raise BadInput(f"{wish.rule} is not suppressed in {where}, so it stands already.")
    store.append(Suppressed(rule=wish.rule, run=wish.run, reason=wish.reason, active=wish.active))
    for changed in list(state.findings.values()):
        findings = marked(state, changed.run, changed.findings)
        if findings != changed.findings:
            store.append(FindingsChanged(run=changed.run, method=changed.method, findings=findings))
    return suppressions(store)


def suppressions(store: EventStore) -> Suppressions:
    """What is suppressed now."""
    return Suppressions(
        active=[
            Suppression(rule=said.rule, run=said.run, reason=said.reason)
            for said in store.state.suppressed.values()
            if said.active
        ]
    )
