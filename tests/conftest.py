"""What all tests share: an environment of their own, so that nothing of the machine's leaks in."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session", autouse=True)
def _own_environment(tmp_path_factory):
    """Sockets, caches and git settings of this test run only."""
    home = tmp_path_factory.mktemp("home")
    runtime = Path("/tmp") / f"intern-test-{os.getpid()}"  # a socket path holds 107 bytes
    runtime.mkdir(mode=0o700, exist_ok=True)
    settings = {
        "HOME": str(home),
        "XDG_RUNTIME_DIR": str(runtime),
        "XDG_CACHE_HOME": str(home / ".cache"),
        "GIT_CONFIG_GLOBAL": str(home / "gitconfig"),
        "GIT_CONFIG_NOSYSTEM": "1",
        "HF_HUB_OFFLINE": "1",
        "HF_HOME": str(home / "hf"),
        "OMP_NUM_THREADS": "1",
        "TOKENIZERS_PARALLELISM": "false",
    }
    (home / "gitconfig").write_text(
        "[user]\n\tname = Test\n\temail = test@localhost\n[init]\n\tdefaultBranch = main\n"
    )
    before = {name: os.environ.get(name) for name in settings}
    os.environ.update(settings)
    yield
    for name, value in before.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value
    subprocess.run(["rm", "-rf", str(runtime)], check=False)


@pytest.fixture(scope="session")
def intern() -> str:
    """Path of the `intern` command of this environment."""
    return str(Path(sys.executable).parent / "intern")
