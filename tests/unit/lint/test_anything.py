"""Whatever the code is, the lint says something or nothing, and never fails."""

import string

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from intern_daemon.errors import CannotEdit
from intern_daemon.lint import REGISTRY, Notebook, lint
from intern_daemon.lint.suppression import ignored
from intern_daemon.workspace.settings import TrainingCode
from intern_daemon.workspace.settings.command import TrainCommand

EXAMPLES = [text for rule in REGISTRY.values() for text in (rule.bad, rule.good)]
COMMAND = TrainCommand("python train.py", "train.py")


def linted(folder, text):
    return lint(TrainingCode(folder, COMMAND, {"train.py": text}))


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_mutilated_examples_raise_nothing_but_that_they_do_not_parse(tmp_path_factory, data):
    folder = tmp_path_factory.getbasetemp()
    lines = data.draw(st.sampled_from(EXAMPLES)).splitlines(True)
    lines += data.draw(st.sampled_from(EXAMPLES)).splitlines(True)
    for _ in range(data.draw(st.integers(0, 3))):
        at = data.draw(st.integers(0, len(lines) - 1))
        lines[at] = data.draw(
            st.sampled_from(["", lines[at] * 2, "x = 1\n", lines[at].replace("=", "=*", 1)])
        )
    try:
        problems = linted(folder, "".join(lines))
    except CannotEdit:
        return
    count = len("".join(lines).splitlines())
    assert all(1 <= one.place.line <= count for one in problems)
    for one in problems:
        for fix in one.fixes:
            try:
                fix.make()
            except CannotEdit:
                continue


@settings(max_examples=100, deadline=None)
@given(st.text(alphabet=string.printable + "ü😀\f\x0b", max_size=200))
def test_comments_of_any_text_are_read(text):
    assert ignored("a.py", text + "\n# intern: ignore[L101]").lines is not None
    ignored("a.yaml", text)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.text(alphabet="%!? \\\nabcü=1", max_size=40), max_size=5))
def test_a_notebook_keeps_the_count_of_its_lines(cells):
    made = Notebook.of_cells(enumerate(cells, 1))
    assert len(made.lines) == sum(cell.count("\n") + 1 for cell in cells)
    assert made.text.count("\n") == max(len(made.lines), 1)


def test_the_reference_of_the_rules_is_fresh():
    from intern_daemon.lint.document import PAGE, REPOSITORY, render

    assert (REPOSITORY / PAGE).read_text(encoding="utf-8") == render()
