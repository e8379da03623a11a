"""What `intern/run/compare` tells of runs of a real repository."""

import json
import math

import pytest
from intern_daemon.errors import BadInput
from intern_daemon.metrics import ColumnStore, Row
from intern_daemon.protocol import Run
from intern_daemon.repo import open_repository
from intern_daemon.server.comparing import Comparer
from intern_daemon.workspace import Layout

from tests.integration.small_workspace import commit, git, make_tunable_workspace


@pytest.fixture
def place(tmp_path):
    root = make_tunable_workspace(tmp_path / "workspace")
    open_repository(root).exclude_home()
    return root


def run(place, number, *, seed=0, arguments=None, rows=(), dev=None):
    """A run at the present commit, with what its trainer and its evaluation left."""
    layout = Layout(place)
    made = Run(
        id=f"run-{number:04d}",
        commit=git(place, "rev-parse", "HEAD"),
        seed=seed,
        command="python train.py",
        python="python",
        created=0.0,
        dev=dev,
    )
    layout.run(made.id).mkdir(parents=True)
    if arguments is not None:
        config = {"trainer": "SFTTrainer", "arguments": arguments}
        (layout.run(made.id) / "config.json").write_text(json.dumps(config))
    ColumnStore(layout.run(made.id) / "series").append(list(rows), {})
    return made


def change(place, old, new, path="train.py"):
    text = (place / path).read_text()
    assert old in text
    (place / path).write_text(text.replace(old, new))
    commit(place)


def compare(place, *runs):
    return Comparer(Layout(place), open_repository(place)).compare(list(runs))


def test_an_edited_setting_is_told_with_its_line_in_each_commit(place):
    first = run(place, 1)
    change(place, "    learning_rate=1e-5,", "    # more\n    learning_rate=2e-4,")
    told = compare(place, first, run(place, 2))
    (setting,) = told.settings
    assert (setting.name, setting.values) == ("learning_rate", ["1e-5", "2e-4"])
    assert [where.line for where in setting.places] == [6, 7]
    assert told.same > 0
    assert told.code == ["train.py"]


def test_a_setting_that_only_one_commit_has_is_absent_in_the_other(place):
    first = run(place, 1)
    change(place, "    num_train_epochs=2,", "    num_train_epochs=2,\n    warmup_steps=10,")
    (setting,) = compare(place, first, run(place, 2)).settings
    assert (setting.name, setting.values) == ("warmup_steps", [None, "10"])


def test_what_the_trainer_recorded_decides_what_is_equal(place):
    first = run(place, 1, arguments={"learning_rate": 1e-5, "max_grad_norm": 1.0})
    change(place, "learning_rate=1e-5", "learning_rate=0.00001")
    second = run(place, 2, arguments={"learning_rate": 1e-5, "max_grad_norm": 0.5})
    told = compare(place, first, second)
    assert [(one.name, one.values) for one in told.settings] == [("max_grad_norm", ["1.0", "0.5"])]


def test_a_path_into_the_runs_own_tree_is_no_difference(place):
    def outputs(number):
        return {"output_dir": str(Layout(place).run(f"run-{number:04d}") / "tree" / "out")}

    told = compare(place, run(place, 1, arguments=outputs(1)), run(place, 2, arguments=outputs(2)))
    assert told.settings == []


def test_seeds_and_scores_stand_in_the_order_of_the_runs(place):
    rows = [Row(1, {"loss": 2.0}), Row(2, {"loss": math.nan, "grad_norm": 1.0})]
    runs = [
        run(place, 2, seed=1, dev={"exact_match": 0.5}),
        run(place, 1, rows=rows, dev={"exact_match": 0.25}),
        run(place, 3, seed=1, rows=rows[:1]),
    ]
    told = compare(place, *runs)
    assert told.runs == ["run-0002", "run-0001", "run-0003"]
    assert [(one.name, one.values) for one in told.settings] == [("seed", ["1", "0", "1"])]
    assert told.metrics["dev/exact_match"] == [0.5, 0.25, None]
    assert told.metrics["loss"][0::2] == [None, 2.0]
    assert math.isnan(told.metrics["loss"][1])
    assert told.code == []


def test_a_key_in_the_code_does_not_leave_the_daemon(place):
    secret = "hf_" + "a1B2" * 8
    first = run(place, 1)
    change(place, "    num_train_epochs=2,", f'    num_train_epochs=2,\n    hub_token="{secret}",')
    told = compare(place, first, run(place, 2))
    assert [one.name for one in told.settings] == ["hub_token"]
    assert secret not in told.model_dump_json()


def test_one_run_is_no_comparison(place):
    with pytest.raises(BadInput, match="two runs at least"):
        compare(place, run(place, 1))
