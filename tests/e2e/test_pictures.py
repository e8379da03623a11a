"""The pictures in the documentation show what the commands print today."""

import pytest

from .pictures import IMAGES, THEMES, pictures
from .record import EVENTS, REPORT


@pytest.mark.parametrize("name", sorted(pictures()))
def test_a_picture_is_what_the_command_shows(name):
    drawn = (IMAGES / name).read_text(encoding="utf-8")
    assert drawn == pictures()[name], "the view has changed; look at it after `make pictures`"


def test_no_picture_is_left_over():
    # Those of the editor come from its own end-to-end run.
    assert {path.name for path in IMAGES.glob("demo-*")} == set(pictures())


@pytest.mark.parametrize("theme", THEMES)
def test_a_picture_fetches_nothing_and_runs_nothing(theme):
    for name, text in pictures().items():
        if theme in name:
            assert text.count("http") == 1, "the name of the SVG format is the one address"
            assert "<script" not in text


@pytest.mark.parametrize("path", [EVENTS, REPORT])
def test_a_recording_names_no_place_of_the_machine_that_made_it(path):
    text = path.read_text(encoding="utf-8")
    for place in ('"/', "/home/", "/tmp/", "/root/", "/Users/"):
        assert place not in text
