"""What `intern gc` takes and what it leaves."""

import os
import subprocess
import sys
import time

import pytest
from intern_daemon.protocol import Evaluation, Run
from intern_daemon.repo import Repository
from intern_daemon.server.collecting import FRESH, collect
from intern_daemon.workspace import Layout, State

DIES = """
import os, sys
from pathlib import Path
from intern_daemon.repo import remove_tree
sys.addaudithook(lambda event, _: os._exit(9) if event == "os.remove" else None)
remove_tree(Path(sys.argv[1]))
"""


@pytest.fixture
def workspace(tmp_path):
    subprocess.run(["git", "init", "--quiet", tmp_path], check=True)
    layout = Layout(tmp_path)
    layout.make()
    return layout


def filled(folder, age=0.0):
    (folder / "tree").mkdir(parents=True)
    (folder / "tree" / "model.bin").write_bytes(bytes(1000))
    os.utime(folder, (time.time() - age,) * 2)
    return folder


def gc(layout, *runs, dry_run=False):
    state = State()
    state.runs = {run.id: run for run in runs}
    return collect(layout, Repository(layout.root, layout.root / ".git"), state, 0.0, dry_run)


def ended(run_id, **changes):
    run = Run(id=run_id, commit="c", command="x", python="p", created=1.0, state="succeeded")
    return run.model_copy(update=changes)


def test_the_evaluations_of_an_old_run_go_and_one_under_way_stays(workspace):
    scored = Evaluation(folder="run-0001-dev-aa", values={"exact_match": 0.5})
    under_way = Evaluation(folder="run-0002-dev-bb")
    for said in (scored, under_way):
        filled(workspace.evaluations / said.folder)
    told = gc(
        workspace,
        ended("run-0001", evaluations={"dev": scored}),
        ended("run-0002", evaluations={"dev": under_way}),
    )
    assert told.freed_bytes == 1000
    assert [path.name for path in workspace.evaluations.iterdir()] == [under_way.folder]


def test_a_folder_that_nobody_knows_goes_when_it_is_no_longer_fresh(workspace):
    filled(workspace.runs / "run-0007")
    filled(workspace.runs / "run-0008", age=2 * FRESH)
    filled(workspace.evaluations / "run-0001-dev-cc", age=2 * FRESH)
    assert gc(workspace, dry_run=True).freed_bytes == 2000
    gc(workspace)
    assert [path.name for path in workspace.runs.iterdir()] == ["run-0007"]
    assert not list(workspace.evaluations.iterdir())


def test_a_deletion_that_was_killed_leaves_no_half_of_a_checkout(workspace):
    folder = filled(workspace.run("run-0001"))
    died = subprocess.run([sys.executable, "-c", DIES, folder / "tree"], check=False)
    assert died.returncode == 9
    [left] = folder.iterdir()
    assert left.name.startswith(".doomed-")
    gc(workspace, ended("run-0001"))
    assert not list(folder.iterdir())
