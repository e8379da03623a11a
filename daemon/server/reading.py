"""What clients read of runs and sessions: logs, findings, reports."""

import json

from ..diagnosis import diagnose_rows
from ..errors import BadInput
from ..metrics import ColumnStore
from ..protocol import Diagnosis, Report, Run, Session
from ..protocol.methods import LogChunk, ReadLog
from ..workspace import Layout


def read_log(layout: Layout, run: Run, wish: ReadLog) -> LogChunk:
    """A piece of a run's output, cut between characters."""
    path = layout.run(run.id) / "stdout.log"
    try:
        with path.open("rb") as file:
            file.seek(wish.offset)
            piece = file.read(wish.limit)
            end = file.tell() == path.stat().st_size
    except FileNotFoundError:
        piece, end = b"", True
    # A character that the limit cut in two belongs to the next piece.
    whole = piece if end else piece[: len(piece) - _incomplete(piece)]
    return LogChunk(
        text=whole.decode("utf-8", "replace"),
        next=wish.offset + len(whole),
        done=run.done and end,
    )


def diagnose_run(layout: Layout, run: Run) -> Diagnosis:
    """All findings of a run, from its stored rows."""
    folder = layout.run(run.id)
    try:
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        config = {}
    return diagnose_rows(
        ColumnStore(folder / "series").history(),
        config=config,
        total_steps=run.progress.total_steps,
        ended=run.done,
    )


def read_report(layout: Layout, session: Session) -> Report:
    """The report that a finished session wrote.

    Raises:
        BadInput: it has not written one.
    """
    path = layout.report(session.id, ".json")
    try:
        return Report.model_validate_json(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise BadInput(
            f"{session.id} has no report yet (it is {session.state}); `intern improve --resume` "
            "brings it to its end."
        ) from None


def _incomplete(piece: bytes) -> int:
    """Bytes of an unfinished UTF-8 character at the end."""
    for back in range(1, min(4, len(piece)) + 1):
        byte = piece[-back]
        if byte & 0xC0 == 0x80:
            continue
        needed = 4 if byte >= 0xF0 else 3 if byte >= 0xE0 else 2 if byte >= 0xC0 else 1
        return back if needed > back else 0
    return 0
