"""Runs: launch the training command, supervise it, find it again, stop it, score what it left.

`RunKeeper` is the door. The user's code runs in the user's own interpreter, under a small
supervisor (`supervisor.py`) that outlives the daemon and speaks through files in the run's folder.
"""

from .environment import SECRET
from .evaluation import Checkout
from .interpreter import Interpreter, find_python, inspect
from .keeper import RunKeeper
from .record import Record, RunRequest, read_record, read_request
from .slots import Slot, Slots, detect_slots

__all__ = [
    "SECRET",
    "Checkout",
    "Interpreter",
    "Record",
    "RunKeeper",
    "RunRequest",
    "Slot",
    "Slots",
    "detect_slots",
    "find_python",
    "inspect",
    "read_record",
    "read_request",
]
