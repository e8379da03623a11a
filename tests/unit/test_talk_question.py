"""What messages are taken to mean, in the words that people use."""

import pytest
from intern_daemon.agent.talk.question import understand
from intern_daemon.agent.talk.requests import Back, Value, request_in, setting_of
from intern_daemon.protocol import Change, Mention, Place

from .talk_history import view

TOPICS = [
    ("why", "why did you do that"),
    ("why", "Why did you do that?"),
    ("why", "why?"),
    ("why", "What was the reason for exp 2?"),
    ("why", "how come you raised the learning rate"),
    ("why", "Why was the weight decay discarded?"),
    ("why", "why was experiment 2 rejected"),
    ("why", "explain exp 1"),
    ("why", "What made you choose the warm-up?"),
    ("why", "what is the evidence for exp 1"),
    ("why", "can you justify experiment 1?"),
    ("why", "explain to me why you changed the learning rate"),
    ("next", "what next"),
    ("next", "What's next?"),
    ("next", "what will you try next"),
    ("next", "what should we try"),
    ("next", "What are you going to try after this?"),
    ("next", "any other ideas?"),
    ("next", "What do you suggest?"),
    ("next", "what's the plan"),
    ("next", "Which candidates are left?"),
    ("next", "what else could improve it"),
    ("next", "what would you recommend now"),
    ("explain", "explain finding"),
    ("explain", "Explain the finding S2"),
    ("explain", "what does underfitting mean?"),
    ("explain", "What is wrong with run 1?"),
    ("explain", "tell me about S2"),
    ("explain", "what is overfitting"),
    ("explain", "is it an entropy collapse?"),
    ("explain", "is there a problem with the training?"),
    ("explain", "what are the warnings about"),
    ("explain", "where does that threshold come from"),
    ("status", "status"),
    ("status", "How is it going?"),
    ("status", "how's it going"),
    ("status", "what are you doing"),
    ("status", "What is happening right now?"),
    ("status", "any progress?"),
    ("status", "where do we stand"),
    ("status", "what's the best score so far"),
    ("status", "did it improve?"),
    ("status", "give me a summary"),
    ("cost", "how long will it take"),
    ("cost", "How long does a run take?"),
    ("cost", "what does it cost"),
    ("cost", "how much did exp 1 cost?"),
    ("cost", "How much time is left?"),
    ("cost", "when will it be done"),
    ("cost", "what is the budget"),
    ("cost", "how many minutes remain"),
    ("cost", "what's the ETA"),
    ("compare", "compare exp 1 and exp 2"),
    ("compare", "Compare experiments 1 and 2"),
    ("compare", "exp 1 vs exp 2"),
    ("compare", "which is better, exp 1 or exp 2?"),
    ("compare", "what is the difference between run 1 and run 3"),
    ("compare", "how does experiment 1 differ from 2"),
    ("help", "help"),
    ("help", "What can you do?"),
    ("help", "hello"),
    ("help", "what can I ask you"),
    (None, "Write me a poem about gradients"),
    (None, "who won the world cup"),
    (None, "ok thanks"),
    (None, "refactor the data loader to stream from disk"),
    (None, "🙂"),
]


@pytest.fixture(scope="module")
def seen(tmp_path_factory):
    return view(tmp_path_factory.mktemp("workspace"))


@pytest.mark.parametrize(("topic", "text"), TOPICS, ids=[text for _, text in TOPICS])
def test_a_phrasing_is_understood_as_its_topic(seen, topic, text):
    assert understand(text, [], seen).topic == topic


