"""Find the training settings of a repository and edit one of them in its place."""

from .editing import splice
from .module import PythonModule, called, keyword
from .setting import FileEdit, Origin, Setting, Value
from .spelling import spell, tidy
from .training_code import Site, TrainingCode, find_settings

__all__ = [
    "FileEdit",
    "Origin",
    "PythonModule",
    "Setting",
    "Site",
    "TrainingCode",
    "Value",
    "called",
    "find_settings",
    "keyword",
    "spell",
    "splice",
    "tidy",
]
