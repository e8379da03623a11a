"""The training lint as an editor shows it while somebody types, from a real daemon."""

import asyncio
import sys

import pytest

from ..conftest import REPOSITORY
from .lsp_workspace import editor, make

PAGE = REPOSITORY / "docs" / "lint.md"
TUNE = """\
# ü
from trl import SFTConfig, SFTTrainer

RATE = 5e-3
config = SFTConfig(
    learning_rate=RATE,
    fp16=True,
    bf16=True,  # one too many
)
trainer = SFTTrainer("Qwen/Qwen3-4B", args=config, train_dataset=rows, eval_dataset=held_out)
trainer.evaluate()
"""


@pytest.fixture(scope="module", autouse=True)
def cache(tmp_path_factory):
    """What the interpreter answers is kept here, not in the home of whoever runs the tests."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture
def root(tmp_path):
    root = make(tmp_path / "a workspace ü")
    (root / "tune.py").write_text(TUNE, encoding="utf-8")
    return root


def codes(found):
    return [one["code"] for one in found]


def with_codes(*wanted):
    return lambda found: set(wanted) <= set(codes(found))


def applied(text, action, uri):
    """The text after a quick fix, with the ranges in UTF-16 units as LSP has them."""
    lines = text.encode("utf-16-le")
    starts = [0]
    for line in text.splitlines(True):
        starts.append(starts[-1] + len(line.encode("utf-16-le")))
    for edit in action["edit"]["changes"][uri]:
        at = [starts[edit["range"][side]["line"]] for side in ("start", "end")]
        start, end = (
            place + 2 * edit["range"][side]["character"]
            for place, side in zip(at, ("start", "end"), strict=True)
        )
        lines = lines[:start] + edit["newText"].encode("utf-16-le") + lines[end:]
    return lines.decode("utf-16-le")


async def test_a_problem_stands_where_the_value_does_with_a_link_to_its_page(root):
    async with editor(root) as client:
        client.open("tune.py")
        found = await client.told_until("tune.py", with_codes("L101"))
    line = [text[:9] for text in PAGE.read_text().splitlines()].index("### L101 ") + 1
    (rate,) = [one for one in found if one["code"] == "L101"]
    assert rate == {
        "range": {"start": {"line": 3, "character": 7}, "end": {"line": 3, "character": 11}},
        "severity": 2,
        "source": "intern lint",
        "code": "L101",
        "message": "The learning rate 5e-3 is 100 times above the usual 1e-5 to 5e-5 of supervised "
        "fine-tuning of all weights.",
        "codeDescription": {"href": f"{PAGE.as_uri()}#L{line}"},
    }


async def test_a_problem_goes_when_its_value_is_typed_anew(root):
    async with editor(root) as client:
        client.open("tune.py")
        await client.told_until("tune.py", with_codes("L101", "L501"))
        client.change("tune.py", TUNE.replace("5e-3", "2e-5"))
        assert codes(await client.told_until("tune.py", lambda one: True)) == ["L501"]


async def test_a_problem_stays_on_its_line_while_the_code_does_not_parse(root):
    async with editor(root) as client:
        client.open("tune.py")
        before = await client.told_until("tune.py", with_codes("L101", "L501"))
        client.change("tune.py", "import os\nx = (\n" + TUNE)
        after = await client.told("tune.py")
        assert codes(after) == codes(before)
        lines = [[one["range"]["start"]["line"] for one in each] for each in (before, after)]
        assert lines[1] == [line + 2 for line in lines[0]]


async def test_a_quick_fix_is_an_edit_that_keeps_the_rest_as_it_is(root):
    async with editor(root) as client:
        client.open("tune.py")
        found = await client.told_until("tune.py", with_codes("L101", "L501"))
        rate, formats = found
        mend, _ = await client.fixes("tune.py", [rate])
        assert (mend["title"], mend["kind"], mend["isPreferred"]) == (
            "Set learning_rate to 5e-5",
            "quickfix",
            True,
        )
        after = applied(TUNE, mend, client.uri("tune.py"))
        assert after == TUNE.replace("5e-3", "5e-5")
        remove, _ = await client.fixes("tune.py", [formats])
        after = applied(TUNE, remove, client.uri("tune.py"))
        assert after == TUNE.replace("    fp16=True,\n", "")


async def test_the_comment_that_a_quick_fix_adds_silences_the_problem(root):
    async with editor(root) as client:
        client.open("tune.py")
        found = await client.told_until("tune.py", with_codes("L101"))
        *_, silence = await client.fixes("tune.py", found[:1])
        assert silence["title"] == "Ignore L101 on this line"
        after = applied(TUNE, silence, client.uri("tune.py"))
        assert "RATE = 5e-3  # intern: ignore[L101]\n" in after
        client.change("tune.py", after)
        assert codes(await client.told("tune.py")) == ["L501"]


async def test_a_setting_of_a_configuration_file_is_marked_there(root):
    (root / "tune.yaml").write_text("# rates\nlearning_rate: 0.005\n")
    loads = "import yaml\n\nsettings = yaml.safe_load(open('tune.yaml'))\n"
    text = loads + TUNE.replace("RATE = 5e-3", "RATE = settings['learning_rate']")
    async with editor(root) as client:
        client.open("tune.py", text)
        (found,) = await client.told_until("tune.yaml", bool)
        assert (found["code"], found["range"]["start"]) == ("L101", {"line": 1, "character": 15})
        mend = (await client.fixes("tune.yaml", [found]))[0]
        after = applied("# rates\nlearning_rate: 0.005\n", mend, client.uri("tune.yaml"))
        assert after == "# rates\nlearning_rate: 0.00005\n"


async def test_code_without_a_trainer_is_left_alone(root):
    text = TUNE.replace("from trl import", "from elsewhere import")
    async with editor(root) as client:
        client.open("tune.py", text)
        assert await client.told("tune.py") == []


@pytest.mark.slow
async def test_an_argument_that_the_installed_library_lacks_comes_in_later(root):
    """The interpreter is asked in the background, and what it says is remembered on disk."""
    contract = (root / "intern.toml").read_text()
    python = f"[train]\npython = {str(sys.executable)!r}\n"
    (root / "intern.toml").write_text(contract.replace("[train]\n", python, 1))
    text = TUNE.replace("fp16=True", "learning_rates=1e-5")
    async with editor(root) as client:
        client.open("tune.py", text)
        found = await asyncio.wait_for(client.told_until("tune.py", with_codes("L801")), 200)
        (unknown,) = [one for one in found if one["code"] == "L801"]
        assert unknown["severity"] == 1
        assert "has no argument learning_rates" in unknown["message"]


CELLS = [
    "%pip install trl\nfrom trl import SFTConfig",
    "RATE = 5e-3",
    "ü = SFTConfig(\n    learning_rate=RATE, fp16=True, bf16=True)\n",
    "from trl import SFTTrainer\ntrainer = SFTTrainer('a/b', args=ü, train_dataset=rows)",
]


class OpenedNotebook:
    """A notebook as VS Code opens one: its cells are documents of another scheme."""

    def __init__(self, client, path, cells):
        self.client, self.uri = client, client.uri(path)
        folder = self.uri.removeprefix("file://")
        self.cells = [f"vscode-notebook-cell:{folder}#W{at}s" for at in range(len(cells))]
        documents = [
            {"uri": uri, "languageId": "python", "version": 1, "text": text}
            for uri, text in zip(self.cells, cells, strict=True)
        ]
        notebook = {"uri": self.uri, "notebookType": "jupyter-notebook", "version": 1}
        notebook["cells"] = [{"kind": 2, "document": uri} for uri in self.cells]
        params = {"notebookDocument": notebook, "cellTextDocuments": documents}
        client.tell("notebookDocument/didOpen", params)

    def change(self, cell, text):
        change = {"document": {"uri": self.cells[cell], "version": 2}, "changes": [{"text": text}]}
        params = {
            "notebookDocument": {"uri": self.uri, "version": 2},
            "change": {"cells": {"textContent": [change]}},
        }
        self.client.tell("notebookDocument/didChange", params)

    async def told(self, cell):
        return await self.client.told(self.cells[cell])

    async def fixes(self, cell, diagnostics):
        params = {
            "textDocument": {"uri": self.cells[cell]},
            "range": diagnostics[0]["range"],
            "context": {"diagnostics": diagnostics},
        }
        return await self.client.ask("textDocument/codeAction", params)


async def test_the_cells_of_a_notebook_are_one_script(root):
    async with editor(root) as client:
        notebook = OpenedNotebook(client, "tune.ipynb", CELLS)
        (rate,) = await notebook.told(1)
        assert (rate["code"], rate["range"]["start"]) == ("L101", {"line": 0, "character": 7})
        (formats,) = await notebook.told(2)
        assert (formats["code"], formats["range"]["start"]["line"]) == ("L501", 1)
        remove = (await notebook.fixes(2, [formats]))[0]
        after = applied(CELLS[2], remove, notebook.cells[2])
        assert after == "ü = SFTConfig(\n    learning_rate=RATE, bf16=True)\n"
        notebook.change(1, "RATE = 2e-5")
        assert await notebook.told(1) == []
