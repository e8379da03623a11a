"""What the person changes on the branch of a session, or in its checkout, while it goes on."""

import asyncio

import pytest
from intern_daemon.errors import LockedFileChanged, LockedPath, OwnEditFailed
from intern_daemon.experiments import adopt_edits, edited, measure_baseline, overtaken, race
from intern_daemon.repo import read_trailers

from .small_workspace import commit, git, make_tunable_workspace, make_workspace
from .small_workspace import edited as changed
from .test_experiments_race import opened, proposal


@pytest.fixture
def root(tmp_path):
    return make_workspace(tmp_path / "ws")


def commit_in(worktree, old: str, new: str) -> str:
    """A commit of the person in the session's checkout."""
    (worktree / "train.py").write_text(changed(worktree, old, new)["train.py"])
    git(worktree, "commit", "--quiet", "--all", "--message=My own idea")
    return git(worktree, "rev-parse", "HEAD")


async def test_a_commit_of_the_person_stays_and_what_it_brought_is_measured(root):
    async with opened(root) as lab:
        baseline = await measure_baseline(lab)
        mine = commit_in(lab.worktree, "QUALITY = 0.30", "QUALITY = 0.50")
        assert edited(lab)
        adopted = await adopt_edits(lab)
        assert adopted.commit == mine == git(root, "rev-parse", "intern/s")
        assert adopted.title == "your edit: My own idea"
        assert adopted.verdict.effect == pytest.approx(0.2)
        assert set(adopted.scores) == set(list(baseline.scores)[:2])
        assert lab.incumbent.id == adopted.id
        assert not edited(lab)
        assert await adopt_edits(lab) is None


async def test_a_commit_that_makes_it_worse_stays_too_and_its_loss_is_told(root):
    async with opened(root) as lab:
        await measure_baseline(lab)
        mine = commit_in(lab.worktree, "QUALITY = 0.30", "QUALITY = 0.20")
        adopted = await adopt_edits(lab)
        assert git(root, "rev-parse", "intern/s") == mine
        assert adopted.verdict.effect == pytest.approx(-0.1)
        assert adopted.verdict.reason.startswith("Yours, so it stays: -0.100 over 2 seeds")


async def test_uncommitted_edits_are_committed_in_the_name_of_the_person(root):
    async with opened(root) as lab:
        await measure_baseline(lab)
        text = changed(lab.worktree, "EFFORT = 20", "EFFORT = 21")["train.py"] + "# half a thou"
        (lab.worktree / "train.py").write_text(text)
        (lab.worktree / "notes ü.txt").write_bytes(b"mine\r\n\x00\xff")
        (lab.worktree / "evaluate.py").chmod(0o644)
        adopted = await adopt_edits(lab)
        author = git(root, "log", "-1", "--format=%an <%ae>", adopted.commit)
        assert author == "Test <test@localhost>"
        assert "Intern-Experiment" not in read_trailers(lab.repository, adopted.commit)
        assert (lab.worktree / "train.py").read_text() == text
        assert (lab.worktree / "notes ü.txt").read_bytes() == b"mine\r\n\x00\xff"
        assert git(lab.worktree, "status", "--porcelain") == ""
        assert git(root, "rev-parse", "intern/s") == adopted.commit


async def test_what_the_agent_keeps_afterwards_stands_on_the_edit(root):
    async with opened(root) as lab:
        await measure_baseline(lab)
        commit_in(lab.worktree, "EFFORT = 20", "EFFORT = 21")
        await adopt_edits(lab)
        [judged] = await race(lab, [proposal(lab, "QUALITY = 0.30", "QUALITY = 0.60")])
        assert judged.verdict.name == "keep"
        text = (lab.worktree / "train.py").read_text()
        assert "QUALITY = 0.60" in text
        assert "EFFORT = 21" in text


