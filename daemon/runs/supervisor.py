"""Supervise one run: start its command, hold its limits, say how it ended. Standard library alone.

    python -S -E supervisor.py RUN_FOLDER

The environment of the run is the environment of this program: it is never written to disk, for
it may hold tokens. `RUN_FOLDER` speaks for the rest:

    spec.json   in   argv, cwd, log, stderr, seconds (limit), grace (from SIGTERM to SIGKILL)
    stop        in   when it appears, the run is stopped; its text is the reason
    lock             held while a supervisor works here, so that a second one leaves at once
    proc.json   out  who runs: written before the command is let go, so no proc.json: nothing ran
    heartbeat   out  touched every few seconds
    exit.json   out  how it ended; written once, last, atomically

`supervise` is also called in a fork of the warm runner, in the user's interpreter (Python 3.9 or
newer), where a callback runs the command.
"""

# pathlib is slow to import, and this starts with every run.
# ruff: noqa: PTH100, PTH105, PTH108, PTH110, PTH118, PTH123, PTH208

from __future__ import annotations

import contextlib
import errno
import fcntl
import json
import os
import resource
import select
import signal
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

HELD = 75  # EX_TEMPFAIL: another supervisor has this run, or it ran already
COLD = 251  # a warm child that must be started again by its interpreter
TICK = 0.1  # seconds; the longest that a stop file waits to be seen
HEARTBEAT = 5.0  # seconds
RESERVE = 16_384  # bytes kept back so that exit.json can be written on a full disk

Become = Callable[[dict[str, Any], dict[str, str]], None]  # spec, environment; does not return


class Process(NamedTuple):
    """One line of the process table; pid and birth together name one process for all time."""

    pid: int
    parent: int
    group: int
    session: int
    state: str
    birth: str  # start time, in clock ticks since boot


def content_of(path: str) -> str | None:
    """Text of a small file; None: it can't be read."""
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read()
    except OSError:
        return None


def process(pid: int) -> Process | None:
    """The live or dead-but-unreaped process of this id, from /proc; None: there is none."""
    text = content_of(f"/proc/{pid}/stat")
    if text is None:
        return None
    # The name in parentheses may itself hold blanks and parentheses.
    field = text.rpartition(")")[2].split()
    return Process(pid, int(field[1]), int(field[2]), int(field[3]), field[0], field[19])


def processes() -> Iterator[Process]:
    """The process table, without zombies."""
    for name in os.listdir("/proc"):
        if name.isdigit() and (found := process(int(name))) and found.state not in "ZX":
            yield found


def identity(pid: int) -> dict[str, Any]:
    """A process that we know to be there, as it is recorded."""
    found = process(pid)
    return {"pid": pid, "birth": found.birth if found else ""}


def boot_id() -> str:
    """Changes with every start of the machine: a pid of another boot is nobody's."""
    return (content_of("/proc/sys/kernel/random/boot_id") or "").strip()


def oom_kills() -> int:
    """How many the kernel killed for memory: in our cgroup if it tells, else on the machine."""
    paths = ["/proc/vmstat"]
    for line in (content_of("/proc/self/cgroup") or "").splitlines():
        _, controllers, path = line.split(":", 2)
        if not controllers:  # the one hierarchy of version 2
            paths.insert(0, f"/sys/fs/cgroup{path.rstrip('/')}/memory.events")
    for path in paths:
        for line in (content_of(path) or "").splitlines():
            name, _, count = line.partition(" ")
            if name == "oom_kill":
                return int(count)
    return 0


def write(folder: str, name: str, content: dict[str, Any]) -> None:
    """Put a JSON file in place at once and durably. Raises OSError."""
    path = os.path.join(folder, name)
    with open(path + ".new", "w", encoding="utf-8") as file:
        json.dump(content, file)
        file.flush()
        os.fsync(file.fileno())
    os.replace(path + ".new", path)


def execute(spec: dict[str, Any], env: dict[str, str]) -> None:
    """Become the command. Raises OSError when it can't be executed."""
    for number in (signal.SIGPIPE, signal.SIGXFSZ):  # Python ignores them; other programs must not
        signal.signal(number, signal.SIG_DFL)
    os.execvpe(spec["argv"][0], spec["argv"], env)


