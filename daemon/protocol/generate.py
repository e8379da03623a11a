"""Writes the protocol for those who do not read Python: JSON Schema, TypeScript, documentation.

`python -m intern_daemon.protocol.generate` writes the files into the repository;
`--check` writes nothing, names the stale ones and exits with 1.
"""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from . import documentation, typescript
from .report import Report
from .schema import protocol_schema

REPOSITORY = Path(__file__).resolve().parents[2]


def generate() -> dict[Path, str]:
    """The text of each generated file, by path relative to the repository."""
    schema = protocol_schema()
    return {
        Path("daemon/protocol/schema.json"): json.dumps(schema, indent=2, ensure_ascii=False)
        + "\n",
        Path("daemon/protocol/report.schema.json"): json.dumps(
            Report.model_json_schema(by_alias=False, mode="serialization"),
            indent=2,
            ensure_ascii=False,
        )
        + "\n",
        Path("extensions/panels/src/protocol.ts"): typescript.render(schema),
        Path("docs/protocol.md"): documentation.render(schema),
    }


def stale(repository: Path = REPOSITORY) -> list[Path]:
    """Generated files that differ from what the models say now."""
    return [
        path
        for path, text in generate().items()
        if not (repository / path).is_file()
        or (repository / path).read_text(encoding="utf-8") != text
    ]


def main(arguments: list[str] | None = None) -> int:
    """Returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m intern_daemon.protocol.generate")
    parser.add_argument("--check", action="store_true", help="write nothing, exit 1 if stale")
    given: Any = parser.parse_args(arguments)
    if given.check:
        found = stale()
        for path in found:
            print(f"{path} is stale; run `python -m intern_daemon.protocol.generate`.")
        return 1 if found else 0
    for path, text in generate().items():
        target = REPOSITORY / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
        print(path)
    return 0


if __name__ == "__main__":
    sys.exit(main())
