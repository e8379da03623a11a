"""What keeps a score honest: locked files, a clean evaluator, and a test that is opened once."""

from .base_models import forbidden_models, models_named
from .evaluator import clean_checkout
from .guard import Guard
from .locks import changed_locked, hash_locked, verify, verify_checkout
from .patterns import evaluator_scripts, is_locked, locked_patterns
from .seal import close_seal, open_seal, seal_results

__all__ = [
    "Guard",
    "changed_locked",
    "clean_checkout",
    "close_seal",
    "evaluator_scripts",
    "forbidden_models",
    "hash_locked",
    "is_locked",
    "locked_patterns",
    "models_named",
    "open_seal",
    "seal_results",
    "verify",
    "verify_checkout",
]
