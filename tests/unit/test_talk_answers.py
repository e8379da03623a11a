"""What the playbook says without a language model: all of it from what was measured."""

import shutil

import pytest
from intern_daemon.agent.talk.answers import ANSWERS
from intern_daemon.agent.talk.outlook import prospects
from intern_daemon.agent.talk.question import understand
from intern_daemon.agent.talk.view import View
from intern_daemon.protocol import (
    Approval,
    ApprovalChanged,
    Effects,
    FindingsChanged,
    PlanChanged,
    PlanItem,
    SessionChanged,
    Wish,
)
from intern_daemon.workspace import EventStore, Layout

from ..integration.small_workspace import make_tunable_workspace
from .talk_history import EXPERIMENTS, FINDING, SESSION, history, view


def answer(seen, text):
    question = understand(text, [], seen)
    return ANSWERS[question.topic](seen, question)


@pytest.fixture(scope="module")
def seen(tmp_path_factory):
    return view(tmp_path_factory.mktemp("workspace"))


def test_why_tells_finding_hypothesis_source_change_verdict_and_what_was_not_kept(seen):
    assert answer(seen, "why did you do exp 1?").split("\n\n") == [
        "[exp 1](intern:experiment/tiny-1/1): learning rate 2e-5 -> 2e-4.",
        "I tried it because of [S2 underfitting](intern:finding/run-0001/S2) in "
        "[run-0001](intern:run/run-0001): The training loss is still falling fast at the end "
        "(`loss` 1.904, `steps` 300).",
        "Hypothesis: With learning rate 2e-5 -> 2e-4 the metric rises.",
        "Source: google-research/tuning_playbook.",
        "Changed: `learning_rate 2e-5 -> 2e-4` in [train.py:41](intern:file/train.py#L41), commit "
        f"[1abcdef](intern:commit/{EXPERIMENTS[1].commit}).",
        "Verdict: **keep**, +0.310 (95 % interval +0.250 to +0.370, noise floor 0.030, 2 seeds) on "
        "`exact_match`. It clears the noise. Runs: [run-0003](intern:run/run-0003), "
        "[run-0004](intern:run/run-0004).",
        "Tried from the same starting point and not kept:",
        "- [exp 2](intern:experiment/tiny-1/2) weight decay 0.0 -> 0.1: discard. -0.020 over 1 "
        "seed: no gain.",
    ]


@pytest.mark.parametrize(
    ("text", "begins"),
    [
        ("why did you do that", "[exp 3](intern:experiment/tiny-1/3): warm-up 10 %"),
        ("why was it discarded?", "[exp 2](intern:experiment/tiny-1/2): weight decay"),
        ("why was the weight decay dropped", "[exp 2](intern:experiment/tiny-1/2)"),
        ("why did you keep it", "[exp 1](intern:experiment/tiny-1/1)"),
        ("why did you change the learning rate", "[exp 1](intern:experiment/tiny-1/1)"),
        ("what was the reason for the baseline", "The [exp 0](intern:experiment/tiny-1/0) is the"),
        ("why exp 77", "exp 77 is not in this session. There are: [exp 0]"),
    ],
)
def test_why_is_about_what_the_words_name_else_the_newest(seen, text, begins):
    assert answer(seen, text).startswith(begins)


def test_an_experiment_in_progress_is_told_without_a_verdict(seen):
    assert "There is no verdict yet: it is running." in answer(seen, "why exp 3")


def test_what_the_person_asked_for_is_said_to_be_theirs(tmp_path):
    wish = Wish(intervention="warmup:10", because="use a warm-up", experiment="tiny-1/3")
    asked = view(tmp_path, wishes=[wish])
    assert "You asked for it: `use a warm-up`." in answer(asked, "why exp 3")