@pytest.mark.parametrize(
    ("text", "experiments"),
    [
        ("why exp 2", ["tiny-1/2"]),
        ("compare exp 1 and 2", ["tiny-1/1", "tiny-1/2"]),
        ("compare experiments 2 and 1", ["tiny-1/2", "tiny-1/1"]),
        ("exp 1 vs. exp 3", ["tiny-1/1", "tiny-1/3"]),
        ("what about tiny-1/3?", ["tiny-1/3"]),
        ("experiment #2", ["tiny-1/2"]),
        ("I have 2 questions on exp 1", ["tiny-1/1"]),
    ],
)
def test_experiments_are_named_by_number_or_id(seen, text, experiments):
    assert [one.id for one in understand(text, [], seen).subject.experiments] == experiments


def test_runs_and_findings_are_named_in_words_or_by_mention(seen):
    assert [r.id for r in understand("compare run 1 and run-0003", [], seen).subject.runs] == [
        "run-0001",
        "run-0003",
    ]
    mention = Mention(kind="finding", ref="run-0002/S2", label="S2")
    found = understand("explain this", [mention], seen)
    assert (found.topic, [s.run for s in found.subject.findings]) == ("explain", ["run-0002"])


def test_a_number_that_no_experiment_has_is_told_as_unknown(seen):
    assert understand("why exp 99", [], seen).subject.unknown == ("exp 99",)


REQUESTS = [
    ("use 1e-4", Value(None, "1e-4")),
    ("Use 1e-4 instead.", Value(None, "1e-4")),
    ("try 5e-5 instead", Value(None, "5e-5")),
    ("please try 5e-5", Value(None, "5e-5")),
    ("Can you try 3 here?", Value(None, "3")),
    ("let's use 0.05", Value(None, "0.05")),
    ("1e-4", Value(None, "1e-4")),
    ("set warmup_ratio to 0.1", Value("warmup_ratio", "0.1")),
    ("set `warmup_ratio` to `0.1`", Value("warmup_ratio", "0.1")),
    ("set the warmup ratio to 0.1", Value("warmup_ratio", "0.1")),
    ("warmup_ratio = 0.1", Value("warmup_ratio", "0.1")),
    ("learning_rate 3e-5", Value("learning_rate", "3e-5")),
    ("change the learning rate to 3e-5 please", Value("learning_rate", "3e-5")),
    ("try a learning rate of 1e-4", Value("learning_rate", "1e-4")),
    ("use 1e-4 for the learning rate", Value("learning_rate", "1e-4")),
    ("set lr to 1e-4", Value("learning_rate", "1e-4")),
    ("make epochs 5", Value("num_train_epochs", "5")),
    ("set packing to true", Value("packing", "true")),
    ("set lr_scheduler_type to cosine", Value("lr_scheduler_type", "cosine")),
    ('use "cosine" for the scheduler', Value("lr_scheduler_type", "cosine")),
    ("lower it to 1e-5", Value(None, "1e-5")),
    ("revert this", Back()),
    ("Please revert this change.", Back()),
    ("drop it", Back()),
    ("reject", Back()),
    ("undo that", Back()),
    ("take this back", Back()),
    ("roll it back please", Back()),
    ("remove this line", Back()),
    ("why did you use 1e-4?", None),
    ("what would happen with 1e-4?", None),
    ("is 1e-4 too high?", None),
    ("drop the duplicates from the data", None),
    ("remove the warm-up from the schedule and use cosine", None),
    ("use your judgement", None),
    ("looks good", None),
    ("", None),
    ("what next", None),
]


@pytest.mark.parametrize(("text", "request_"), REQUESTS, ids=[text for text, _ in REQUESTS])
def test_a_comment_asks_for_a_value_or_takes_the_change_back(text, request_):
    assert request_in(text) == request_


@pytest.mark.parametrize(
    ("what", "setting"),
    [
        ("learning_rate 2e-5 -> 2e-4", "learning_rate"),
        ("warmup_ratio 0.1 added", "warmup_ratio"),
        ("max_steps removed", "max_steps"),
        ("end-of-sequence token behind each answer", None),
    ],
)
def test_the_setting_of_a_change_is_read_from_its_words(what, setting):
    assert setting_of(Change(what=what, place=Place(path="train.py", line=1))) == setting
