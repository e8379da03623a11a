"""How answers read in a terminal."""

import pytest
from intern_daemon.cli.chat import readable


@pytest.mark.parametrize(
    ("markdown", "words"),
    [
        ("[exp 1](intern:experiment/s1/1): it helps.", "exp 1: it helps."),
        ("Verdict: **keep**, *not* **discard**.", "Verdict: keep, not discard."),
        ("\\<b> \\[x\\](y) \\*z\\*", "<b> [x](y) *z*"),
        ("[a\\]b](intern:run/x) and `[c](d) **e**`", "a]b and `[c](d) **e**`"),
        ("per_device_train_batch_size 2 * 3 * 4", "per_device_train_batch_size 2 * 3 * 4"),
        ("``a ` b`` c", "``a ` b`` c"),
        ("| a | [run-1](intern:run/run-1) |", "| a | run-1 |"),
    ],
)
def test_markdown_reads_as_words_and_code_stays_as_it_is(markdown, words):
    assert readable(markdown) == words
