"""What the playbook does next."""

from intern_daemon.agent.playbook.policy import choose, rank, worth


def candidate(id, prior=0.3, cost=1.0, failed=0, kept=0):
    intervention = id.split(":")[0]
    return {
        "id": id,
        "intervention": intervention,
        "family": intervention.rsplit("_", 1)[0],
        "title": id,
        "hypothesis": f"{id} helps.",
        "prior": prior,
        "cost": cost,
        "failed": failed,
        "kept": kept,
    }


def finding(*interventions, severity="warning"):
    return {
        "rule": "S2",
        "label": "lr_too_low",
        "severity": severity,
        "title": "The loss hardly moved.",
        "interventions": list(interventions),
    }


def situation(**changes):
    return {
        "baseline": 0.2,
        "unfinished": [],
        "abreast": 2,
        "exhausted": None,
        "findings": [],
        "experiments": [],
        "candidates": [],
        "wishes": [],
        "only_wishes": False,
        "edited": False,
        "denied": {},
        **changes,
    }


def test_the_baseline_comes_first():
    assert "measure_baseline" in choose(situation(baseline=None)).code


def test_what_an_interruption_left_comes_before_anything_new():
    move = choose(situation(unfinished=["s/3"], candidates=[candidate("warmup:5%")]))
    assert move.code == "print(finish_experiments())"


def test_a_finding_puts_its_intervention_first():
    candidates = [candidate("warmup:5%", prior=0.4), candidate("learning_rate_up:x10", prior=0.3)]
    move = choose(situation(candidates=candidates, findings=[finding("learning_rate_up")]))
    assert "learning_rate_up:x10" in move.code
    assert "S2 lr_too_low" in move.thought


def test_variants_of_one_setting_compete():
    candidates = [
        candidate("learning_rate_up:x10", prior=0.5),
        candidate("learning_rate_up:x3", prior=0.4),
        candidate("warmup:5%", prior=0.3),
    ]
    move = choose(situation(candidates=candidates))
    assert "['learning_rate_up:x10', 'learning_rate_up:x3']" in move.code


def test_a_failed_idea_is_worth_less_each_time():
    fresh, stale = candidate("a:1"), candidate("a:1", failed=2)
    assert worth(stale, []) < 0.2 * worth(fresh, [])


def test_a_kept_idea_is_worth_trying_once_more():
    fresh, kept, failed = candidate("a:1"), candidate("a:1", kept=1), candidate("a:1", failed=1)
    assert worth(fresh, []) > worth(kept, []) > worth(failed, [])


def test_a_dear_idea_needs_a_better_reason():
    assert worth(candidate("a:1", cost=4.0), []) == worth(candidate("a:1"), []) / 2


def test_worn_out_ideas_end_the_session():
    move = choose(situation(candidates=[candidate("a:1", prior=0.05)]))
    assert "write_report" in move.code


def test_a_used_up_budget_ends_the_session_with_its_reason():
    move = choose(
        situation(exhausted="The budget is used up: 3 more runs.", candidates=[candidate("a:1")])
    )
    assert move.code.startswith("final_answer(write_report(")
    assert "The budget is used up" in move.code


def test_the_order_does_not_depend_on_the_order_of_the_candidates():
    candidates = [candidate(name, prior=0.3) for name in ("b:1", "a:1", "c:1")]
    assert [c["id"] for c in rank(situation(candidates=candidates))] == ["a:1", "b:1", "c:1"]


def test_what_was_kept_is_not_taken_back():
    candidates = [candidate("learning_rate_down:d3", prior=0.5), candidate("warmup:5%", prior=0.2)]
    kept = [{"intervention": "learning_rate_up:x10", "verdict": "keep"}]
    assert [c["id"] for c in rank(situation(candidates=candidates, experiments=kept))] == [
        "warmup:5%"
    ]


def test_a_short_budget_means_fewer_alternatives():
    candidates = [candidate("lr_up:x10", prior=0.5), candidate("lr_up:x3", prior=0.4)]
    assert "['lr_up:x10']" in choose(situation(candidates=candidates, abreast=1)).code


def test_what_the_person_asks_for_comes_first_and_alone():
    candidates = [candidate("learning_rate_up:x10"), candidate("set:warmup_steps=5", prior=0.0)]
    move = choose(
        situation(
            candidates=candidates,
            findings=[finding("learning_rate_up", severity="critical")],
            wishes=[{"candidate": "set:warmup_steps=5", "because": "I wonder"}],
        )
    )
    assert "candidates=['set:warmup_steps=5']" in move.code
    assert "You asked for it: I wonder" in move.thought


def test_a_session_for_wishes_alone_ends_when_they_are_tried():
    move = choose(situation(only_wishes=True, candidates=[candidate("warmup:5%")]))
    assert "write_report(because='All that was asked for is tried.')" in move.code


def test_the_edits_of_the_person_are_taken_in_before_anything_is_tried():
    move = choose(situation(edited=True, candidates=[candidate("warmup:5%")]))
    assert move.code == "print(adopt_edits())"


def test_without_the_baseline_nothing_is_left_to_do():
    move = choose(situation(baseline=None, denied={"measure_baseline": "You said no."}))
    assert move.code == "final_answer(end_session(because='You said no.'))"


def test_a_report_that_is_denied_ends_the_session_without_one():
    move = choose(situation(denied={"write_report": "You said no."}))
    assert "end_session" in move.code


def test_where_nothing_may_be_tried_the_report_follows():
    move = choose(
        situation(denied={"try_candidates": "Policy."}, candidates=[candidate("warmup:5%")])
    )
    assert "write_report(because='Policy.')" in move.code
