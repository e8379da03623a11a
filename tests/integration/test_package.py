"""The package as it is published: built from its own sdist, installed where nothing else is."""

import json
import os
import re
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

from ..conftest import REPOSITORY

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

TRAINING = {"torch", "transformers", "trl", "datasets", "peft", "accelerate", "trackio"}
"""Belongs to the interpreter that trains, which is the user's."""

OTHERS = {"pandas", "smolagents", "jupyter-server", "jupyterlab"}
"""Comes with an extra, or never."""


@pytest.fixture(scope="module")
def built(tmp_path_factory) -> Path:
    """A folder with the sdist, and the wheel that was made from the sdist alone."""
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(folder)]
    told = subprocess.run(
        [*command, str(REPOSITORY)], capture_output=True, text=True, check=False, timeout=300
    )
    assert told.returncode == 0, told.stdout + told.stderr
    return folder


@pytest.fixture(scope="module")
def wheel(built) -> Path:
    return next(built.glob("*.whl"))


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory) -> Path:
    """The programs of a new virtual environment in which only `pip install intern-ide` was run."""
    venv = tmp_path_factory.mktemp("empty") / "venv"
    subprocess.run([sys.executable, "-m", "venv", str(venv)], check=True, timeout=120)
    pip = [str(venv / "bin" / "python"), "-m", "pip", "install", "--quiet"]
    constraint = ["--constraint", str(REPOSITORY / "constraints.txt")]
    told = subprocess.run(
        [*pip, *constraint, str(wheel)], capture_output=True, text=True, check=False, timeout=500
    )
    assert told.returncode == 0, told.stderr
    return venv / "bin"


