"""How a run ended, told from its exit record and its log."""

from pathlib import Path

import pytest
from intern_daemon.runs.outcome import Exit, judge, lost

TREE = Path("/w/tree")
PYTHON = ["/w/.venv/bin/python", "train.py"]


def exit_of(code=None, **more) -> Exit:
    values = {"signal": None, "reason": "exited", "started": 0, "ended": 60, "cpu_seconds": 1}
    return Exit(**{**values, "code": code, "max_rss_mb": 2048, **more})


def traceback(*frames: str, error: str) -> str:
    lines = ["Traceback (most recent call last):"]
    for frame in frames:
        path, line = frame.split(":")
        lines += [f'  File "{path}", line {line}, in f', "    x()"]
    return "\n".join([*lines, error, ""])


LIBRARY = "/w/.venv/lib/python3.11/site-packages/torch/nn/linear.py:125"


def test_zero_is_success():
    ending = judge(exit_of(0), "anything, even an Error: here", PYTHON, TREE)
    assert (ending.state, ending.cause, ending.message) == ("succeeded", "finished", None)


@pytest.mark.parametrize(
    ("ended", "log", "cause", "words"),
    [
        (
            exit_of(1),
            traceback(
                "/w/tree/train.py:41",
                LIBRARY,
                error="torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB.",
            ),
            "out_of_memory",
            "Out of GPU memory at train.py:41: ",
        ),
        (
            exit_of(signal=9, oom_kills=1),
            "",
            "out_of_memory",
            "The kernel killed it: out of main memory (peak 2,048 MB); lower the batch size",
        ),
        (exit_of(signal=9), "", "killed", "Killed with SIGKILL by somebody else"),
        (exit_of(signal=11), "", "killed", "Killed with SIGSEGV: a native library crashed."),
        (exit_of(reason="terminated", signal=15), "", "killed", "Killed with SIGTERM"),
        (
            exit_of(1),
            traceback("/w/tree/train.py:3", error="ModuleNotFoundError: No module named 'yaml'"),
            "import_error",
            "The module `yaml` is missing at train.py:3; install it with `pip install pyyaml`.",
        ),
        (
            exit_of(1),
            traceback(
                "/w/tree/lib/model.py:9",
                error="ImportError: cannot import name 'SFTTrainr' from 'trl' (/x/trl.py)",
            ),
            "import_error",
            "An import failed at lib/model.py:9: cannot import name 'SFTTrainr'",
        ),
        (
            exit_of(1),
            traceback("/w/tree/a.py:1", LIBRARY, error="ValueError: bad shape."),
            "nonzero_exit",
            "Exit code 1 at a.py:1: ValueError: bad shape.",
        ),
        (exit_of(3), "no traceback", "nonzero_exit", "Exit code 3: no traceback."),
        (
            exit_of(1),
            "OSError: [Errno 28] No space left on device: 'model.safetensors'",
            "disk_full",
            "The disk is full",
        ),
        (exit_of(error=(28, "No space left on device")), "", "disk_full", "The disk is full"),
        (exit_of(error=(13, "Permission denied")), "", "not_started", "is not executable"),
        (exit_of(reason="timed_out", signal=15), "", "timed_out", "Ended after 1.0 min"),
    ],
)
def test_failures_are_told_apart(ended, log, cause, words):
    ending = judge(ended, log, PYTHON, TREE)
    assert (ending.state, ending.cause) == ("failed", cause)
    assert words in ending.message


def test_a_stop_is_no_failure_whatever_the_exit_code():
    ending = judge(exit_of(1, reason="stopped", why="the budget is spent"), "", PYTHON, TREE)
    assert (ending.state, ending.message) == ("stopped", "Stopped: the budget is spent.")


def test_a_shell_tells_a_signal_by_its_exit_code_and_python_does_not():
    assert judge(exit_of(137), "", ["/bin/sh", "-c", "x"], TREE).cause == "killed"
    assert judge(exit_of(137), "", PYTHON, TREE).cause == "nonzero_exit"


def test_an_earlier_warning_about_a_module_does_not_hide_the_error():
    log = traceback(
        "/w/tree/train.py:1", error="ModuleNotFoundError: No module named 'flash_attn'"
    ) + traceback("/w/tree/train.py:50", error="ValueError: labels are all masked")
    ending = judge(exit_of(1), log, PYTHON, TREE)
    assert ending.message == "Exit code 1 at train.py:50: ValueError: labels are all masked."


def test_a_lost_run_says_what_is_known():
    assert lost(supervisor_only=True).message.startswith("Its supervisor was killed")
    assert "left no exit record" in lost(supervisor_only=False).message