async def test_an_edit_in_the_middle_of_a_race_is_not_overwritten_by_the_winner(root):
    async with opened(root) as lab:
        await measure_baseline(lab)
        racing = asyncio.ensure_future(
            race(lab, [proposal(lab, "QUALITY = 0.30", "QUALITY = 0.60")])
        )
        begun = asyncio.Event()
        lab.store.listen(lambda event: begun.set() if len(lab.experiments) > 1 else None)
        await begun.wait()
        text = (lab.worktree / "train.py").read_text() + "# typed while it raced\n"
        (lab.worktree / "train.py").write_text(text)
        [judged] = await racing
        # Proven, but not of this code: it is no failure of the idea.
        assert judged.verdict.name == "inconclusive"
        assert "That was without your own change" in judged.verdict.reason
        assert (lab.worktree / "train.py").read_text() == text
        assert git(root, "rev-parse", "intern/s") == lab.session.base_commit
        await adopt_edits(lab)
        assert overtaken(lab, lab.experiment(judged.id))
        [again] = await race(lab, [proposal(lab, "QUALITY = 0.30", "QUALITY = 0.60")])
        assert again.verdict.name == "keep"
        assert "# typed while it raced" in (lab.worktree / "train.py").read_text()


async def test_an_edit_that_does_not_train_ends_the_session_until_it_is_mended(root):
    async with opened(root) as lab:
        await measure_baseline(lab)
        broken = commit_in(lab.worktree, "BROKEN = False", "BROKEN = True")
        with pytest.raises(
            OwnEditFailed, match="mend it there, then run `intern improve --resume`"
        ):
            await adopt_edits(lab)
        assert git(root, "rev-parse", "intern/s") == broken
        assert lab.incumbent.number == 0
        commit_in(lab.worktree, "BROKEN = True", "BROKEN = False")
        adopted = await adopt_edits(lab)
        assert lab.incumbent.id == adopted.id


async def test_a_locked_file_that_the_person_edits_is_not_taken_into_the_session(root):
    async with opened(root) as lab:
        await measure_baseline(lab)
        (lab.worktree / "evaluate.py").write_text("print('{\"exact_match\": 1.0}')\n")
        with pytest.raises(LockedFileChanged, match=r"You changed evaluate\.py on intern/s"):
            await adopt_edits(lab)
        assert "1.0" in (lab.worktree / "evaluate.py").read_text()
        assert len(lab.experiments) == 1


async def test_a_kept_change_that_the_person_takes_back_stays_back(root):
    async with opened(root) as lab:
        await measure_baseline(lab)
        [kept] = await race(lab, [proposal(lab, "QUALITY = 0.30", "QUALITY = 0.60")])
        git(lab.worktree, "reset", "--hard", "--quiet", "HEAD~1")
        adopted = await adopt_edits(lab)
        assert git(root, "rev-parse", "refs/intern/s/1") == kept.commit
        assert adopted.commit == lab.session.base_commit
        assert adopted.verdict.effect == pytest.approx(-0.3)
        assert lab.incumbent.id == adopted.id


async def test_a_death_while_an_edit_is_measured_measures_no_seed_twice(tmp_path):
    root = make_workspace(tmp_path / "slow", pause=0.05)
    async with opened(root) as lab:
        await measure_baseline(lab)
        mine = commit_in(lab.worktree, "QUALITY = 0.30", "QUALITY = 0.50")
        adopting = asyncio.ensure_future(adopt_edits(lab))
        running = asyncio.Event()
        lab.store.listen(lambda event: running.set() if lab.runs_of("s/1") else None)
        await running.wait()
        adopting.cancel()
    async with opened(root) as lab:
        adopted = await adopt_edits(lab)
        assert (adopted.id, adopted.commit) == ("s/1", mine)
        asked = [(run.experiment, run.rung, run.seed) for run in lab.state.runs.values()]
        assert len(asked) == len(set(asked))


async def test_another_base_model_than_is_allowed_is_refused_in_candidates_and_in_edits(tmp_path):
    root = make_tunable_workspace(tmp_path / "ws")
    for name in ("base", "better"):
        (root / name).mkdir()
        (root / name / "config.json").write_text("{}")
    contract = (root / "intern.toml").read_text()
    (root / "intern.toml").write_text(
        contract.replace('paths = ["evaluate.py"]', 'paths = ["evaluate.py"]\nmodels = ["base"]')
    )
    commit(root)
    async with opened(root) as lab:
        await measure_baseline(lab)
        stronger = proposal(lab, 'model="base"', 'model="better"')
        with pytest.raises(LockedPath, match="would train from better, which"):
            await race(lab, [stronger])
        commit_in(lab.worktree, 'model="base"', 'model="better"')
        with pytest.raises(LockedFileChanged, match=r"trains from better, which \[locked\] models"):
            await adopt_edits(lab)
        assert [experiment.number for experiment in lab.experiments] == [0]
