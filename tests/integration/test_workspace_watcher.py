"""Which changes on disk are told: those of files that training depends on, and no others."""

import queue
import shutil

import pytest
from intern_daemon.protocol import FilesChanged
from intern_daemon.workspace import EventStore, Layout
from intern_daemon.workspace.watcher import Watcher, watched_files

SCRIPT = """\
import yaml
from trl import SFTConfig, SFTTrainer
from model import base

settings = yaml.safe_load(open("conf/sft.yaml"))
rows = open("data/train.jsonl")
trainer = SFTTrainer(model=base, args=SFTConfig(learning_rate=settings["rate"]))
"""
CONTRACT = """\
[train]
command = "python train.py"
[eval]
command = "python evaluate.py"
metric = "exact_match"
"""


@pytest.fixture
def root(tmp_path):
    for path, text in {
        "intern.toml": CONTRACT,
        "train.py": SCRIPT,
        "model.py": "base = 'tiny'\n",
        "evaluate.py": "print(1)\n",
        "conf/sft.yaml": "rate: 1.0e-4\n",
        "data/train.jsonl": '{"a": 1}\n',
        "outputs/model.bin": "",
    }.items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text(text)
    return tmp_path


@pytest.fixture
def told(root):
    """Paths of each `FilesChanged`, as they come."""
    layout = Layout(root)
    layout.make()
    store = EventStore(layout.database)
    events = queue.Queue()
    store.listen(lambda event: events.put(event.body))
    watcher = Watcher(layout, store)
    watcher.start()

    def wait():
        body = events.get(timeout=30)
        assert isinstance(body, FilesChanged)
        return body.paths

    yield wait
    watcher.stop()
    store.close()


def test_the_script_its_modules_configs_and_data_are_watched(root):
    assert watched_files(Layout(root)) == [
        "intern.toml",
        "train.py",
        "model.py",
        "conf/sft.yaml",
        "data/train.jsonl",
    ]


def test_changes_that_come_together_are_told_together(root, told):
    (root / "outputs/model.bin").write_text("new")
    (root / "evaluate.py").write_text("print(2)\n")
    (root / "conf/sft.yaml").write_text("rate: 2.0e-4\n")
    (root / "data/train.jsonl").write_text('{"a": 2}\n{"a": 3}\n')
    assert told() == ["conf/sft.yaml", "data/train.jsonl"]


def test_a_save_by_renaming_and_a_removal_are_told(root, told):
    fresh = root / "train.py.tmp"
    fresh.write_text(SCRIPT + "# more\n")
    fresh.replace(root / "train.py")
    assert told() == ["train.py"]
    (root / "model.py").unlink()
    assert told() == ["model.py"]


def test_a_script_that_is_broken_for_a_moment_stays_watched(root, told):
    (root / "train.py").write_text("def (\n")
    assert told() == ["train.py"]
    (root / "model.py").write_text("base = 'large'\n")
    assert told() == ["model.py"]
    (root / "train.py").write_text(SCRIPT)
    assert told() == ["train.py"]


def test_a_contract_that_names_another_script_moves_the_watch(root, told):
    (root / "new").mkdir()
    shutil.copy(root / "train.py", root / "new/train.py")
    (root / "intern.toml").write_text(CONTRACT.replace("train.py", "new/train.py"))
    assert told() == ["intern.toml"]
    (root / "new/train.py").write_text(SCRIPT + "# more\n")
    assert told() == ["new/train.py"]
