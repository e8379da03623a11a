"""Numbers of diagnostics, lenses and hovers, with no more digits than they carry."""


def number(value: float) -> str:
    """Three significant digits: `0.71`, `0.0031`, `2e-05`, `1240`."""
    text = f"{value:.3g}"
    return f"{value:.0f}" if "e+" in text and abs(value) < 1e9 else text


def gain(effect: float, direction: str) -> str:
    """By how much a metric changed, with its sign.

    Args:
        effect: in the direction of the metric.
        direction: `max` or `min`.
    """
    change = effect if direction == "max" else -effect
    return f"{change:+.3g}"


def counted(count: int, noun: str) -> str:
    """`1 seed`, `3 seeds`."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