def supervise(
    folder: str, env: dict[str, str], become: Become = execute, warm: bool = False
) -> int:
    """Run the command of `folder/spec.json` to its end.

    Args:
        folder: the run's folder, absolute.
        env: the command's whole environment.
        warm: whether `become` runs the script in a fork, for the record.

    Returns:
        0 when this call saw the run through, `HELD` when the run is or was another's.
    """
    lock = os.open(os.path.join(folder, "lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        # A record lock belongs to this process alone: a forked trainer can't keep it alive.
        fcntl.lockf(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return HELD
    if any(os.path.exists(os.path.join(folder, name)) for name in ("proc.json", "exit.json")):
        return HELD
    with open(os.path.join(folder, "spec.json"), encoding="utf-8") as file:
        spec = json.load(file)
    _Supervision(folder, spec, env, become, warm).run()
    return 0


class _Supervision:
    def __init__(
        self, folder: str, spec: dict[str, Any], env: dict[str, str], become: Become, warm: bool
    ) -> None:
        self.folder, self.spec, self.env = folder, spec, env
        self.become, self.warm = become, warm
        self.child, self.status = 0, None  # type: int, int | None
        self.reason, self.why, self.cold = "exited", None, None  # type: str, str | None, str | None
        self.next_beat, self.kill_at = 0.0, None  # type: float, float | None
        self.terminated = False
        self.left: list[int] = []

    def run(self) -> None:
        self.reserve()
        self.adopt_orphans()
        self.listen()
        self.started = time.time()
        self.kills_before = oom_kills()
        limit = self.spec.get("seconds")
        self.deadline = time.monotonic() + limit if limit else None
        if self.stop_asked():
            self.reason = "stopped"
            self.finish(None)
            return
        error = self.attempt()
        if self.wants_cold():
            self.become, self.warm = execute, False
            error = self.attempt()
        self.sweep()
        self.finish(error)

    def path(self, name: str) -> str:
        return os.path.join(self.folder, name)

    def reserve(self) -> None:
        with contextlib.suppress(OSError), open(self.path("reserve"), "wb") as file:
            file.write(b"\0" * RESERVE)

    def adopt_orphans(self) -> None:
        """Let grandchildren whose parent died become ours: none escapes the end of the run."""
        # Only Linux has it; elsewhere the process group has to do.
        with contextlib.suppress(ImportError, OSError, AttributeError):
            import ctypes  # noqa: PLC0415

            ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)  # PR_SET_CHILD_SUBREAPER

    def listen(self) -> None:
        """Make signals wake `select`, so that the end of the child is seen at once."""
        self.ear, mouth = os.pipe()
        for end in (self.ear, mouth):
            os.set_blocking(end, False)
        signal.set_wakeup_fd(mouth, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)

        def on_terminate(*_: object) -> None:
            self.terminated = True

        signal.signal(signal.SIGTERM, on_terminate)
        for harmless in (signal.SIGHUP, signal.SIGINT):
            signal.signal(harmless, signal.SIG_IGN)

    def attempt(self) -> OSError | None:
        """Fork, record the child, let it go, watch it. Returns why it could not be executed."""
        self.status = None
        gate_out, gate_in = os.pipe()
        trouble_out, trouble_in = os.pipe()
        self.child = os.fork()
        if self.child == 0:
            os.close(gate_in)
            self.be_child(gate_out, trouble_in)
        os.close(gate_out)
        os.close(trouble_in)
        content = {
            "supervisor": identity(os.getpid()),
            "child": identity(self.child),
            "boot": boot_id(),
            "started": self.started,
            "warm": self.warm,
        }
        try:
            write(self.folder, "proc.json", content)
        except OSError as error:  # a full disk
            os.close(gate_in)
            os.close(trouble_out)
            os.waitpid(self.child, 0)
            return error
        os.write(gate_in, b"1")
        os.close(gate_in)
        with os.fdopen(trouble_out, "rb") as trouble:
            told = trouble.read()  # ends when the command replaces the child, or with its end
        if not told:
            self.watch()
            return None
        os.waitpid(self.child, 0)
        number, text = json.loads(told)
        return OSError(number, text)

    def be_child(self, gate: int, trouble: int) -> None:
        try:
            os.setsid()  # a session, and so a process group, of its own
            signal.set_wakeup_fd(-1)
            for number in (signal.SIGCHLD, signal.SIGTERM, signal.SIGHUP):
                signal.signal(number, signal.SIG_DFL)
            signal.signal(signal.SIGINT, signal.default_int_handler)
            nothing = os.open(os.devnull, os.O_RDONLY)
            how = os.O_WRONLY | os.O_CREAT | os.O_APPEND
            log = os.open(self.spec["log"], how, 0o644)
            errors = os.open(self.spec["stderr"], how, 0o644) if self.spec.get("stderr") else log
            for target, source in enumerate((nothing, log, errors)):
                os.dup2(source, target)
            # Without the gate, a supervisor that dies here would leave a run that nobody knows.
            if os.read(gate, 1) != b"1":
                os._exit(0)
            os.chdir(self.spec["cwd"])
            self.become(self.spec, self.env)
        except OSError as error:
            os.write(trouble, json.dumps([error.errno or 0, str(error)]).encode())
        finally:
            os._exit(127)

    def wants_cold(self) -> bool:
        """Whether the warm child gave up before it did anything; leaves no trace of the attempt."""
        if self.status is None or os.waitstatus_to_exitcode(self.status) != COLD:
            return False
        self.cold = content_of(self.path("cold"))
        if self.cold is None:
            return False
        for name in ("log", "stderr"):
            if self.spec.get(name):
                os.truncate(self.spec[name], 0)
        return self.reason == "exited"

    def watch(self) -> None:
        """Until the child ends: hold the limits."""
        while not self.reap():
            now = time.monotonic()
            if self.reason == "exited" and self.must_end(now):
                self.signal_group(signal.SIGTERM)
                self.signal_group(signal.SIGCONT)  # a paused process has to wake up to end
                self.kill_at = now + float(self.spec.get("grace", 5.0))
            elif self.kill_at is not None and now >= self.kill_at:
                self.signal_group(signal.SIGKILL)
            self.beat(now)
            self.pause()

    def must_end(self, now: float) -> bool:
        if self.stop_asked():
            self.reason = "stopped"
        elif self.deadline is not None and now >= self.deadline:
            self.reason = "timed_out"
        elif self.terminated:
            self.reason = "terminated"
        return self.reason != "exited"

    def stop_asked(self) -> bool:
        text = content_of(self.path("stop"))
        if text is not None:
            self.why = text.strip() or None
        return text is not None

    def reap(self) -> bool:
        """Collect whoever ended. True: the child is among them, now or before."""
        with contextlib.suppress(ChildProcessError):
            while (ended := os.waitpid(-1, os.WNOHANG))[0]:
                if ended[0] == self.child:
                    self.status = ended[1]
        return self.status is not None

    def beat(self, now: float) -> None:
        if now >= self.next_beat:
            self.next_beat = now + HEARTBEAT
            with contextlib.suppress(OSError), open(self.path("heartbeat"), "a"):
                os.utime(self.path("heartbeat"))

    def pause(self) -> None:
        select.select([self.ear], [], [], TICK)
        with contextlib.suppress(BlockingIOError):
            os.read(self.ear, 512)

    def signal_group(self, number: int) -> None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.child, number)

    def rest(self) -> list[int]:
        """Living processes that the run left: of its group, or descending from it."""
        try:
            table = {found.pid: found for found in processes()}
        except OSError:  # no /proc here
            return []
        mine = {os.getpid()}
        found = -1
        while len(mine) > found:
            found = len(mine)
            mine |= {p.pid for p in table.values() if p.parent in mine or p.group == self.child}
        return sorted(mine - {os.getpid()})

    def sweep(self) -> None:
        """End what the run left behind; a run is over when none of its processes is left."""
        polite_until = self.kill_at or time.monotonic() + 1.0
        give_up = time.monotonic() + 30.0  # a process in uninterruptible sleep can't be ended
        asked = False
        while (rest := self.rest()) and time.monotonic() < give_up:
            force = time.monotonic() >= polite_until
            if force or not asked:
                for pid in rest:
                    with contextlib.suppress(ProcessLookupError, PermissionError):
                        os.kill(pid, signal.SIGKILL if force else signal.SIGTERM)
                asked = True
            self.pause()
            self.reap()
        self.reap()
        self.left = self.rest()

    def finish(self, error: OSError | None) -> None:
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        disk = os.statvfs(self.folder)  # now: a run that it ended must not look like a broken one
        result = None if self.status is None else os.waitstatus_to_exitcode(self.status)
        content = {
            "code": result if result is not None and result >= 0 else None,
            "signal": -result if result is not None and result < 0 else None,
            "reason": self.reason,
            "why": self.why,
            "error": [error.errno, error.strerror] if error else None,
            "started": self.started,
            "ended": time.time(),
            "cpu_seconds": used.ru_utime + used.ru_stime,
            "max_rss_mb": used.ru_maxrss / 1024,  # Linux counts in KiB
            "oom_kills": max(0, oom_kills() - self.kills_before),
            "left": self.left,
            "free_bytes": disk.f_bavail * disk.f_frsize,
            "warm": self.warm,
            "cold": self.cold,
        }
        while True:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(self.path("reserve"))
            try:
                write(self.folder, "exit.json", content)
                return
            except OSError as full:
                if full.errno not in (errno.ENOSPC, errno.EDQUOT):
                    raise
                time.sleep(1.0)


if __name__ == "__main__":
    sys.exit(supervise(os.path.abspath(sys.argv[1]), dict(os.environ)))
