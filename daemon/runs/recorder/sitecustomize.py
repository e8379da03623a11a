"""Runs as every Python of a run starts: installs the recorder, then gives way to the user's."""

# pathlib is slow to import, and this starts with every run.
# ruff: noqa: PTH100, PTH120

import importlib.machinery
import importlib.util
import os
import sys

_HERE = os.path.dirname(os.path.abspath(__file__))

import intern_recorder  # type: ignore[import-not-found]  # noqa: E402 - beside this file, first on PYTHONPATH

intern_recorder.install()

# Python runs one sitecustomize, the first on the path; the one that we stand before is due now.
_next = importlib.machinery.PathFinder.find_spec(
    "sitecustomize", [folder for folder in sys.path if os.path.abspath(folder or ".") != _HERE]
)
if _next is not None and _next.loader is not None:
    _module = importlib.util.module_from_spec(_next)
    sys.modules["sitecustomize"] = _module
    _next.loader.exec_module(_module)
