"""What the agent may do by itself."""

import pytest
from intern_daemon.agent.policy import ruling
from intern_daemon.agent.tools.declarations import IMPROVE
from intern_daemon.errors import BadConfig
from intern_daemon.experiments import Ledger
from intern_daemon.protocol import Budget
from intern_daemon.workspace import parse
from intern_daemon.workspace.config import Policy

CONTRACT = '[train]\ncommand = "python t.py"\n[eval]\ncommand = "python e.py"\nmetric = "m"\n'


def test_local_work_is_allowed_and_what_costs_or_can_not_be_undone_is_asked():
    policy = parse(CONTRACT).policy
    assert {effect: rule for effect, rule in policy.model_dump().items() if rule != "allow"} == {
        "spend": "ask",
        "publish": "ask",
        "delete": "ask",
    }


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ('rum = "ask"', r"intern\.toml:7:1: \[policy\] rum is not a known key"),
        ('run = "maybe"', r"intern\.toml:7:1: \[policy\] run: input should be 'ask', 'allow' or"),
    ],
)
def test_a_key_or_a_rule_that_is_unknown_is_refused_with_its_place(line, sentence):
    with pytest.raises(BadConfig, match=sentence):
        parse(f"{CONTRACT}[policy]\n{line}\n")


def test_the_strictest_rule_of_a_tool_holds():
    assert ruling(Policy(), ("run", "write")) == ("run", "allow")
    assert ruling(Policy(write="ask"), ("run", "write")) == ("write", "ask")
    assert ruling(Policy(write="ask", run="deny"), ("run", "write")) == ("run", "deny")


def test_every_tool_says_what_it_does_to_the_world():
    effects = {declaration.name: declaration.effects for declaration in IMPROVE}
    assert all(effects.values())
    training = {"measure_baseline", "try_candidates", "finish_experiments", "write_report"}
    assert {name for name, said in effects.items() if "run" in said} == training | {"adopt_edits"}


def test_time_stands_still_while_the_person_is_asked():
    now = [100.0]
    ledger = Ledger(Budget(minutes=1, runs=1, usd=0, tokens=0), 0.0, list, clock=lambda: now[0])
    now[0] += 10
    with ledger.pause():
        now[0] += 1000
        assert ledger.spent().seconds == 10
        assert ledger.seconds_left() == 50
    assert ledger.spent().seconds == 10
    now[0] += 5
    assert ledger.spent().seconds == 15
