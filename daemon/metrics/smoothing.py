"""The debiased exponential moving average, over a million points in some milliseconds."""

import math

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_BLOCK = 64
"""Points of one matrix product; with more, the product costs more than the carry saves."""
_NEGLIGIBLE = 1e-17
"""Below the resolution of 1.0 in float64: from there on the correction changes nothing."""


def smooth(values: Floats, weight: float) -> Floats:
    """Exponential moving average without the pull towards zero at the start (Adam's correction).

    NaN and infinities stay where they are and move nothing.

    Args:
        values: in the order of the plot.
        weight: share of the past, [0, 1); 0 gives the values themselves.
    """
    if weight <= 0 or len(values) == 0:
        return values
    finite = np.isfinite(values)
    if finite.all():
        return _debiased(values, weight)
    smoothed = values.copy()
    smoothed[finite] = _debiased(values[finite], weight)
    return smoothed


def _debiased(values: Floats, weight: float) -> Floats:
    average = _filtered((1 - weight) * values, weight)
    biased = min(len(values), math.ceil(math.log(_NEGLIGIBLE) / math.log(weight)))
    # 1 - weight ** n, exact for weights near 1 too.
    average[:biased] /= -np.expm1(np.arange(1, biased + 1) * math.log(weight))
    return average


def _filtered(values: Floats, weight: float) -> Floats:
    """`y[n] = weight * y[n - 1] + values[n]`, block by block.

    Inside a block it is a product with a triangle of powers. What each block hands to the next is
    the same recursion over the blocks' ends, with the weight to the power of their length.
    """
    powers = weight ** np.arange(_BLOCK + 1)
    ages = np.subtract.outer(np.arange(_BLOCK), np.arange(_BLOCK))
    triangle = np.where(ages >= 0, powers[np.maximum(ages, 0)], 0.0)
    blocks = -(-len(values) // _BLOCK)
    padded = np.zeros(blocks * _BLOCK)
    padded[: len(values)] = values
    within: Floats = padded.reshape(blocks, _BLOCK) @ triangle.T
    if blocks > 1:
        ends = _filtered(within[:, -1], float(powers[_BLOCK]))
        within[1:] += np.multiply.outer(ends[:-1], powers[1:])
    return within.reshape(-1)[: len(values)]
