"""The loop: baseline, races of candidates, verdicts that know the noise, the report.

Everything here can be asked twice: an answer is found by what was asked, so a session goes on after
any death with the runs that it already paid for.
"""

from ..protocol import Experiment
from .baseline import BaselineFailed, measure_baseline
from .budget import MORE, Ledger
from .estimate import abreast
from .finale import finish_seeds, look_at_test, reserve_cpu, reserve_runs, reserve_seconds
from .lab import Lab
from .proposal import Proposal
from .race import give_up, race, settle, unfinished
from .report import write_report
from .watch import Watch

__all__ = [
    "MORE",
    "BaselineFailed",
    "Experiment",
    "Lab",
    "Ledger",
    "Proposal",
    "Watch",
    "abreast",
    "finish_seeds",
    "give_up",
    "look_at_test",
    "measure_baseline",
    "race",
    "reserve_cpu",
    "reserve_runs",
    "reserve_seconds",
    "settle",
    "unfinished",
    "write_report",
]
