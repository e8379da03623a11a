"""The warm runner: pay the imports once, then fork a supervised trainer for each run.

    python warm.py '{"preload": ["torch", "trl:SFTTrainer"], "constants": {...}}'  < socket

Runs in the user's interpreter, standard library alone until it imports what it is told to. Standard
input is one end of a socket pair: nobody but the daemon that made it can speak here, and its end
is the daemon's end. Requests and answers are JSON lines:

    <- {"ready": seconds, "modules": n}              after the imports
    -> {"folder": run folder, "env": {...}}
    <- {"supervisor": pid}  or  {"cold": reason}     nothing was started

Nothing may be computed here: threads of OpenMP do not survive a fork, and CUDA neither.
"""

# pathlib is slow to import, and this starts with every run.
# ruff: noqa: PTH100, PTH110, PTH112, PTH116, PTH118, PTH119, PTH120, PTH123, PTH208

from __future__ import annotations

import atexit
import contextlib
import gc
import importlib
import importlib.machinery
import importlib.util
import io
import json
import os
import random
import signal
import socket
import sys
import threading
import time
import types
from collections.abc import Iterator
from typing import Any, NoReturn

PER_RUN = frozenset(
    {
        "GIT_CEILING_DIRECTORIES",
        "INTERN_RUN_DIR",
        "INTERN_RUNG",
        "INTERN_SEED",
        "OLDPWD",
        "PWD",
        "SHLVL",
        "TRACKIO_DIR",
        "TRACKIO_PROJECT",
        "_",
    }
)
"""Variables that may differ from run to run: no library that is imported here reads them."""

READ_AT_IMPORT = (
    "ACCELERATE_", "ARROW_", "BITSANDBYTES_", "CUDA_", "DATASETS_", "GOMP_", "HF_", "HOME",
    "HUGGINGFACE_", "KMP_", "LANG", "LC_", "LD_", "MALLOC_", "MKL_", "NCCL_", "NO_COLOR",
    "NUMEXPR_", "NVIDIA_", "OMP_", "OPENBLAS_", "PYTHON", "PYTORCH_", "SAFETENSORS_", "TMPDIR",
    "TOKENIZERS_", "TORCH", "TRANSFORMERS_", "TRITON_", "TRL_", "TZ", "USE_", "XDG_CACHE_HOME",
)  # fmt: skip
"""Prefixes of what torch, transformers, datasets and their like read while they are imported."""

DISTRIBUTED = ("RANK", "WORLD_SIZE", "LOCAL_RANK", "TORCHELASTIC_RUN_ID")


class Base:
    """What the process looked like once the imports were done."""

    def __init__(self, start_env: dict[str, str]) -> None:
        self.start_env = start_env
        self.env = dict(os.environ)
        self.imported_env = {
            name: value for name, value in self.env.items() if start_env.get(name) != value
        }
        self.modules = {name for name in sys.modules if "." not in name and name != "__main__"}
        self.path = list(sys.path)
        self.libraries = tuple(
            os.path.realpath(folder) + os.sep for folder in self.path if os.path.isdir(folder)
        )
        self.packages = {
            folder: os.stat(folder).st_mtime_ns
            for folder in self.path
            if os.path.basename(folder) in ("site-packages", "dist-packages")
            and os.path.isdir(folder)
        }


def why_cold(base: Base, argv: list[str], cwd: str, env: dict[str, str]) -> str | None:  # noqa: PLR0911
    """Why this run can't be forked from here, in words; None: it can."""
    wanted = os.path.abspath(argv[0])
    if wanted != os.path.abspath(sys.executable):
        return f"it wants another interpreter, {wanted}"
    if len(argv) < 2 or not argv[1].endswith(".py"):
        return "the command is not `python SCRIPT.py`"
    if launched := [name for name in DISTRIBUTED if name in env]:
        return f"{launched[0]} is set: a distributed launcher"
    differing = sorted(
        name
        for name in env.keys() | base.start_env.keys()
        if name not in PER_RUN and env.get(name) != base.start_env.get(name)
    )
    if differing:
        return f"the environment differs in {', '.join(differing[:5])}"
    if reason := _device_in_use():
        return reason
    script_folder = os.path.dirname(os.path.join(cwd, argv[1]))
    if shadow := _shadowed(script_folder, base.modules):
        return f"{shadow} stands in the place of an imported module"
    for folder, changed in base.packages.items():
        if not os.path.isdir(folder) or os.stat(folder).st_mtime_ns != changed:
            return "installed packages changed"
    return None


