"""What the person called no problem, in words and in order of precedence."""

import io

from intern_daemon.cli.curves import Curve
from intern_daemon.cli.diagnose import FailOn, exit_code, tell
from intern_daemon.protocol import Diagnosis, Event, Finding, Suppressed
from intern_daemon.workspace import State
from intern_daemon.workspace.suppression import UNSAID, marked
from rich.console import Console


def finding(rule="S2", **changes) -> Finding:
    return Finding(
        rule=rule,
        label="lr_too_low",
        severity="critical",
        title="The loss hardly moved",
        steps=(1, 9),
        evidence={},
        explanation="It fell by less than a tenth.",
        **changes,
    )


def state_of(*said: Suppressed) -> State:
    state = State()
    for seq, body in enumerate(said, 1):
        state.fold(Event(seq=seq, time=0.0, body=body))
    return state


def reasons(state: State, run="run-1") -> str | None:
    return marked(state, run, [finding()])[0].suppressed


def test_the_word_on_one_run_is_nearer_than_that_on_all():
    everywhere = Suppressed(rule="S2", run=None, reason="always so")
    here = Suppressed(rule="S2", run="run-1", reason="this once")
    assert reasons(state_of(everywhere, here)) == "this once"
    assert reasons(state_of(everywhere, here), "run-2") == "always so"
    assert reasons(state_of(here), "run-2") is None


def test_what_was_taken_back_stands_again():
    said = Suppressed(rule="S2", run=None, reason="x")
    assert reasons(state_of(said, said.model_copy(update={"active": False}))) is None


def test_without_a_reason_it_is_marked_all_the_same():
    assert reasons(state_of(Suppressed(rule="S2", run=None, reason=""))) == UNSAID


def test_the_terminal_names_it_last_and_lets_a_check_pass():
    console = Console(file=io.StringIO(), width=100)
    found = Diagnosis(method="sft", rows=9, findings=[finding(suppressed="I know")], checked=["S2"])
    tell(found, Curve(), console)
    lines = console.file.getvalue().splitlines()
    assert lines[0] == "sft, 9 rows: healthy"
    assert "not a problem: S2 lr_too_low  The loss hardly moved  (I know)" in lines
    assert exit_code(found, FailOn.warning) == 0
    assert exit_code(found.model_copy(update={"findings": [finding()]}), FailOn.warning) == 3