def test_status_tells_scores_verdicts_runs_and_what_is_spent(seen):
    assert answer(seen, "status") == (
        "`tiny-1` on `intern/tiny-1` is running. Spent: 3 min 12 s of 30 min, 9 of 24 runs, $0.00."
        "\n\n"
        "`exact_match` on dev: 0.230 -> 0.540 (+0.310, noise floor 0.030). Best: "
        "[exp 1](intern:experiment/tiny-1/1) learning rate 2e-5 -> 2e-4."
        "\n\n"
        "2 experiments: 1 kept and 1 discarded. The last: [exp 2](intern:experiment/tiny-1/2) "
        "weight decay 0.0 -> 0.1, discard. -0.020 over 1 seed: no gain."
        "\n\n"
        "1 run in progress:\n\n"
        "- [run-0006](intern:run/run-0006), [exp 3](intern:experiment/tiny-1/3), seed 0, rung 1/3, "
        "step 12 of 20, loss 1.250, 21 s left"
    )


def test_status_says_first_what_waits_for_the_person(tmp_path):
    store = history(tmp_path)
    store.append(
        ApprovalChanged(
            approval=Approval(
                id="a1", session="tiny-1", tool="try_candidates", effect="run",
                title="Run python train.py 4 times", because="b", effects=Effects(), covers="c",
                created=1.0,
            )
        )
    )  # fmt: skip
    told = answer(View.of(Layout(tmp_path), store.state, None), "status")
    assert "It waits for your answer (`/approvals`):\n\n- Run python train.py 4 times" in told
    store.close()


def test_cost_counts_only_what_was_measured(seen):
    told = answer(seen, "what does it cost")
    assert "Spent: 3 min 12 s of 30 min, 9 of 24 runs, $0.00. CPU time: 2 min 30 s." in told
    assert "A full run takes 20 s (median of 5), 15 s of CPU time on average." in told
    assert answer(seen, "how long did exp 1 take").startswith(
        "[run-0003](intern:run/run-0003), [run-0004](intern:run/run-0004): 40 s of training "
        "together, 30 s of CPU time."
    )


def test_two_experiments_are_compared_on_the_seeds_that_both_have(seen):
    told = answer(seen, "compare exp 1 and exp 2")
    assert "| dev score | 0.540 | 0.210 |" in told
    assert "| effect | +0.310 | -0.020 |" in told
    assert told.endswith(
        "Paired over 1 seed, [exp 2](intern:experiment/tiny-1/2) is 0.320 worse than "
        "[exp 1](intern:experiment/tiny-1/1) on `exact_match`, more than the session's noise floor "
        "of 0.030."
    )


def test_one_experiment_is_compared_with_what_it_stands_on(seen):
    told = answer(seen, "what is the difference made by exp 1")
    assert told.startswith("| | [exp 0](intern:experiment/tiny-1/0) | [exp 1]")
    assert "Paired over 2 seeds" in told


def test_runs_are_compared_with_scores_and_findings(seen):
    told = answer(seen, "compare run 1 and run 3")
    assert "| dev `exact_match` | 0.250 | 0.250 |" in told
    assert "| findings | [S2 underfitting](intern:finding/run-0001/S2) | none |" in told


def test_a_finding_is_explained_with_rule_numbers_line_and_what_to_try(seen):
    told = answer(seen, "explain underfitting in run 1")
    assert told.startswith(
        "[S2 underfitting](intern:finding/run-0001/S2), warning, in "
        "[run-0001](intern:run/run-0001) at steps 3 to 18: The training loss is still falling fast "
        "at the end (`loss` 1.904, `steps` 300)."
    )
    assert "The line: [train.py:41](intern:file/train.py#L41)." in told
    assert "Rule S2, " in told
    assert "- Try ten times more. (`/try learning_rate_up`)" in told


def test_a_rule_that_no_run_shows_is_explained_by_its_reference_alone(seen):
    assert answer(seen, "explain N1").startswith("No run here shows it.\n\nRule N1, nonfinite")


def test_a_cured_finding_is_told_as_seen_before(seen):
    told = answer(seen, "explain the finding")
    assert told.startswith("No finding stands: 5 finished runs")
    assert "Seen in earlier runs: [S2 underfitting](intern:finding/run-0001/S2)" in told