def run(program: Path, *words: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run a program as a person would who never heard of this checkout."""
    environment = {name: value for name, value in os.environ.items() if name[:6] != "PYTHON"}
    environment.pop("VIRTUAL_ENV", None)
    return subprocess.run(
        [program, *words],
        cwd=cwd,
        env={**environment, "PATH": f"{program.parent}{os.pathsep}{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def test_the_wheel_holds_what_a_user_needs(wheel):
    names = set(zipfile.ZipFile(wheel).namelist())
    template = "intern_daemon/workspace_templates/sft"
    needed = {
        "intern_daemon/__init__.py",
        "intern_daemon/py.typed",
        "intern_daemon/protocol/schema.json",
        "intern_daemon/runs/supervisor.py",
        "intern_daemon/runs/recorder/sitecustomize.py",
        "intern_daemon/runs/recorder/intern_recorder.py",
        f"{template}/train.py",
        f"{template}/evaluate.py",
        f"{template}/intern.toml",
        f"{template}/README.md",
        f"{template}/base/tiny/model.safetensors",
        f"{template}/data/train.jsonl",
        f"{template}/data/dev.jsonl",
        f"{template}/data/test.jsonl",
    }
    assert needed - names == set()


def test_the_wheel_holds_every_file_of_the_package_and_nothing_else(wheel):
    names = set(zipfile.ZipFile(wheel).namelist())
    package, templates = REPOSITORY / "daemon", REPOSITORY / "workspace_templates"
    wanted = files(package, "intern_daemon") | files(templates, "intern_daemon/workspace_templates")
    wanted |= {"intern_daemon/rules.md", "intern_daemon/lint.md"}
    assert {name for name in names if ".dist-info/" not in name} == wanted
    assert any(name.endswith(".dist-info/licenses/LICENSE") for name in names)


def files(folder: Path, prefix: str) -> set[str]:
    """What lies in a source folder, as the wheel should name it."""
    return {
        f"{prefix}/{path.relative_to(folder).as_posix()}"
        for path in folder.rglob("*")
        if path.is_file() and not {"__pycache__", "outputs", ".intern"} & set(path.parts)
    }


def test_the_sdist_holds_the_sources_and_no_link_to_them(built):
    with tarfile.open(next(built.glob("*.tar.gz"))) as archive:
        members = {name.partition("/")[2]: kind for name, kind in kinds(archive)}
    assert members["daemon/__init__.py"] == "file"
    assert {"README.md", "LICENSE", "hatch_build.py"} <= set(members)
    tops = {name.partition("/")[0] for name in members}
    assert tops.isdisjoint({".editable", "tests", "extensions", ".venv", ".git"})
    assert set(members.values()) == {"file"}


def kinds(archive: tarfile.TarFile) -> list[tuple[str, str]]:
    return [(each.name, "file" if each.isfile() else "other") for each in archive.getmembers()]


def test_a_core_install_brings_nothing_that_trains(installed, tmp_path):
    told = run(installed / "python", "-m", "pip", "list", "--format", "json", cwd=tmp_path)
    names = {each["name"].lower().replace("_", "-") for each in json.loads(told.stdout)}
    assert "intern-ide" in names
    assert names & (TRAINING | OTHERS) == set()


def test_the_help_of_an_installed_package_lists_the_commands(installed, tmp_path):
    told = run(installed / "intern", "--help", cwd=tmp_path)
    assert (told.returncode, told.stderr) == (0, "")
    for name in ("improve", "init", "new", "review", "land", "diagnose", "doctor"):
        assert name in told.stdout


def test_the_doctor_of_a_core_install_says_what_works_and_what_is_missing(installed, tmp_path):
    made = run(installed / "intern", "new", "sft", "work", cwd=tmp_path)
    assert made.returncode == 0, made.stderr
    told = run(installed / "intern", "doctor", "--json", cwd=tmp_path / "work")
    assert told.returncode == 1, told.stderr
    answer = json.loads(told.stdout)
    checks = {check["name"]: check for check in answer["checks"]}
    missing = {name for name, check in checks.items() if check["state"] == "missing"}
    assert missing == {"torch", "transformers", "trl", "datasets", "smolagents"}
    assert "intern-ide[agent]" in checks["smolagents"]["mend"]
    assert "pip install torch" in checks["torch"]["mend"]
    works = {name for name, reason in answer["canDo"].items() if reason is None}
    assert works == {"diagnose FILE", "new DIR", "init"}
    assert "torch" in answer["canDo"]["improve"]
    assert "smolagents" in answer["canDo"]["improve"]


def test_a_core_install_diagnoses_a_trainer_state(installed, tmp_path):
    rows = [{"step": step, "epoch": step / 100, "loss": 2.0} for step in range(1, 40)]
    rows += [{"step": step, "epoch": step / 100, "loss": float("nan")} for step in range(40, 60)]
    state = {"global_step": 59, "max_steps": 100, "log_history": rows}
    (tmp_path / "trainer_state.json").write_text(json.dumps(state))
    told = run(installed / "intern", "diagnose", "trainer_state.json", "--json", cwd=tmp_path)
    assert told.returncode == 0, told.stderr
    assert json.loads(told.stdout)["findings"]


def test_the_shim_imports_the_standard_library_and_little_of_ours(installed, tmp_path):
    told = run(installed / "python", "-X", "importtime", installed / "intern", "lsp", cwd=tmp_path)
    assert told.returncode == 1, "it is in no repository"
    loaded = re.findall(r"^import time: .*\| +(\S+)$", told.stderr, re.MULTILINE)
    ours = {name for name in loaded if name.startswith("intern_daemon")}
    assert ours == {
        "intern_daemon",
        "intern_daemon.__main__",
        "intern_daemon.address",
        "intern_daemon.errors",  # for the sentence that it ends with
        "intern_daemon.server",
        "intern_daemon.server.locate",
        "intern_daemon.server.shim",
    }
    site = {"sitecustomize", "usercustomize", "_distutils_hack"}  # the interpreter's own start
    foreign = {name for name in loaded if name.partition(".")[0] not in sys.stdlib_module_names}
    assert foreign - ours - site == set()
