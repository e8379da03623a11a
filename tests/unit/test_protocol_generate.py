"""The generated schema, TypeScript and documentation say what the models say."""

import shutil
import subprocess
from pathlib import Path

import pytest
from intern_daemon.protocol import Event, Note, generate
from intern_daemon.protocol.methods import METHODS
from intern_daemon.protocol.schema import protocol_schema

REPOSITORY = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def schema():
    return protocol_schema()


@pytest.fixture(scope="module")
def typescript():
    return generate.generate()[Path("extensions/panels/src/protocol.ts")]


def interface(typescript, name):
    return typescript.split(f"export interface {name} {{\n")[1].split("\n}")[0]


def test_the_committed_files_are_fresh(capsys):
    assert generate.main(["--check"]) == 0, capsys.readouterr().out


def test_check_names_each_stale_file_and_fails(tmp_path, monkeypatch, capsys):
    for path, text in generate.generate().items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text, encoding="utf-8")
    assert generate.stale(tmp_path) == []
    (tmp_path / "docs/protocol.md").write_text("old")
    (tmp_path / "daemon/protocol/schema.json").unlink()
    stale = [Path("daemon/protocol/schema.json"), Path("docs/protocol.md")]
    assert generate.stale(tmp_path) == stale


def test_every_method_has_its_parameters_and_its_result(schema, typescript):
    methods = interface(typescript, "Methods")
    for method in METHODS:
        assert f'"{method.name}": {{ params: {method.params.__name__}' in methods
        assert schema["methods"][method.name]["result"]["$ref"].endswith(method.result.__name__)


def test_what_a_client_may_leave_out_is_optional_only_where_clients_send_it(schema, typescript):
    assert "cpuSeconds?: Float | null;" in interface(typescript, "BudgetInput")
    assert "cpuSeconds: Float | null;" in interface(typescript, "Budget")
    assert "budget?: BudgetInput | null;" in interface(typescript, "Improve")
    assert "budget: Budget;" in interface(typescript, "Session")
    assert schema["$defs"]["RunRef"]["required"] == ["run"]
    assert "?:" not in interface(typescript, "Run")


def test_null_is_said_only_where_null_can_come(typescript):
    run = interface(typescript, "Run")
    assert "  commit: string;" in run
    assert "  session: string | null;" in run
    assert "  cause: RunCause | null;" in run
    assert "  dev: Record<string, Float> | null;" in run


def test_events_are_one_union_told_apart_by_kind(schema, typescript):
    union = typescript.split("export type Happening = ")[1].split(";")[0].split(" | ")
    kinds = set(schema["$defs"]["Happening"]["discriminator"]["mapping"])
    assert len(union) == len(kinds) == 17
    for name in union:
        kind = next(
            line for line in interface(typescript, name).split("\n") if line.startswith("  kind:")
        )
        assert kind.split('"')[1] in kinds


def test_descriptions_speak_of_json_and_not_of_python(typescript):
    assert "None" not in typescript
    assert "/** null while it goes on. */" in typescript


def test_each_reference_has_its_definition(schema):
    def references(node):
        if isinstance(node, dict):
            for key, value in node.items():
                if key == "$ref":
                    yield value
                else:
                    yield from references(value)
        elif isinstance(node, list):
            for part in node:
                yield from references(part)

    for place in references(schema):
        assert place.removeprefix("#/$defs/") in schema["$defs"]


def test_a_sent_event_has_every_field_that_the_schema_requires(schema):
    event = Event(seq=1, time=0.0, body=Note(session=None, text="hello"))
    assert set(event.wire()) == set(schema["$defs"]["Event"]["required"])
    assert set(event.wire()["body"]) == set(schema["$defs"]["Note"]["required"])


@pytest.mark.skipif(
    not (REPOSITORY / "node_modules/.bin/tsc").exists() and shutil.which("tsc") is None,
    reason="TypeScript is not installed",
)
def test_the_types_compile(tmp_path, typescript):
    (tmp_path / "protocol.ts").write_text(typescript)
    local = REPOSITORY / "node_modules/.bin/tsc"
    compiler = str(local) if local.exists() else "tsc"
    command = [compiler, "--strict", "--noEmit", "--lib", "es2022", "protocol.ts"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
