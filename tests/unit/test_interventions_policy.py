"""Interventions for policies and preferences, on real training scripts, with the exact edits."""

import ast
from pathlib import Path

import pytest
from intern_daemon.agent.playbook.interventions import Candidate, all_candidates

GRPO = """\
from trl import GRPOConfig, GRPOTrainer

args = GRPOConfig(
    output_dir="outputs",
    learning_rate=1e-6,
    {settings}
)
GRPOTrainer("base/tiny", reward, args, rows()).train()
"""

DPO = """\
from trl import DPOConfig, DPOTrainer

args = DPOConfig(output_dir="outputs", {settings})
DPOTrainer(model="base/tiny", args=args, train_dataset=rows()).train()
"""

OF_POLICIES = {
    "more_generations", "temperature_up", "longer_completions", "clip_higher",
    "length_neutral_loss",
}  # fmt: skip
OF_PAIRS = {"nll_term", "label_smoothing"}


def candidates(root: Path, script: str) -> dict[str, Candidate]:
    (root / "train.py").write_text(script)
    found = all_candidates(root, "python train.py")
    for one in found:
        for edit in one.edits:
            ast.parse(edit.after)
    return {one.intervention: one for one in found}


def added(candidate: Candidate) -> list[str]:
    return [
        line[1:].strip()
        for edit in candidate.edits
        for line in edit.diff.splitlines()[2:]
        if line.startswith("+")
    ]


def test_a_policy_with_defaults_gets_every_idea_for_policies(tmp_path):
    found = candidates(tmp_path, GRPO.format(settings="logging_steps=1,"))
    assert set(found) >= OF_POLICIES
    assert added(found["temperature_up"]) == ["temperature=1.2,"]
    assert added(found["longer_completions"]) == ["max_completion_length=1024,"]
    assert added(found["clip_higher"]) == ["epsilon_high=0.28,"]
    assert found["clip_higher"].title == "upper clip range 0.2 -> 0.28"
    assert added(found["length_neutral_loss"]) == ['loss_type="dr_grpo",']
    assert added(found["beta_up"]) == ["beta=0.04,"]
    assert "beta_down" not in found
    assert not OF_PAIRS & set(found)


def test_a_batch_that_holds_no_whole_group_is_accumulated_twice_as_long(tmp_path):
    found = candidates(tmp_path, GRPO.format(settings="num_generations=8,"))
    assert added(found["more_generations"]) == [
        "num_generations=16,",
        "gradient_accumulation_steps=2,",
    ]
    assert found["more_generations"].cost == 2


def test_a_batch_that_holds_the_larger_groups_stays(tmp_path):
    found = candidates(
        tmp_path, GRPO.format(settings="num_generations=4, per_device_train_batch_size=16,")
    )
    assert added(found["more_generations"]) == [
        "num_generations=8, per_device_train_batch_size=16,"
    ]
    assert found["more_generations"].cost == 1


@pytest.mark.parametrize(
    ("settings", "absent"),
    [
        ("num_generations=32,", "more_generations"),
        ("steps_per_generation=4,", "more_generations"),
        ("temperature=1.2,", "temperature_up"),
        ("epsilon_high=0.28,", "clip_higher"),
        ('loss_type="dr_grpo",', "length_neutral_loss"),
        ("max_completion_length=length(),", "longer_completions"),
        ("beta=2.0,", "beta_up"),
    ],
)
def test_what_is_there_already_or_unknown_is_not_proposed(tmp_path, settings, absent):
    assert absent not in candidates(tmp_path, GRPO.format(settings=settings))


def test_cool_sampling_goes_back_to_one(tmp_path):
    found = candidates(tmp_path, GRPO.format(settings="temperature=0.7,"))
    assert added(found["temperature_up"]) == ["temperature=1.0,"]


def test_a_beta_is_doubled_and_halved(tmp_path):
    found = candidates(tmp_path, DPO.format(settings="beta=0.1"))
    assert added(found["beta_up"]) == ['args = DPOConfig(output_dir="outputs", beta=0.2)']
    assert added(found["beta_down"]) == ['args = DPOConfig(output_dir="outputs", beta=0.05)']


def test_the_likelihood_of_chosen_answers_joins_the_loss(tmp_path):
    found = candidates(tmp_path, DPO.format(settings="beta=0.1"))
    (line,) = added(found["nll_term"])
    assert 'loss_type=["sigmoid", "sft"]' in line
    assert "loss_weights=[1.0, 1.0]" in line
    assert "label_smoothing=0.1" in added(found["label_smoothing"])[0]
    assert not OF_POLICIES & set(found)


@pytest.mark.parametrize("settings", ['loss_type="ipo"', 'loss_type=["sigmoid", "sft"]'])
def test_another_loss_gets_no_likelihood_term(tmp_path, settings):
    assert not OF_PAIRS & set(candidates(tmp_path, DPO.format(settings=settings)))


def test_orpo_has_a_beta_and_its_own_loss(tmp_path):
    script = DPO.replace("DPO", "ORPO").format(settings="beta=0.1")
    found = set(candidates(tmp_path, script))
    assert found >= {"beta_up", "beta_down"}
    assert not found & (OF_PAIRS | OF_POLICIES)