def _device_in_use() -> str | None:
    torch: Any = sys.modules.get("torch")
    if torch is not None and torch.cuda.is_initialized():
        return "CUDA is initialised"
    with contextlib.suppress(OSError), open("/proc/self/maps", encoding="utf-8") as file:
        if any("libcuda.so" in line for line in file):
            return "the CUDA driver is loaded"  # cuInit in the parent breaks the child
    return None


def _shadowed(folder: str, modules: set[str]) -> str | None:
    suffixes = tuple(importlib.machinery.all_suffixes())
    try:
        names = sorted(os.listdir(folder))
    except OSError:
        return None
    for name in names:
        if name.endswith(suffixes) and name.split(".")[0] in modules:
            return name
        # A folder without __init__.py never wins over an installed package.
        if name in modules and os.path.exists(os.path.join(folder, name, "__init__.py")):
            return name
    return None


def give_up(folder: str, reason: str) -> NoReturn:
    """Leave this fork; its supervisor starts the command afresh, as if this had not been."""
    with open(os.path.join(folder, "cold"), "w", encoding="utf-8") as file:
        file.write(reason)
    os._exit(251)


def watch_environment(base: Base, folder: str) -> None:
    """Leave at once, to be started cold, when the script sets what was read at import."""
    trained = os.path.join(folder, "config.json")
    here = os.path.realpath(__file__)

    def by_user() -> bool:
        frame: types.FrameType | None = sys._getframe(2)
        while frame is not None:
            name = frame.f_code.co_filename
            # `os.environ` is a mapping written in Python: its frames lie between.
            plumbing = name.startswith("<frozen") or os.path.basename(name) in (
                "os.py",
                "_collections_abc.py",
            )
            if not plumbing:
                path = os.path.realpath(name)
                return path != here and not path.startswith(base.libraries)
            frame = frame.f_back
        return False

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        if event not in ("os.putenv", "os.unsetenv"):
            return
        name = os.fsdecode(arguments[0])
        value = os.fsdecode(arguments[1]) if event == "os.putenv" else None
        if not name.startswith(READ_AT_IMPORT) or base.env.get(name) == value:
            return
        # Once the training has begun, a cold start would have imported everything before, too.
        if by_user() and not os.path.exists(trained):
            give_up(folder, f"the script sets {name}")

    sys.addaudithook(hook)


def become_script(base: Base, folder: str, spec: dict[str, Any], env: dict[str, str]) -> NoReturn:
    """Run the script in this fork as `python SCRIPT.py` would. Does not return."""
    os.closerange(3, 4096)
    os.environ.clear()
    os.environ.update({**env, **base.imported_env})
    time.tzset()
    argv = list(spec["argv"])
    script = os.path.join(spec["cwd"], argv[1])
    sys.argv = argv[1:]
    sys.orig_argv = argv
    first = os.path.dirname(os.path.realpath(script))
    sys.path[:] = [first, *base.path]
    sys.path_importer_cache.clear()
    importlib.invalidate_caches()
    _draw_fresh_randomness()
    for name in ("multiprocessing.process", "multiprocess.process"):
        if name in sys.modules:
            vars(sys.modules[name])["ORIGINAL_DIR"] = spec["cwd"]
    with contextlib.suppress(OSError), open("/proc/self/comm", "w", encoding="ascii") as comm:
        comm.write("python")
    main = types.ModuleType("__main__")
    loader = importlib.machinery.SourceFileLoader("__main__", script)
    main.__dict__.update(
        __file__=script,
        __spec__=None,
        __loader__=loader,
        __builtins__=__builtins__,
        __cached__=None,
    )
    sys.modules["__main__"] = main
    watch_environment(base, folder)
    _leave(*_run(script, main))


def _draw_fresh_randomness() -> None:
    """Seed anew what a fresh interpreter seeds from the system; forks would all draw the same."""
    random.seed()
    torch: Any = sys.modules.get("torch")
    if torch is not None:
        torch.default_generator.seed()  # of the CPU alone: a GPU's generator starts from a constant
    numpy: Any = sys.modules.get("numpy")
    if numpy is not None:
        numpy.random.seed(None)
    fingerprint: Any = sys.modules.get("datasets.fingerprint")
    if fingerprint is not None and hasattr(fingerprint, "fingerprint_rng"):
        fingerprint.fingerprint_rng.seed()


