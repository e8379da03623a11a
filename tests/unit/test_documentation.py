"""What the pages say of keys, commands, rules and files is so."""

import re

import pytest
from intern_daemon.cli.app import app
from intern_daemon.diagnosis import document
from intern_daemon.workspace.config import Config
from pydantic_core import PydanticUndefined
from typer.main import get_command

from ..conftest import REPOSITORY

PAGES = [*sorted(REPOSITORY.glob("*.md")), *sorted((REPOSITORY / "docs").rglob("*.md"))]
GUIDE = (REPOSITORY / "docs" / "guide.md").read_text(encoding="utf-8")


def test_the_guide_has_every_key_of_intern_toml_with_its_default():
    table = GUIDE.partition("## intern.toml")[2].partition("\n## ")[0]
    told = dict(re.findall(r"^\| `(\w+\.\w+)` \| (.+?) \|", table, re.MULTILINE))
    wanted = {}
    for section, outer in Config.model_fields.items():
        for name, field in outer.annotation.model_fields.items():
            wanted[f"{section}.{name}"] = written(field.default)
    assert {key: "none" if value == "see below" else value for key, value in told.items()} == wanted


def written(default: object) -> str:
    """A default as TOML, in the words of the table."""
    if default is PydanticUndefined:
        return "needed"
    if default is None:
        return "none"
    return f"`{default}`".replace("'", '"') if not isinstance(default, str) else f'`"{default}"`'


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_command_and_option_that_a_page_names_exists(page):
    commands = get_command(app).commands
    shown = re.findall(r"`intern ([^`]+)`", page.read_text(encoding="utf-8"))
    for block in re.findall(r"```sh\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL):
        shown += re.findall(r"^intern ([^#\n]+)", block, re.MULTILINE)
    for line in shown:
        name, *words = line.split()
        if name.startswith("-") or name in ("lsp", "serve"):
            continue
        assert name in commands, line
        options = {option for each in commands[name].params for option in each.opts}
        assert {word for word in words if word.startswith("--")} <= options, line


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_file_that_a_page_links_to_is_there(page):
    text = page.read_text(encoding="utf-8")
    links = re.findall(r"\]\(([^)#]+)", text) + re.findall(r'(?:src|srcset)="([^"]+)"', text)
    for link in links:
        if not link.startswith("http"):
            assert (page.parent / link).exists(), link


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_make_target_that_a_page_names_exists(page):
    makefile = (REPOSITORY / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z0-9-]+):", makefile, re.MULTILINE))
    named = re.findall(r"(?:`|^)make ([a-z0-9-]+)", page.read_text(encoding="utf-8"), re.MULTILINE)
    assert set(named) <= targets


def test_the_reference_of_the_rules_is_fresh():
    page = REPOSITORY / document.PAGE
    assert page.read_text(encoding="utf-8") == document.render()


def test_an_issue_in_a_docstring_becomes_a_link():
    assert "[huggingface/trl#1236](https://github.com/huggingface/trl/issues/1236)" in (
        document._linked("Measured (huggingface/trl#1236).")
    )
