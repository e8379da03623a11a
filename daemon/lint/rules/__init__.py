"""The rules, one module a family. Importing this registers them all, in this order."""

# isort: off
from . import learning_rate
from . import schedule
from . import splits
from . import rows
from . import tokens
from . import evaluation
from . import checkpoints
from . import precision
from . import accumulation
from . import rewards
from . import generations
from . import preference
from . import adapters
from . import library
from . import running
from . import logs
# isort: on

__all__ = [
    "accumulation",
    "adapters",
    "checkpoints",
    "evaluation",
    "generations",
    "learning_rate",
    "library",
    "logs",
    "precision",
    "preference",
    "rewards",
    "rows",
    "running",
    "schedule",
    "splits",
    "tokens",
]
