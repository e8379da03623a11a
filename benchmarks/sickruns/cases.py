"""The catalogue of all cases, by name, and the seeds that each is trained with."""

from case import Case
from healthy import HEALTHY
from sick_preference import DPO, GRPO
from sick_sft import SFT

SICK = (*SFT, *DPO, *GRPO)

CASES: dict[str, Case] = {case.name: case for case in (*SICK, *HEALTHY)}

SEEDS = (0, 1, 2)
