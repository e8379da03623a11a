"""The rules, one module a family. Importing this registers them all."""

from . import learning_rate, loss_shape, masking, numeric, overfitting, stall, undertraining

__all__ = [
    "learning_rate",
    "loss_shape",
    "masking",
    "numeric",
    "overfitting",
    "stall",
    "undertraining",
]
