"""The loop: baseline, races of candidates, verdicts that know the noise, the report.

Everything here can be asked twice: an answer is found by what was asked, so a session goes on after
any death with the runs that it already paid for.
"""

from ..protocol import Experiment
from .baseline import BaselineFailed, measure_baseline
from .budget import MORE, Ledger
from .estimate import Estimate, abreast, estimate_race
from .finale import finish_seeds, look_at_test, reserve_cpu, reserve_runs, reserve_seconds
from .lab import Lab
from .own_edits import OWN_EDIT, SEEDS, abandon_edits, adopt_edits, edited, overtaken
from .proposal import Proposal
from .race import give_up, race, settle, unfinished
from .report import write_report
from .watch import Watch

__all__ = [
    "MORE",
    "OWN_EDIT",
    "SEEDS",
    "BaselineFailed",
    "Estimate",
    "Experiment",
    "Lab",
    "Ledger",
    "Proposal",
    "Watch",
    "abandon_edits",
    "abreast",
    "adopt_edits",
    "edited",
    "estimate_race",
    "finish_seeds",
    "give_up",
    "look_at_test",
    "measure_baseline",
    "overtaken",
    "race",
    "reserve_cpu",
    "reserve_runs",
    "reserve_seconds",
    "settle",
    "unfinished",
    "write_report",
]
