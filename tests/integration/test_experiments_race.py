"""The loop on a real repository with real processes: what is kept, what is not, and why."""

import asyncio
import contextlib
import sys
import time
from pathlib import Path

import pytest
from intern_daemon.errors import LockedPath
from intern_daemon.experiments import (
    BaselineFailed,
    Lab,
    Ledger,
    Proposal,
    Watch,
    finish_seeds,
    give_up,
    look_at_test,
    measure_baseline,
    race,
    settle,
    unfinished,
    write_report,
)
from intern_daemon.integrity import hash_locked
from intern_daemon.protocol import Budget, Session, SessionChanged
from intern_daemon.repo import (
    ensure_worktree,
    export_tree,
    open_repository,
    read_trailers,
    take_snapshot,
)
from intern_daemon.runs import RunKeeper
from intern_daemon.workspace import EventStore, Layout, load

from .small_workspace import edited, git, make_workspace


@contextlib.asynccontextmanager
async def opened(root: Path):
    """A lab as the daemon makes it: opening the same folder again takes its session up."""
    repository = open_repository(root)
    layout = Layout(repository.root)
    layout.make()
    store = EventStore(layout.database)
    config = load(layout.config)
    watch: Watch | None = None
    keeper = RunKeeper(
        layout,
        store,
        lambda commit, dest: export_tree(repository, commit, dest),
        lambda run, rows: watch.on_rows(run, rows),  # noqa: PLW0108 - `watch` comes later
    )
    watch = Watch(layout, store, keeper.stop)
    if "s" not in store.state.sessions:
        start = take_snapshot(repository, "s")
        store.append(
            SessionChanged(
                session=Session(
                    id="s",
                    slug="s",
                    branch="intern/s",
                    base_commit=start.commit,
                    user_ref="main",
                    state="running",
                    metric="exact_match",
                    direction="max",
                    budget=Budget(minutes=5, runs=100, usd=0, tokens=0),
                    locks=hash_locked(repository, start.commit, config),
                    created=time.time(),
                )
            )
        )
    session = store.state.sessions["s"]
    ensure_worktree(repository, layout.worktree("s"), session.branch, session.base_commit)
    await keeper.adopt()
    lab = Lab(
        layout=layout,
        store=store,
        keeper=keeper,
        repository=repository,
        config=config,
        python=Path(sys.executable),
        session_id="s",
        ledger=Ledger(session.budget, 0.0, lambda: store.state.session_runs("s")),
    )
    try:
        yield lab
    finally:
        await keeper.close()
        store.close()


@pytest.fixture
def root(tmp_path):
    return make_workspace(tmp_path / "a workspace ü")


def proposal(lab: Lab, old: str, new: str, **changes) -> Proposal:
    return Proposal(
        **{
            "id": f"test:{new}",
            "intervention": "test",
            "title": f"{old} to {new}",
            "hypothesis": "It helps.",
            "source": "a test",
            "files": edited(lab.worktree, old, new),
            **changes,
        }
    )


async def test_a_real_gain_is_kept_as_a_commit_with_its_evidence(root):
    async with opened(root) as lab:
        baseline = await measure_baseline(lab)
        [judged] = await race(lab, [proposal(lab, "QUALITY = 0.30", "QUALITY = 0.60")])
        assert judged.verdict.name == "keep"
        assert lab.session.incumbent == judged.id
        assert git(root, "rev-parse", "intern/s") == judged.commit
        assert "QUALITY = 0.60" in (lab.worktree / "train.py").read_text()
        trailers = read_trailers(lab.repository, judged.commit)
        assert trailers["Intern-Experiment"] == ["s/1"]
        assert set(trailers["Intern-Run"]) == {run.id for run in lab.runs_of(judged.id)}
        assert judged.score > baseline.score


async def test_no_gain_is_discarded_and_stays_under_a_ref(root):
    async with opened(root) as lab:
        await measure_baseline(lab)
        [judged] = await race(lab, [proposal(lab, "QUALITY = 0.30", "QUALITY = 0.301")])
        assert judged.verdict.name == "discard"
        assert git(root, "rev-parse", judged.ref) == judged.commit
        assert git(root, "rev-parse", "intern/s") == lab.session.base_commit


