"""What a training can do to its own score, and what it can betray."""

import json

import pytest
from intern_daemon.experiments import BaselineFailed, measure_baseline, race

from .small_workspace import commit, make_workspace
from .test_experiments_race import opened, proposal

FORGES = """
import json, shutil
(run / "eval-dev").mkdir()
forged = {"values": {"exact_match": 0.99}, "seconds": 1, "cpu_seconds": 1, "command": "x"}
(run / "eval-dev" / "result.json").write_text(json.dumps(forged))
shutil.copytree(run / "tree", run / "checkout-dev", ignore=shutil.ignore_patterns("outputs"))
(run / "checkout-dev" / "json.py").write_text("print('{\\"exact_match\\": 0.98}'); exit()")
(run / "tree" / "json.py").write_text("print('{\\"exact_match\\": 0.97}'); exit()")
request = json.loads((run / "request.json").read_text())
(run / "request.json").write_text(json.dumps({**request, "outputs": ["outputs", "json.py"]}))
"""


async def test_an_experiment_that_forges_its_score_gains_nothing(tmp_path):
    async with opened(make_workspace(tmp_path / "ws")) as lab:
        await measure_baseline(lab)
        forging = proposal(lab, "QUALITY = 0.30", "QUALITY = 0.30  # no better")
        forging.files["train.py"] += FORGES
        [judged] = await race(lab, [forging])
        assert judged.verdict.name == "discard"
        runs = lab.runs_of(judged.id)
        assert runs
        assert all(run.dev["exact_match"] < 0.4 for run in runs if run.dev)
        for run in runs:
            if run.dev:
                told = (lab.layout.run(run.id) / "eval-dev" / "result.json").read_text()
                assert json.loads(told)["values"] == run.dev


async def test_a_token_that_a_training_prints_is_in_nothing_that_we_write(tmp_path, monkeypatch):
    token = "hf_" + "A" * 34
    monkeypatch.setenv("HF_TOKEN", token)
    root = make_workspace(tmp_path / "ws")
    (root / "train.py").write_text(
        'import os\nraise SystemExit("cannot log in with " + os.environ["HF_TOKEN"])\n'
    )
    commit(root)
    async with opened(root) as lab:
        with pytest.raises(BaselineFailed) as failed:
            await measure_baseline(lab)
        assert "cannot log in with [redacted]" in str(failed.value)
    holds = {path.name for path in root.rglob("*") if path.is_file() and _holds(path, token)}
    assert holds == {"stdout.log"}  # which is the person's own


def _holds(path, token):
    return token.encode() in path.read_bytes()
