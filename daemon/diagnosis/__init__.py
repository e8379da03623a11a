"""What is wrong with a run: rules over its metric rows, one module a family, and their findings."""

from .engine import Engine
from .files import diagnose_file
from .method import infer_method
from .rule import REGISTRY, Evidence, Rule, RunContext, rule

__all__ = [
    "REGISTRY",
    "Engine",
    "Evidence",
    "Rule",
    "RunContext",
    "diagnose_file",
    "infer_method",
    "rule",
]