def _run(script: str, main: types.ModuleType) -> tuple[int, bool]:
    """Exit code, and whether Ctrl-C ended it."""
    try:
        with io.open_code(script) as file:
            code = compile(file.read(), script, "exec")
        exec(code, main.__dict__)
    except SystemExit as leaving:
        if leaving.code is None or isinstance(leaving.code, int):
            return leaving.code or 0, False
        print(leaving.code, file=sys.stderr)
        return 1, False
    except BaseException as error:  # noqa: BLE001 - the end of a program reports any error
        inner = error.__traceback__
        while inner is not None and inner.tb_frame.f_code.co_filename != script:
            inner = inner.tb_next  # drop our own frames: it reads as in a cold run
        with contextlib.suppress(OSError, ValueError):
            sys.stdout.flush()
        sys.excepthook(type(error), error.with_traceback(inner), inner)
        return 1, isinstance(error, KeyboardInterrupt)
    return 0, False


def _leave(code: int, interrupted: bool) -> NoReturn:
    """End as the interpreter does: threads, exit functions, buffers."""
    try:
        threading._shutdown()  # type: ignore[attr-defined]
        atexit._run_exitfuncs()
    finally:
        for stream in (sys.stdout, sys.stderr):
            with contextlib.suppress(OSError, ValueError):
                stream.flush()
        if interrupted:
            signal.signal(signal.SIGINT, signal.SIG_DFL)
            os.kill(os.getpid(), signal.SIGINT)
        os._exit(code & 0xFF)


def fork_run(base: Base, supervisor: Any, conn: socket.socket, request: dict[str, Any]) -> int:
    """Fork the supervisor of one run; its own fork becomes the trainer. Returns its pid."""
    folder, env = request["folder"], request["env"]
    pid = os.fork()
    if pid:
        return pid
    status = 1
    try:
        conn.close()
        os.setsid()
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        log = os.open(
            os.path.join(folder, "supervisor.log"), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600
        )
        os.dup2(log, 1)
        os.dup2(log, 2)
        os.close(log)

        def become(spec: dict[str, Any], env: dict[str, str]) -> None:
            try:
                become_script(base, folder, spec, env)
            except BaseException as error:  # noqa: BLE001 - before the script's first line
                give_up(folder, f"the warm runner failed: {error!r}")

        status = supervisor.supervise(folder, env, become, warm=True)
    except BaseException:  # noqa: BLE001 - a fork must never run on as a second warm runner
        sys.excepthook(*sys.exc_info())
    finally:
        sys.stderr.flush()
        os._exit(status)


def load_supervisor() -> Any:
    """`supervisor.py` beside this file, without its folder on the user's path."""
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "supervisor.py")
    spec = importlib.util.spec_from_file_location("_intern_supervisor", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def preload(names: list[str]) -> None:
    """Import `module` or `module:attribute`; what fails here fails in the script, which tells."""
    for name in names:
        module, _, attribute = name.partition(":")
        try:
            loaded = importlib.import_module(module)
            if attribute:
                getattr(loaded, attribute)
        except Exception as error:  # noqa: BLE001 - third-party code; logged, and met again cold
            print(f"{name}: {error!r}", file=sys.stderr)


def requests(conn: socket.socket) -> Iterator[dict[str, Any]]:
    """One request a line, until the daemon closes its end or dies."""
    waiting = b""
    while chunk := conn.recv(1 << 20):
        *lines, waiting = (waiting + chunk).split(b"\n")
        yield from map(json.loads, lines)


def main() -> None:
    sys.path.pop(0)  # our own folder; the script's comes in its place
    conn = socket.socket(fileno=os.dup(0))
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    order = json.loads(sys.argv[1])
    start_env = dict(os.environ)
    # What the script itself would set before its imports, and a thread less to lose in the fork.
    os.environ.update(order["constants"])
    os.environ.setdefault("JE_ARROW_MALLOC_CONF", "background_thread:false")
    before = {**os.environ}
    began = time.monotonic()
    preload(order["preload"])
    base = Base(start_env)
    base.imported_env = {k: v for k, v in base.imported_env.items() if before.get(k) != v}
    supervisor = load_supervisor()
    gc.collect()
    gc.freeze()  # the collector would write to, and so copy, every shared page
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # no zombies: the runs are not ours to wait for
    sys.stdout.flush()
    sys.stderr.flush()

    def say(answer: dict[str, Any]) -> None:
        conn.sendall(json.dumps(answer).encode() + b"\n")

    say({"ready": time.monotonic() - began, "modules": len(sys.modules)})
    for request in requests(conn):
        with open(os.path.join(request["folder"], "spec.json"), encoding="utf-8") as file:
            spec = json.load(file)
        if threading.active_count() > 1:
            reason: str | None = "an imported library started a thread"
        else:
            reason = why_cold(base, spec["argv"], spec["cwd"], request["env"])
        if reason is not None:
            say({"cold": reason})
        else:
            say({"supervisor": fork_run(base, supervisor, conn, request)})


if __name__ == "__main__":
    main()
