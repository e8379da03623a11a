"""Keep a session as the recording that the pictures in the documentation are made of.

    python -m tests.e2e.record WORKSPACE SECONDS

WORKSPACE is one in which `intern improve` came to its end; SECONDS after the session's start is the
moment that the live picture shows. What it does not show is left out, paths of the machine too.
"""

import json
import sys
from pathlib import Path
from typing import Any

from intern_daemon.protocol import Event
from intern_daemon.workspace import EventStore, Layout, State

RECORDINGS = Path(__file__).parent / "recordings"
EVENTS = RECORDINGS / "improve.jsonl"
REPORT = RECORDINGS / "report.json"


def main(root: Path, seconds: float) -> None:
    """Write both recordings from the newest session of a workspace."""
    layout = Layout(root.resolve())
    store = EventStore(layout.database)
    session = store.state.newest_session()
    assert session is not None and session.state == "finished"
    until = session.created + seconds
    events = [event for event in store.replay(0) if event.time <= until]
    then = State()
    for event in events:
        then.fold(event)
    lines = [json.dumps(scrubbed(event)) for event in events if is_shown(event, then)]
    RECORDINGS.mkdir(exist_ok=True)
    EVENTS.write_text("\n".join(lines) + "\n", encoding="utf-8")
    report = layout.report(session.id, ".json")
    REPORT.write_text(report.read_text(encoding="utf-8"), encoding="utf-8")
    for path in (EVENTS, REPORT):
        assert str(layout.root.parent) not in path.read_text(encoding="utf-8")


def is_shown(event: Event, then: State) -> bool:
    """Whether the live view at the recorded moment depends on the event.

    Args:
        then: the state at that moment.
    """
    body = event.body
    if body.kind == "metrics":
        return not then.runs[body.run].done
    return body.kind != "step"


def scrubbed(event: Event) -> dict[str, Any]:
    """The event without paths of the machine and hashes of files."""
    value = event.wire()
    body = value["body"]
    if "run" in body and isinstance(body["run"], dict):
        body["run"]["python"] = ".venv/bin/python"
    if "session" in body and isinstance(body["session"], dict):
        body["session"]["locks"] = {}
        if body["session"].get("report"):
            body["session"]["report"] = None
    return value


if __name__ == "__main__":
    main(Path(sys.argv[1]), float(sys.argv[2]))
