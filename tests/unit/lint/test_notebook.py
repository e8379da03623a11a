"""Notebooks: their cells are one script, and problems stand in their cells."""

import json

import pytest
from intern_daemon.errors import BadInput
from intern_daemon.lint import Notebook
from intern_daemon.lint.files import lint_files

CELLS = [
    ("markdown", "# Training"),
    ("code", "%pip install trl\n!ls \\\n  data\nfrom trl import SFTConfig, SFTTrainer"),
    ("code", ["%%bash\n", "if [ -e x ]; then y; fi"]),
    ("code", ["RATE = 5e-3\n", "config = SFTConfig(learning_rate=RATE)"]),
    ("code", "if True:\n    !nvidia-smi\n    trainer = SFTTrainer('a/b', args=config)"),
]


def notebook(cells):
    made = [{"cell_type": kind, "source": source, "metadata": {}} for kind, source in cells]
    return json.dumps({"cells": made, "metadata": {}, "nbformat": 4, "nbformat_minor": 5})


def test_magics_and_cells_of_other_languages_are_taken_out():
    code = Notebook.parse("a.ipynb", notebook(CELLS))
    compile(code.text, "a.ipynb", "exec")
    assert "nvidia" not in code.text and "fi" not in code.text.split("SFTConfig")[0]
    assert code.lines[code.text.splitlines().index("RATE = 5e-3")] == (4, 1)


def test_a_timed_cell_is_python():
    code = Notebook.parse("a.ipynb", notebook([("code", "%%time\nx = 1")]))
    assert code.text == "pass\nx = 1\n"


def test_a_problem_stands_in_its_cell(tmp_path):
    (tmp_path / "a.ipynb").write_text(notebook(CELLS))
    found = lint_files(tmp_path, [tmp_path], command=None, installed=None)
    (rate,) = [one for one in found.problems if one.problem.rule.id == "L101"]
    assert (rate.cell, rate.problem.place.line, rate.problem.place.column) == (4, 1, 8)


def test_what_is_no_notebook_is_said_in_a_sentence(tmp_path):
    with pytest.raises(BadInput, match=r"a.ipynb is no notebook of format 4"):
        Notebook.parse("a.ipynb", "{}")
    (tmp_path / "a.ipynb").write_text("[]")
    found = lint_files(tmp_path, [tmp_path], command=None, installed=None)
    assert (found.files, len(found.unread)) == (0, 1)
