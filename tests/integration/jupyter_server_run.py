"""A real jupyter-server with the extension enabled, as `jupyter lab` starts it."""

import contextlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

TOKEN = "a-token-of-the-test"


@dataclass
class JupyterServer:
    """Where it listens.

    Args:
        port: on loopback.
        base: base URL, with both slashes.
    """

    port: int
    base: str

    def http(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}{self.base}{path}"

    def ws(self, path: str) -> str:
        return f"ws://127.0.0.1:{self.port}{self.base}{path}"


@contextlib.contextmanager
def jupyter_server(
    folder: Path, home: Path, *more: str, base: str = "/"
) -> Iterator[JupyterServer]:
    """Run a server that shows `folder` until the block ends."""
    runtime = home / "runtime"
    environment = {
        **os.environ,
        "JUPYTER_CONFIG_DIR": str(home / "config"),
        "JUPYTER_DATA_DIR": str(home / "data"),
        "JUPYTER_RUNTIME_DIR": str(runtime),
        "JUPYTER_TOKEN": TOKEN,
        "JUPYTER_NO_CONFIG": "1",
    }
    home.mkdir(parents=True, exist_ok=True)
    log = (home / "server.log").open("wb")
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "jupyter_server", "--no-browser", "--allow-root"),
            "--ServerApp.port=0",
            "--ServerApp.ip=127.0.0.1",
            f"--ServerApp.root_dir={folder}",
            f"--ServerApp.base_url={base}",
            "--ServerApp.jpserver_extensions={'intern_daemon.jupyter': True}",
            *more,
        ],
        env=environment,
        cwd=folder,
        stdout=log,
        stderr=subprocess.STDOUT,
    )
    try:
        yield _listening(process, runtime, home / "server.log")
    finally:
        process.terminate()
        process.wait(30)
        log.close()


def _listening(process: "subprocess.Popen[bytes]", runtime: Path, log: Path) -> JupyterServer:
    """Wait for the file in which the server says where it listens."""
    until = time.monotonic() + 60
    file = runtime / f"jpserver-{process.pid}.json"
    while time.monotonic() < until and process.poll() is None:
        with contextlib.suppress(OSError, ValueError):
            told = json.loads(file.read_text())
            return JupyterServer(told["port"], told["base_url"])
        time.sleep(0.05)
    raise AssertionError(f"the server did not start:\n{log.read_text()}")