async def test_of_two_alternatives_the_better_one_is_kept(root):
    async with opened(root) as lab:
        await measure_baseline(lab)
        worse = proposal(lab, "QUALITY = 0.30", "QUALITY = 0.50")
        better = proposal(lab, "QUALITY = 0.30", "QUALITY = 0.70")
        first, second = await race(lab, [worse, better])
        assert (first.verdict.name, second.verdict.name) == ("discard", "keep")


async def test_code_that_does_not_train_is_discarded_with_its_reason(root):
    async with opened(root) as lab:
        await measure_baseline(lab)
        [judged] = await race(lab, [proposal(lab, "BROKEN = False", "BROKEN = True")])
        assert judged.verdict.name == "discard"
        assert "the edited code does not train" in judged.verdict.reason


async def test_a_run_that_explodes_is_ended_at_once(tmp_path):
    root = make_workspace(tmp_path / "slow", pause=0.1)
    async with opened(root) as lab:
        await measure_baseline(lab)
        exploding = proposal(lab, "EXPLODES = False", "EXPLODES = True")
        exploding.files["train.py"] = exploding.files["train.py"].replace(
            "EFFORT = 20", "EFFORT = 2000"
        )
        [judged] = await race(lab, [exploding])
        assert judged.verdict.name == "discard"
        assert all(run.cause != "finished" for run in lab.runs_of(judged.id))


async def test_a_locked_file_can_not_be_part_of_an_experiment(root):
    async with opened(root) as lab:
        await measure_baseline(lab)
        cheat = proposal(
            lab, "QUALITY = 0.30", "QUALITY = 0.31", files={"evaluate.py": "print({'a': 1})"}
        )
        with pytest.raises(LockedPath):
            await race(lab, [cheat])
        assert len(lab.experiments) == 1


async def test_a_training_command_that_fails_stops_before_anything_else(root):
    (root / "train.py").write_text("import nosuchmodule\n")
    git(root, "commit", "--quiet", "--all", "--message=Break")
    async with opened(root) as lab:
        with pytest.raises(BaselineFailed, match="nosuchmodule"):
            await measure_baseline(lab)


async def test_after_a_death_in_the_middle_no_run_is_done_twice(tmp_path):
    root = make_workspace(tmp_path / "slow", pause=0.05)
    async with opened(root) as lab:
        await measure_baseline(lab)
        racing = asyncio.ensure_future(
            race(lab, [proposal(lab, "QUALITY = 0.30", "QUALITY = 0.60")])
        )
        started = asyncio.Event()
        lab.store.listen(
            lambda event: (
                started.set()
                if any(run.state == "running" for run in lab.state.runs.values())
                else None
            )
        )
        await started.wait()
        racing.cancel()
    async with opened(root) as lab:
        before = set(lab.state.runs)
        left = unfinished(lab)
        assert [experiment.number for experiment in left] == [1]
        [judged] = await settle(lab, left)
        assert judged.verdict.name == "keep"
        asked = [(run.experiment, run.rung, run.seed) for run in lab.state.runs.values()]
        assert len(asked) == len(set(asked))
        assert before <= set(lab.state.runs)


async def test_the_report_holds_what_the_runs_measured_and_opens_the_test_once(root):
    async with opened(root) as lab:
        await measure_baseline(lab)
        await race(lab, [proposal(lab, "QUALITY = 0.30", "QUALITY = 0.60")])
        await finish_seeds(lab)
        test = await look_at_test(lab)
        report = write_report(lab, test, "The test is over.")
        assert report.test_gain == pytest.approx(0.3, abs=1e-6)
        assert report.integrity.intact
        assert report.integrity.test_looks == 1
        for outcome in (report.baseline, report.final):
            for run_id, score in zip(outcome.dev.runs, outcome.dev.by_seed.values(), strict=True):
                assert lab.state.runs[run_id].dev["exact_match"] == score
        assert await look_at_test(lab) == test
        page = lab.layout.report("s").read_text()
        assert "QUALITY = 0.30 to QUALITY = 0.60" in page


