"""How a run ended, in one word and one sentence, from its exit record and the end of its log."""

import errno
import re
import signal
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel

from ..protocol import RunCause, RunState
from ..workspace.room import LEAST

TAIL = 65_536  # bytes of the log that are read; a traceback of a deep stack has some 10 kB


class Exit(BaseModel):
    """`exit.json`, as the supervisor writes it."""

    code: int | None
    signal: int | None
    reason: str
    """exited, stopped, timed_out or terminated (the supervisor itself was asked to end)."""
    why: str | None = None
    error: tuple[int, str] | None = None
    """errno and text: the command could not be executed."""
    started: float
    ended: float
    cpu_seconds: float
    max_rss_mb: float
    oom_kills: int = 0
    """Processes that the kernel killed for memory during the run."""
    left: list[int] = []
    """Processes that would not end."""
    free_bytes: int | None = None
    """Room on the disk of the run when its command ended."""
    warm: bool = False
    cold: str | None = None
    """Why a warm start was given up."""

    @property
    def disk_was_full(self) -> bool:
        """Whether a failure is the disk's, in whatever words the command told it, or in none."""
        return self.free_bytes is not None and self.free_bytes < LEAST


@dataclass(frozen=True)
class Ending:
    """What becomes of the run."""

    state: RunState
    cause: RunCause
    message: str | None


DISK_FULL = Ending("failed", "disk_full", "The disk is full; free some space with `intern gc`.")

_DEVICE_MEMORY = re.compile(
    r"(?:torch\.)?(?:OutOfMemoryError: )?(?:CUDA|HIP|MPS|XPU)[^\n]{0,20} out of memory[^\n]*"
    r"|OutOfMemoryError[^\n]*|CUBLAS_STATUS_ALLOC_FAILED[^\n]*|MPS backend out of memory[^\n]*"
)
_HOST_MEMORY = re.compile(
    r"^MemoryError[^\n]*|^[\w.]*ArrayMemoryError[^\n]*|DefaultCPUAllocator: can't allocate memory"
    r"|Cannot allocate memory|std::bad_alloc",
    re.MULTILINE,
)
_NO_SPACE = re.compile(r"No space left on device|\[Errno 28\]|Disk quota exceeded", re.IGNORECASE)
_MODULE = re.compile(r"^ModuleNotFoundError: No module named '([\w.]+)'", re.MULTILINE)
_IMPORT = re.compile(r"^ImportError: ([^\n]*)", re.MULTILINE)
_FRAME = re.compile(r'^\s+File "([^"]+)", line (\d+)', re.MULTILINE)
_LAST_ERROR = re.compile(
    r"^([A-Za-z_][\w.]*(?:Error|Exception|Exit|Interrupt|Warning|Stop\w*))(: [^\n]*)?$", re.M
)

PACKAGE_OF = {
    "yaml": "pyyaml",
    "sklearn": "scikit-learn",
    "PIL": "pillow",
    "cv2": "opencv-python",
    "dotenv": "python-dotenv",
    "bs4": "beautifulsoup4",
    "git": "gitpython",
    "dateutil": "python-dateutil",
    "sentence_transformers": "sentence-transformers",
    "flash_attn": "flash-attn",
}
"""Modules whose package has another name."""

TRACEBACK = "Traceback (most recent call last)"
SHELLS = {"sh", "bash", "dash", "zsh"}


def read_tail(log: Path) -> str:
    """The end of a log; empty when there is none."""
    try:
        with log.open("rb") as file:
            file.seek(0, 2)
            file.seek(max(0, file.tell() - TAIL))
            return file.read().decode("utf-8", "replace")
    except OSError:
        return ""


def judge(ended: Exit, log: str, argv: list[str], tree: Path) -> Ending:
    """Tell how a run ended.

    Args:
        ended: the exit record.
        log: the end of what it printed.
        argv: the command, for its name and to know a shell.
        tree: where the user's code ran, to name a line of theirs.
    """
    if ended.reason == "stopped":
        why = f": {ended.why.rstrip('.')}" if ended.why else ""
        return Ending("stopped", "stopped", f"Stopped{why}.")
    if ended.reason == "timed_out":
        took = (ended.ended - ended.started) / 60
        return Ending(
            "failed",
            "timed_out",
            f"Ended after {took:.1f} min, its time limit; raise `minutes` in intern.toml or "
            "shorten the training.",
        )
    if ended.error is not None and ended.error[0] in (errno.ENOSPC, errno.EDQUOT):
        return DISK_FULL
    if ended.error is not None:
        return Ending("failed", "not_started", _not_started(ended.error, argv))
    if ended.code == 0:
        return Ending("succeeded", "finished", None)
    return _failed(ended, log, argv, tree)


