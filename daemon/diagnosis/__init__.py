"""What is wrong with a run: rules over its metric rows, one module a family, and their findings."""

from .batch import diagnose_rows
from .engine import Engine
from .files import diagnose_file
from .method import infer_method
from .plugins import load_plugins
from .rule import REGISTRY, Evidence, Rule, RunContext, rule

__all__ = [
    "REGISTRY",
    "Engine",
    "Evidence",
    "Rule",
    "RunContext",
    "diagnose_file",
    "diagnose_rows",
    "infer_method",
    "rule",
]

load_plugins()  # last: a plugin imports these names
