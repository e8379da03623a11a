"""What a training says may hold a secret; what is written about it may not."""

import json
import sqlite3

from hypothesis import given
from hypothesis import strategies as st
from intern_daemon.protocol import Note, Run, RunChanged
from intern_daemon.workspace import EventStore
from intern_daemon.workspace.redaction import Redaction, redact

TOKEN = "hf_" + "A" * 34


def test_no_event_holds_a_token_or_the_value_of_a_secret_variable(tmp_path, monkeypatch):
    monkeypatch.setenv("TRACKER_KEY", 'quite "secret" ümlaut')
    store = EventStore(tmp_path / "state.db")
    ended = Run(
        id="run-0001",
        commit="c" * 40,
        command="python train.py",
        python="/usr/bin/python3",
        created=1.0,
        message=f"Exit code 1: cannot log in with {TOKEN}.",
    )
    store.append(RunChanged(run=ended))
    store.append(
        Note(session=None, text='It said quite "secret" ümlaut, Authorization: Basic dXNlcjpw')
    )
    assert store.state.runs["run-0001"].message == "Exit code 1: cannot log in with [redacted]."
    assert store.state.runs["run-0001"].commit == "c" * 40
    notes = [event.body.text for event in store.replay(1)]
    assert notes == ["It said [redacted], Authorization: Basic [redacted]"]
    store.close()
    bodies = sqlite3.connect(tmp_path / "state.db").execute("select body from events").fetchall()
    assert not any("AAAA" in body or "secret" in body or "dXN" in body for (body,) in bodies)


def test_ids_stay_what_they_are_even_if_they_look_like_keys():
    text = '{"session":"sk-learn-model-is-better","text":"sk-learn-model-is-better"}'
    assert json.loads(Redaction({}).json(text)) == {
        "session": "sk-learn-model-is-better",
        "text": "[redacted]",
    }


def test_a_variable_that_names_an_existing_place_is_no_secret(tmp_path):
    assert Redaction({"SSH_KEY_FOLDER": str(tmp_path)}).text(f"in {tmp_path}") == f"in {tmp_path}"


def test_a_short_value_is_no_secret(monkeypatch):
    monkeypatch.setenv("SOME_KEY", "true")
    assert redact("that is true") == "that is true"


@given(st.recursive(st.text() | st.none(), lambda inner: st.dictionaries(st.text(), inner)))
def test_it_stays_valid_json_and_no_secret_is_left(value):
    secret = 'back\\slash "quote" é'
    text = json.dumps({"text": f"{secret}x", "more": value}, ensure_ascii=False)
    clean = json.loads(Redaction({"MY_SECRET": secret}).json(text))
    assert clean["text"] == "[redacted]x"
