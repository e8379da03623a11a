"""Asking an interpreter what it has, and what comes of one that does not answer."""

import sys
import threading

import pytest
from intern_daemon.errors import NoInterpreter
from intern_daemon.lint import Asking


@pytest.fixture
def interpreter(tmp_path):
    def made(script):
        file = tmp_path / "python"
        file.write_text(f"#!/bin/sh\n{script}\n")
        file.chmod(0o755)
        return file

    return made


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        ("echo no libraries here >&2; exit 3", "no libraries here"),
        ("exit 3", "exit code 3"),
        ("echo this is no JSON", "Expecting value"),
    ],
)
def test_an_interpreter_that_fails_is_said_with_its_reason(tmp_path, interpreter, script, reason):
    python = interpreter(script)
    with pytest.raises(NoInterpreter) as told:
        Asking(tmp_path / "cache").ask(python)
    assert str(told.value).startswith(f"{python} can't say which libraries it has ({reason}")


def test_an_interpreter_that_does_not_exist_is_said(tmp_path):
    with pytest.raises(NoInterpreter, match="can't say which libraries it has"):
        Asking(tmp_path).ask(tmp_path / "absent")


def test_stopping_ends_what_is_being_asked(tmp_path, interpreter):
    begun = tmp_path / "begun"
    python = interpreter(f"mkfifo {begun}; echo > {begun}; exec sleep 600")
    asking, reasons = Asking(tmp_path / "cache"), []

    def ask():
        try:
            asking.ask(python)
        except NoInterpreter as error:
            reasons.append(str(error))

    thread = threading.Thread(target=ask)
    thread.start()
    while not begun.exists() and thread.is_alive():
        thread.join(0.01)
    begun.read_text()
    asking.stop()
    thread.join(60)
    assert not thread.is_alive()
    assert "the asking was stopped" in reasons[0]


def test_an_interpreter_without_libraries_answers_at_once_and_is_asked_once(tmp_path):
    counted = tmp_path / "count"
    bare = tmp_path / "python"
    bare.write_text(f'#!/bin/sh\necho asked >> {counted}\nexec {sys.executable} -S "$@"\n')
    bare.chmod(0o755)
    asking = Asking(tmp_path / "cache")
    assert asking.known(bare) is None
    first = asking.ask(bare)
    assert dict(first.versions) == {}
    assert asking.ask(bare) is first
    assert asking.known(bare) is first
    assert counted.read_text() == "asked\n"