async def test_the_users_checkout_is_untouched_by_all_of_it(root):
    (root / "train.py").write_text((root / "train.py").read_text() + "# my own work\n")
    (root / "notes.txt").write_text("untracked")
    before = (git(root, "status", "--porcelain=v2"), (root / ".git" / "index").read_bytes())
    async with opened(root) as lab:
        await measure_baseline(lab)
        await race(lab, [proposal(lab, "QUALITY = 0.30", "QUALITY = 0.60")])
    after = (git(root, "status", "--porcelain=v2"), (root / ".git" / "index").read_bytes())
    assert after == before


async def test_a_death_between_a_verdict_and_the_session_costs_nothing(root):
    async with opened(root) as lab:
        await measure_baseline(lab)
        await race(lab, [proposal(lab, "QUALITY = 0.30", "QUALITY = 0.60")])
        # As if the daemon had died before the session's own event.
        lab.change_session(incumbent=None)
    async with opened(root) as lab:
        assert lab.incumbent.number == 1
        [judged] = await race(lab, [proposal(lab, "QUALITY = 0.60", "QUALITY = 0.80")])
        assert judged.verdict.name == "keep"
        assert judged.parent == "s/1"


async def test_a_proven_gain_is_kept_when_the_budget_ends_behind_it(root):
    async with opened(root) as lab:
        await measure_baseline(lab)
        better = proposal(lab, "QUALITY = 0.30", "QUALITY = 0.60")
        racing = asyncio.ensure_future(race(lab, [better]))
        proven = asyncio.Event()
        lab.store.listen(lambda event: proven.set() if len(lab.scores("s/1")) == 2 else None)
        await proven.wait()
        racing.cancel()
        await asyncio.wait({racing})
        await give_up(lab, "The time cap is reached.")
        assert lab.incumbent.number == 1
        assert lab.experiment("s/1").verdict.name == "keep"


async def test_what_was_not_measured_when_the_budget_ends_is_inconclusive(root):
    async with opened(root) as lab:
        await measure_baseline(lab)
        racing = asyncio.ensure_future(
            race(lab, [proposal(lab, "QUALITY = 0.30", "QUALITY = 0.60")])
        )
        begun = asyncio.Event()
        lab.store.listen(lambda event: begun.set() if len(lab.experiments) > 1 else None)
        await begun.wait()
        racing.cancel()
        await asyncio.wait({racing})
        await give_up(lab, "The time cap is reached.")
        verdict = lab.experiment("s/1").verdict
        assert (verdict.name, verdict.reason) == ("inconclusive", "The time cap is reached.")
        assert all(run.done for run in lab.runs_of("s/1"))


async def test_a_run_that_the_person_stops_is_not_started_again(tmp_path):
    root = make_workspace(tmp_path / "slow", pause=0.2)
    async with opened(root) as lab:
        measuring = asyncio.ensure_future(measure_baseline(lab))
        going = asyncio.Event()
        lab.store.listen(
            lambda event: (
                going.set()
                if any(run.state == "running" for run in lab.state.runs.values())
                else None
            )
        )
        await going.wait()
        for run in list(lab.state.runs.values()):
            await lab.keeper.stop(run.id, "stopped by the person")
        with pytest.raises(BaselineFailed, match="Stopped"):
            await measuring
        assert len(lab.state.runs) == 3


async def test_scores_that_never_vary_do_not_make_every_gain_real(root):
    text = (root / "train.py").read_text().replace("uniform(-0.01, 0.01)", "uniform(0, 0)")
    (root / "train.py").write_text(text)
    git(root, "commit", "--quiet", "--all", "--message=Ignore the seed")
    async with opened(root) as lab:
        await measure_baseline(lab)
        [judged] = await race(lab, [proposal(lab, "QUALITY = 0.30", "QUALITY = 0.301")])
        assert judged.verdict.name == "discard"
