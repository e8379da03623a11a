"""Numbers as a person reads them: with sign, unit and no more digits than they carry."""

import math


def score(value: float | None) -> str:
    """A metric's value; `-` when it was never measured."""
    if value is None:
        return "-"
    if not math.isfinite(value):
        return str(value)
    size = abs(value)
    if size >= 1000 or (0 < size < 0.001):
        return f"{value:.2e}"
    if size >= 0.1 or size == 0:
        return f"{value:.2f}"
    # A third digit where two would make 0.014 and 0.012 the same.
    return f"{value:.3f}".removesuffix("0")


def gain(value: float | None) -> str:
    """A difference, always with its sign."""
    if value is None:
        return "-"
    text = score(value)
    return text if text.startswith("-") or text == "nan" else f"+{text}"


def clock(seconds: float) -> str:
    """`03:12`, or `1:03:12` from an hour on."""
    whole = max(0, int(seconds))
    hours, minutes = whole // 3600, whole % 3600 // 60
    if hours:
        return f"{hours}:{minutes:02}:{whole % 60:02}"
    return f"{minutes:02}:{whole % 60:02}"


def span(seconds: float) -> str:
    """A duration in one unit or two: `18 s`, `3 min 12 s`, `2 h 5 min`."""
    if seconds < 1:
        return f"{max(0.0, seconds):.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min" + (f" {whole % 60} s" if whole % 60 else "")
    return f"{whole // 3600} h" + (f" {whole % 3600 // 60} min" if whole % 3600 >= 60 else "")


def age(seconds: float) -> str:
    """How long ago, in the largest unit: `now`, `4 min`, `3 h`, `12 d`."""
    for size, unit in ((86_400, "d"), (3600, "h"), (60, "min")):
        if seconds >= size:
            return f"{int(seconds // size)} {unit}"
    return "now"


def rung(share: float | None) -> str:
    """`full`, `1/3`, or per cent when it is no simple fraction."""
    if share is None:
        return ""
    if share >= 1:
        return "full"
    whole = round(1 / share)
    return f"1/{whole}" if abs(share * whole - 1) < 0.02 else f"{share:.0%}"


def size(count: float) -> str:
    """Bytes, in binary units."""
    for unit in ("B", "KiB", "MiB", "GiB"):
        if count < 1024:
            return f"{count:.0f} {unit}" if unit == "B" else f"{count:.1f} {unit}"
        count /= 1024
    return f"{count:.1f} TiB"


def counted(number: int, noun: str) -> str:
    """`1 run`, `4 runs`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
