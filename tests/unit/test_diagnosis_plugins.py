"""Rules of other distributions, found by their entry points in a real interpreter."""

import json
import subprocess
import sys
import textwrap
from pathlib import Path

GOOD = """
from intern_daemon.diagnosis import Evidence, Rule, rule

@rule("X1", label="loss_of_seven", severity="warning", needs={"loss"})
class LossOfSeven(Rule):
    \"\"\"The loss is 7.\"\"\"

    def feed(self, row):
        if row.get("loss") != 7:
            return None
        return Evidence((row.step, row.step), {"loss": 7.0}, "Seven", "It is 7.")
"""

BROKEN = """
from intern_daemon.diagnosis import Rule, rule

@rule("X2", label="half_done", severity="warning", needs={"loss"})
class HalfDone(Rule):
    \"\"\"Registered before its module failed.\"\"\"

    def feed(self, row):
        return None

raise RuntimeError("no licence")
"""

ASK = """
import json, logging
logging.basicConfig()
from intern_daemon.diagnosis import REGISTRY, Engine
from intern_daemon.diagnosis.document import render
from intern_daemon.metrics import Row
engine = Engine()
engine.feed(Row(1, {"loss": 7.0}))
print(json.dumps({
    "rules": sorted(id for id in REGISTRY if id[0] == "X"),
    "ours": "N1" in REGISTRY,
    "found": [finding.label for finding in engine.findings()],
    "documented": "loss_of_seven" in render(),
}))
"""


def install(site: Path, name: str, source: str) -> None:
    """A distribution as an installer leaves it: a module and its dist-info."""
    module = name.replace("-", "_")
    (site / f"{module}.py").write_text(textwrap.dedent(source))
    folder = site / f"{module}-1.0.dist-info"
    folder.mkdir()
    (folder / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    (folder / "entry_points.txt").write_text(f"[intern.rules]\n{name} = {module}\n")


def test_a_plugins_rule_is_used_and_a_broken_plugin_is_logged_and_left_out(tmp_path):
    install(tmp_path, "rules-of-seven", GOOD)
    install(tmp_path, "rules-that-fail", BROKEN)
    done = subprocess.run(
        [sys.executable, "-c", ASK],
        env={"PYTHONPATH": str(tmp_path), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert json.loads(done.stdout) == {
        "rules": ["X1"],
        "ours": True,
        "found": ["loss_of_seven"],
        "documented": False,
    }
    assert "the rules of rules_that_fail could not be loaded" in done.stderr
    assert "no licence" in done.stderr
