"""Mistakes in training code that can be seen before it runs: rules over its syntax tree."""

from .installed import Asking, Installed
from .linting import lint
from .notebook import Notebook
from .rule import REGISTRY, Fix, Level, LintRule, Problem
from .samples import Samples

__all__ = [
    "REGISTRY",
    "Asking",
    "Fix",
    "Installed",
    "Level",
    "LintRule",
    "Notebook",
    "Problem",
    "Samples",
    "lint",
]