def _failed(ended: Exit, log: str, argv: list[str], tree: Path) -> Ending:  # noqa: PLR0911
    if ended.disk_was_full:
        return DISK_FULL
    number = ended.signal
    # What came before the last traceback was caught, and lived through.
    final = log[max(0, log.rfind(TRACEBACK)) :]
    # A shell reports a signal of its child as 128 + number.
    if number is None and ended.code is not None and ended.code > 128 and _is_shell(argv):
        number = ended.code - 128
    if number == signal.SIGKILL and ended.oom_kills:
        return Ending(
            "failed",
            "out_of_memory",
            f"The kernel killed it: out of main memory (peak {ended.max_rss_mb:,.0f} MB); lower "
            "the batch size, the sequence length or the workers.",
        )
    if found := _DEVICE_MEMORY.search(final):
        return Ending(
            "failed",
            "out_of_memory",
            f"Out of GPU memory{_at(log, tree)}: {_clip(found[0])}; lower the batch size or the "
            "sequence length, or turn gradient checkpointing on.",
        )
    if _HOST_MEMORY.search(final):
        return Ending(
            "failed",
            "out_of_memory",
            f"Out of main memory{_at(log, tree)}; lower the batch size, the sequence length or the "
            "workers.",
        )
    if _NO_SPACE.search(_last_lines(log)):
        return DISK_FULL
    if number is not None or ended.reason == "terminated":
        return _killed(ended, number)
    if (found := _last(_MODULE, final)) is not None:
        module = found[1].split(".")[0]
        package = PACKAGE_OF.get(module, module)
        return Ending(
            "failed",
            "import_error",
            f"The module `{found[1]}` is missing{_at(log, tree)}; install it with "
            f"`pip install {package}`.",
        )
    if (found := _last(_IMPORT, final)) is not None and _last_error(log).startswith("ImportError"):
        return Ending("failed", "import_error", f"An import failed{_at(log, tree)}: {found[1]}.")
    said = _last_error(log) or _last_word(log)
    what = f": {said}" if said else "; it printed nothing"
    return Ending("failed", "nonzero_exit", f"Exit code {ended.code}{_at(log, tree)}{what}.")


def _last_word(log: str) -> str:
    """What a command that ends without a traceback said last: `sys.exit("no data")`."""
    words = [line.strip() for line in log.splitlines() if line.strip()]
    return _clip(words[-1]).rstrip(".") if words else ""


def lost(supervisor_only: bool) -> Ending:
    """No exit record and nobody left to write one."""
    how = (
        "Its supervisor was killed, so how it ended is not known"
        if supervisor_only
        else "Its processes are gone and left no exit record; the machine may have restarted"
    )
    return Ending("lost", "lost", f"{how}; start it again.")


def _killed(ended: Exit, number: int | None) -> Ending:
    if number is None:
        return Ending(
            "failed", "killed", "Its supervisor was asked to end, as when a machine shuts down."
        )
    try:
        name = signal.Signals(number).name
    except ValueError:
        name = f"signal {number}"
    hint = ""
    if number == signal.SIGKILL:
        hint = " by somebody else, or for memory by something other than this kernel"
    elif number in (signal.SIGSEGV, signal.SIGBUS, signal.SIGILL, signal.SIGABRT):
        hint = ": a native library crashed"
    return Ending("failed", "killed", f"Killed with {name}{hint}.")


def _not_started(error: tuple[int, str], argv: list[str]) -> str:
    number, text = error
    program = argv[0] if argv else "the command"
    if number == errno.ENOENT:
        return f"`{program}` was not found; mend `command` in intern.toml or install it."
    if number == errno.EACCES:
        return f"`{program}` is not executable; mend `command` in intern.toml."
    return f"`{program}` did not start ({text}); mend `command` in intern.toml."


def _is_shell(argv: list[str]) -> bool:
    return bool(argv) and Path(argv[0]).name in SHELLS


def _last_lines(log: str, count: int = 40) -> str:
    return "\n".join(log.splitlines()[-count:])


def _last(pattern: re.Pattern[str], log: str) -> re.Match[str] | None:
    found: re.Match[str] | None = None
    for match in pattern.finditer(log):
        found = match
    return found


def _last_error(log: str) -> str:
    """The last line of the last traceback, without its closing full stop."""
    found = _last(_LAST_ERROR, log)
    return _clip(found[0].strip().rstrip(".")) if found else ""


def _at(log: str, tree: Path) -> str:
    """` at train.py:41`: the deepest line of the user's code in the last traceback."""
    last = log.rfind(TRACEBACK)
    if last < 0:
        return ""
    best = ""
    for path, line in _FRAME.findall(log[last:]):
        try:
            inside = Path(path).relative_to(tree)
        except ValueError:
            if Path(path).is_absolute():
                continue
            inside = Path(path)
        if not {"site-packages", "dist-packages"} & set(inside.parts):
            best = f" at {inside}:{line}"
    return best


def _clip(text: str, length: int = 200) -> str:
    return text if len(text) <= length else text[: length - 3] + "..."