def test_without_a_session_the_answers_say_what_to_do(tmp_path):
    layout = Layout(tmp_path)
    layout.make()
    store = EventStore(layout.database)
    empty = View.of(layout, store.state, None)
    store.close()
    assert answer(empty, "why did you do that").endswith("`/improve` starts one.")
    assert answer(empty, "status") == "There is no session yet. `/improve` starts one."
    assert "`intern init`" in answer(empty, "what next")
    assert "`intern init`" in answer(empty, "what does it cost")
    assert answer(empty, "explain the finding").startswith("There is nothing to explain yet")
    assert answer(empty, "compare the experiments").startswith("Name two experiments")


@pytest.fixture(scope="module")
def tunable(tmp_path_factory):
    return make_tunable_workspace(tmp_path_factory.mktemp("code") / "tiny")


def test_what_next_without_a_session_ranks_what_the_code_suggests(tunable):
    layout = Layout(tunable)
    layout.make()
    store = EventStore(layout.database)
    told = answer(View.of(layout, store.state, None), "what next")
    store.close()
    lines = told.splitlines()
    assert lines[0].startswith("There is no session yet, so nothing is measured.")
    first = next(line for line in lines if line.startswith("1. "))
    assert first.startswith("1. **learning rate 1e-5 -> ")
    assert "worth " in first
    assert "prior " in first
    assert "cost 1 of a run" in first
    assert "`/improve` tries them in turn" in lines[-1]


def seen_at(root, tunable, findings=(), **session):
    """The session of the history, over code that the playbook knows."""
    shutil.copytree(tunable, root)
    store = history(root, **session)
    for run in ("run-0003", "run-0004"):
        store.append(FindingsChanged(run=run, method="sft", findings=list(findings)))
    items = [
        PlanItem(text="measure the baseline", state="done"),
        PlanItem(text="try warm-up 10 % of the steps", state="doing"),
        PlanItem(text="write the report"),
    ]
    store.append(PlanChanged(session="tiny-1", items=items))
    moment = View.of(Layout(root), store.state, None)
    store.close()
    return moment


def test_what_next_while_running_tells_plan_wishes_and_the_finding_that_raises(tmp_path, tunable):
    wish = Wish(intervention="set:learning_rate", value="3e-5", because="")
    moment = seen_at(tmp_path / "a", tunable, [FINDING], wishes=[wish])
    told = answer(moment, "what next?")
    assert told.startswith(
        "Now: [exp 3](intern:experiment/tiny-1/3) warm-up 10 % of the steps. Then what you asked "
        "for: `learning_rate 3e-5`."
    )
    assert "- try warm-up 10 % of the steps (now)\n- write the report" in told
    assert "measure the baseline" not in told
    assert (
        "Raised by [S2 underfitting](intern:finding/run-0003/S2) (warning), "
        "[train.py:41](intern:file/train.py#L41)."
    ) in told
    assert "puts one first." in told


def test_a_finding_that_is_no_problem_raises_nothing(tmp_path, tunable):
    calm = FINDING.model_copy(update={"suppressed": "we know"})
    plain = {p.candidate.id: p.worth for p in prospects(seen_at(tmp_path / "a", tunable))}
    quiet = {p.candidate.id: p.worth for p in prospects(seen_at(tmp_path / "b", tunable, [calm]))}
    loud = {p.candidate.id: p.worth for p in prospects(seen_at(tmp_path / "c", tunable, [FINDING]))}
    assert quiet == plain
    assert loud["learning_rate_up:x3"] == pytest.approx(3 * plain["learning_rate_up:x3"])


def test_a_finished_session_is_told_as_such(tmp_path):
    ended = view(tmp_path, state="finished", reason="No idea is left that is worth a run.")
    assert "`tiny-1` on `intern/tiny-1` is finished. No idea is left" in answer(ended, "status")
    assert "It is finished, so it costs nothing more." in answer(ended, "what does it cost")


def test_the_session_of_the_conversation_counts_not_the_newest(tmp_path):
    store = history(tmp_path)
    newer = SESSION.model_copy(update={"id": "tiny-2", "slug": "tiny-2", "created": 2e9})
    store.append(SessionChanged(session=newer))
    layout = Layout(tmp_path)
    old = View.of(layout, store.state, "tiny-1")
    new = View.of(layout, store.state, None)
    store.close()
    assert answer(old, "status").startswith("`tiny-1`")
    assert answer(new, "status").startswith("`tiny-2`")
