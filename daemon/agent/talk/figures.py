"""Numbers in answers: with sign and unit, and no more digits than they carry."""

import math
from collections.abc import Sequence
from statistics import median

from ...protocol import Run, Verdict


def score(value: float | None) -> str:
    """A metric's value, three decimals; small ones with three significant digits."""
    if value is None:
        return "not measured"
    if not math.isfinite(value):
        return str(value)
    return f"{value:.3g}" if 0 < abs(value) < 0.01 or abs(value) >= 1000 else f"{value:.3f}"


def signed(value: float | None) -> str:
    """A difference, always with its sign."""
    text = score(value)
    return text if value is None or text.startswith("-") else f"+{text}"


def evidence(value: float) -> str:
    """A number that a rule stands on: a count as one, anything else with four digits."""
    whole = math.isfinite(value) and value.is_integer() and abs(value) < 1e9
    return f"{value:.0f}" if whole else f"{value:.4g}"


def span(seconds: float) -> str:
    """`18 s`, `3 min 12 s`, `2 h 5 min`."""
    whole = round(seconds)
    if whole < 60:
        return f"{seconds:.1f} s" if seconds < 10 else f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min" + (f" {whole % 60} s" if whole % 60 else "")
    return f"{whole // 3600} h" + (f" {whole % 3600 // 60} min" if whole % 3600 >= 60 else "")


def counted(count: int, noun: str) -> str:
    """`1 run`, `4 runs`."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def listed(words: Sequence[str], last: str = "and") -> str:
    """`a`, `a and b`, `a, b and c`."""
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} {last} {words[-1]}"


def rung(share: float) -> str:
    """`full`, `1/3`, or per cent when it is no simple fraction."""
    if share >= 1:
        return "full"
    whole = round(1 / share)
    return f"1/{whole}" if abs(share * whole - 1) < 0.02 else f"{share:.0%}"


def measured(verdict: Verdict) -> str:
    """`+0.310 (95 % interval +0.250 to +0.370, noise floor 0.030, 2 seeds)`"""
    parts = []
    if verdict.low is not None and verdict.high is not None:
        parts.append(f"95 % interval {signed(verdict.low)} to {signed(verdict.high)}")
    parts.append(f"noise floor {score(verdict.noise_floor)}")
    parts.append(counted(verdict.seeds, "seed"))
    return f"{signed(verdict.effect)} ({', '.join(parts)})"


def run_seconds(runs: Sequence[Run]) -> float | None:
    """Median wall time of the full runs that succeeded; None: there is none."""
    times = [
        run.ended - run.started
        for run in runs
        if run.state == "succeeded" and run.rung == 1.0 and run.started and run.ended
    ]
    return median(times) if times else None
