"""`Not a problem`: kept in the workspace, marked everywhere, and it ends no run."""

import pytest
from intern_daemon.diagnosis import REGISTRY
from intern_daemon.errors import BadInput
from intern_daemon.experiments import measure_baseline, race
from intern_daemon.protocol import FindingsChanged, Suppressed
from intern_daemon.protocol.methods import LaunchRun, RunRef, Suppress

from .open_service import opened
from .small_workspace import git, make_workspace
from .test_experiments_race import opened as opened_lab
from .test_experiments_race import proposal


@pytest.fixture
def root(tmp_path):
    root = make_workspace(tmp_path / "ws")
    text = (root / "train.py").read_text()
    (root / "train.py").write_text(text.replace("EXPLODES = False", "EXPLODES = True"))
    git(root, "commit", "--quiet", "--all", "--message=Explode")
    return root


async def exploded(here) -> tuple[str, str]:
    """A run of the person's own with a critical finding, ended: its id and the rule."""
    run = await here.ask("intern/run/launch", LaunchRun())
    await here.until(lambda body: body.kind == "run" and body.run.done)
    await here.until(lambda body: isinstance(body, FindingsChanged) and body.run == run.id)
    diagnosis = await here.ask("intern/run/diagnose", RunRef(run=run.id))
    return run.id, next(f.rule for f in diagnosis.findings if f.severity == "critical")


async def test_a_suppressed_finding_carries_the_reason_until_it_is_taken_back(root):
    async with opened(root) as here:
        run, rule = await exploded(here)
        told = await here.ask(
            "intern/finding/suppress", Suppress(rule=rule, run=run, reason="I know")
        )
        assert [(one.rule, one.run, one.reason) for one in told.active] == [(rule, run, "I know")]
        diagnosis = await here.ask("intern/run/diagnose", RunRef(run=run))
        marks = {finding.rule: finding.suppressed for finding in diagnosis.findings}
        assert marks.pop(rule) == "I know"
        assert set(marks.values()) <= {None}
        # Clients that fold events see it as well.
        folded = {f.rule: f.suppressed for f in here.state.findings[run].findings}
        assert folded[rule] == "I know"
        await here.ask("intern/finding/suppress", Suppress(rule=rule, run=run, active=False))
        assert all(f.suppressed is None for f in here.state.findings[run].findings)


async def test_a_rule_that_is_suppressed_in_the_workspace_is_marked_in_later_runs_too(root):
    async with opened(root) as here:
        _, rule = await exploded(here)
        await here.ask("intern/finding/suppress", Suppress(rule=rule, reason="on purpose"))
        later, _ = await exploded(here)
        marks = {f.rule: f.suppressed for f in here.state.findings[later].findings}
        assert marks[rule] == "on purpose"


async def test_what_is_not_there_can_not_be_suppressed_nor_taken_back(root):
    async with opened(root) as here:
        run, rule = await exploded(here)
        with pytest.raises(BadInput, match=f"{run} has no finding X99"):
            await here.ask("intern/finding/suppress", Suppress(rule="X99", run=run))
        with pytest.raises(BadInput, match="is not suppressed in this workspace"):
            await here.ask("intern/finding/suppress", Suppress(rule=rule, active=False))


async def test_a_suppressed_rule_ends_no_run_of_an_experiment(tmp_path):
    root = make_workspace(tmp_path / "slow", pause=0.05)
    async with opened_lab(root) as lab:
        await measure_baseline(lab)
        exploding = {"old": "EXPLODES = False", "new": "EXPLODES = True"}
        [ended] = await race(lab, [proposal(lab, **exploding)])
        assert any(run.cause != "finished" for run in lab.runs_of(ended.id))
        for rule in REGISTRY:
            lab.store.append(Suppressed(rule=rule, run=None, reason="it is a test"))
        [judged] = await race(lab, [proposal(lab, **exploding, id="test:again")])
        assert all(run.cause == "finished" for run in lab.runs_of(judged.id))
