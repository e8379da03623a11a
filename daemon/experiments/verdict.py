"""Keep, discard or inconclusive: the judgement of one experiment against the incumbent."""

from collections.abc import Mapping

from ..protocol import Verdict
from .noise import Noise


def gains(
    candidate: Mapping[int, float], incumbent: Mapping[int, float], direction: str
) -> dict[int, float]:
    """Gain for each seed that both have, positive is better."""
    sign = 1.0 if direction == "max" else -1.0
    return {
        seed: sign * (score - incumbent[seed])
        for seed, score in sorted(candidate.items())
        if seed in incumbent
    }


def judge(
    candidate: Mapping[int, float],
    incumbent: Mapping[int, float],
    noise: Noise,
    direction: str,
    last: bool,
) -> Verdict | None:
    """Judge paired full runs.

    Kept: the mean gain clears the noise floor and no seed contradicts it, on two seeds at least.
    Discarded: the first seed gains nothing, or the mean stays under half the floor.
    Otherwise another seed is asked for.

    Args:
        candidate: dev metric by seed.
        incumbent: the same of what it would replace.
        noise: run-to-run noise of the metric.
        direction: `max` or `min`.
        last: no further seed can be run.

    Returns:
        The verdict, or None when another seed should decide.
    """
    paired = gains(candidate, incumbent, direction)
    count = len(paired)
    if count == 0:
        return None
    mean = sum(paired.values()) / count
    floor = noise.floor(count)
    low, high = noise.interval(mean, count)
    agreeing = sum(gain > 0 for gain in paired.values())

    def verdict(name: str, reason: str) -> Verdict:
        return Verdict.model_validate(
            {
                "name": name,
                "effect": mean,
                "low": low,
                "high": high,
                "noise_floor": floor,
                "confidence": noise.confidence(mean, count),
                "seeds": count,
                "reason": reason,
            }
        )

    if count >= 2 and mean > floor and agreeing == count:
        return verdict(
            "keep", f"{mean:+.3f} over {count} seeds clears the noise floor of {floor:.3f}."
        )
    if mean <= 0:
        return verdict("discard", f"{mean:+.3f} over {_seeds(count)}: no gain.")
    if count >= 2 and mean <= floor / 2:
        return verdict(
            "discard", f"{mean:+.3f} over {count} seeds is within the noise floor of {floor:.3f}."
        )
    if not last:
        return None
    if count >= 2 and agreeing < count:
        why = f"only {agreeing} of {count} seeds agree"
    elif count < 2:
        why = "no second seed could confirm it"
    else:
        why = f"it does not clear the noise floor of {floor:.3f}"
    return verdict("inconclusive", f"{mean:+.3f} over {_seeds(count)}, but {why}.")


def _seeds(count: int) -> str:
    return "1 seed" if count == 1 else f"{count} seeds"
