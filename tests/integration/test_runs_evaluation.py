"""Scores: where they come from, what a training can do about them, and what a death costs."""

import asyncio
import json
import os
import signal

import pytest
from intern_daemon.errors import EvaluationFailed, LockedFileChanged
from intern_daemon.repo import export_tree
from intern_daemon.runs import Checkout

from .kept_runs import kept, make_repository, until

DEV = "python evaluate.py dev"

FORGED = {
    "a result": ("eval-dev/result.json", '{"values": {"exact_match": 0.99}, "seconds": 1}'),
    "an end": ("eval-dev/exit.json", '{"code": 0, "reason": "exited", "started": 1, "ended": 2}'),
    "a checkout": ("checkout-dev/evaluate.py", "print('{\"exact_match\": 0.99}')"),
}


@pytest.fixture
async def place(tmp_path):
    async with kept(make_repository(tmp_path / "a répository")) as place:
        yield place


def checkout(place, run, verify=lambda _: None):
    return Checkout(
        lambda tree: export_tree(place.repository, run.commit, tree), ["outputs"], verify
    )


def folder(place, run):
    return place.layout.evaluations / place.store.state.runs[run.id].evaluations["dev"].folder


async def orphaned(place, run, command):
    """An evaluation whose daemon is gone; it holds until `go` lies beside its tree."""
    asked = asyncio.create_task(place.keeper.evaluate(run.id, command, "dev", checkout(place, run)))
    await until(lambda: place.store.state.runs[run.id].evaluations)
    await until(lambda: (folder(place, run) / "proc.json").exists() or asked.done())
    place.keeper.evaluator.closing = True
    asked.cancel()
    await asyncio.gather(asked, return_exceptions=True)
    await place.restart()


async def test_an_evaluation_runs_once_in_a_clean_checkout(place):
    run = await place.run("python rows.py 1 0", seed=4)
    clean = checkout(place, run)
    for _ in range(2):
        score = await place.keeper.evaluate(run.id, DEV, "dev", clean)
        assert score == {"exact_match": 0.25}
    await place.restart()
    assert await place.keeper.evaluate(run.id, DEV, "dev", clean) == score

    evaluated = place.store.state.runs[run.id]
    assert evaluated.dev == evaluated.evaluations["dev"].values == score
    assert evaluated.dev_seconds > 0
    assert (folder(place, run) / "looks").read_text() == "x"
    assert (folder(place, run) / "stdout.log").read_text().startswith("scoring dev 4 1.0\n")
    assert not (folder(place, run) / "tree").exists()
    record = json.loads((place.layout.run(run.id) / "eval-dev" / "result.json").read_text())
    assert record["values"] == score


@pytest.mark.parametrize("forged", FORGED)
async def test_a_training_can_not_write_its_own_score(place, forged):
    run = await place.run("python rows.py 1 0")
    name, text = FORGED[forged]
    (place.layout.run(run.id) / name).parent.mkdir()
    (place.layout.run(run.id) / name).write_text(text)
    score = await place.keeper.evaluate(run.id, DEV, "dev", checkout(place, run))
    assert score == {"exact_match": 0.25}


async def test_a_training_can_not_name_other_outputs_for_the_evaluator(place):
    run = await place.run("python rows.py 1 0")
    own = place.layout.run(run.id)
    (own / "tree" / "os.py").write_text("print('{\"exact_match\": 0.99}')\nraise SystemExit\n")
    request = json.loads((own / "request.json").read_text())
    (own / "request.json").write_text(json.dumps({**request, "outputs": ["outputs", "os.py"]}))
    score = await place.keeper.evaluate(run.id, DEV, "dev", checkout(place, run))
    assert score == {"exact_match": 0.25}


async def test_a_locked_file_that_changes_during_the_evaluation_spoils_the_score(place):
    run = await place.run("python rows.py 1 0")
    looks = []

    def changed_meanwhile(tree):
        looks.append(tree)
        if (tree.parent / "exit.json").exists():
            raise LockedFileChanged("data/dev.jsonl changed although it is locked.")

    with pytest.raises(LockedFileChanged):
        await place.keeper.evaluate(run.id, DEV, "dev", checkout(place, run, changed_meanwhile))
    assert len(looks) == 2
    await place.restart()
    # Restored, and asked again: what was measured then does not count.
    spoilt = folder(place, run)
    await place.keeper.evaluate(run.id, DEV, "dev", checkout(place, run))
    assert folder(place, run) != spoilt


async def test_an_evaluation_that_outlives_its_daemon_is_waited_for(place):
    run = await place.run("python rows.py 1 0")
    command = f"sh -c 'while [ ! -e ../go ]; do sleep 0.05; done; {DEV}'"
    await orphaned(place, run, command)
    first = folder(place, run)
    (first / "go").touch()
    score = await place.keeper.evaluate(run.id, command, "dev", checkout(place, run))
    assert score == {"exact_match": 0.25}
    assert folder(place, run) == first


async def test_an_evaluation_killed_with_its_supervisor_is_begun_once_more(place):
    run = await place.run("python rows.py 1 0")
    command = f"sh -c 'if [ ! -e ../../second ]; then touch ../../second; sleep 600; fi; {DEV}'"
    asked = asyncio.create_task(place.keeper.evaluate(run.id, command, "dev", checkout(place, run)))
    await until((place.layout.evaluations / "second").exists)
    proc = json.loads((folder(place, run) / "proc.json").read_text())
    os.kill(proc["supervisor"]["pid"], signal.SIGKILL)
    os.killpg(proc["child"]["pid"], signal.SIGKILL)
    assert await asked == {"exact_match": 0.25}


async def test_an_evaluator_that_hangs_is_ended_with_a_sentence(place):
    run = await place.run("python rows.py 1 0")
    with pytest.raises(EvaluationFailed, match=r"its time limit.*Mend what hangs"):
        await place.keeper.evaluate(run.id, "python sleep.py", "dev", checkout(place, run), 0.01)


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("echo no numbers", "printed no JSON object of numbers as its last line; its last words"),
        ("true", "it printed nothing"),
        ("python fail.py", "Exit code 1 at fail.py:2: ValueError: bad shape."),
        ("echo '{\"loss\": NaN}'", "printed no JSON object of numbers"),
    ],
)
async def test_an_evaluation_without_a_score_fails_in_words(place, command, words):
    run = await place.run("python rows.py 1 0")
    with pytest.raises(EvaluationFailed) as failed:
        await place.keeper.evaluate(run.id, command, "dev", checkout(place, run))
    told = place.store.state.runs[run.id]
    assert told.dev is None
    assert words.rstrip(".") in str(failed.value)
    assert told.evaluations["dev"].message == str(failed.value)


async def test_a_run_without_outputs_can_not_be_scored(place):
    run = await place.run("python quick.py")
    with pytest.raises(EvaluationFailed, match="left no `outputs`"):
        await place.keeper.evaluate(run.id, "true", "dev", checkout(place, run))
