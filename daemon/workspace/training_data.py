"""What stands in local training data: its shape, its repetitions, its contradictions."""

import csv
import hashlib
import itertools
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from ..errors import BadInput

# Enough to see what is wrong with a data set; reading them takes about a second.
MOST_ROWS = 200_000

Shape = Literal[
    "prompt_completion", "messages", "text", "instruction_output", "preference", "prompt", "unknown"
]

_PROMPTS = ("prompt", "question", "instruction", "query", "problem")
_ANSWERS = ("completion", "answer", "response", "output", "solution", "target")


@dataclass(frozen=True)
class DataFacts:
    """Counts over the rows of the training files."""

    files: tuple[str, ...] = ()
    """Paths relative to the workspace root, with forward slashes."""
    rows: int = 0
    shape: Shape = "unknown"
    conversational: bool = False
    """Prompts and answers are lists of messages."""
    columns: tuple[str, ...] = ()
    """Keys of the first row."""
    duplicates: int = 0
    """Rows whose prompt and answer repeat an earlier row exactly."""
    contradictory_prompts: int = 0
    """Prompts that stand with different answers."""
    empty_answers: int = 0
    complete: bool = True
    """False: there are more rows than were read."""

    @property
    def duplicate_share(self) -> float:
        """0 to 1."""
        return self.duplicates / self.rows if self.rows else 0.0


def data_facts(root: Path, files: Iterable[str]) -> DataFacts:
    """Count over JSONL, JSON and CSV files, at most `MOST_ROWS` rows together.

    Args:
        files: paths relative to the root; other kinds of files (Parquet) are left out.

    Raises:
        BadInput: a file holds a line that is no JSON object; the sentence names the line.
    """
    readable = tuple(
        path for path in files if path.endswith((".jsonl", ".json", ".csv", ".tsv", ".ndjson"))
    )
    answers: dict[bytes, set[bytes]] = {}
    rows = duplicates = empty = 0
    first: Mapping[str, Any] = {}
    shape: Shape = "unknown"
    stream = itertools.chain.from_iterable(read_rows(root, path) for path in readable)
    complete = True
    for row in stream:
        if rows == MOST_ROWS:
            complete = False
            break
        if not rows:
            first, shape = row, shape_of(row)
        rows += 1
        question, answer = question_and_answer(row, shape)
        empty += not answer if isinstance(answer, str) else 0
        known = answers.setdefault(_digest(question), set())
        digest = _digest(answer)
        duplicates += digest in known
        known.add(digest)
    contradictory = sum(len(known) > 1 for known in answers.values())
    prompt = next((first[key] for key in _PROMPTS if key in first), None)
    return DataFacts(
        files=readable,
        rows=rows,
        shape=shape,
        conversational=shape == "messages" or isinstance(prompt, list),
        columns=tuple(first),
        duplicates=duplicates,
        contradictory_prompts=contradictory
        if shape in {"prompt_completion", "messages", "instruction_output"}
        else 0,
        empty_answers=empty,
        complete=complete,
    )


def read_rows(root: Path, path: str) -> Iterator[Mapping[str, Any]]:
    """The rows of one file, as they come."""
    file = root / path
    try:
        with file.open(encoding="utf-8-sig", newline="") as stream:
            if path.endswith((".csv", ".tsv")):
                yield from csv.DictReader(stream, delimiter="\t" if path.endswith(".tsv") else ",")
            elif path.endswith(".json"):
                loaded = json.load(stream)
                if isinstance(loaded, dict):
                    loaded = next((part for part in loaded.values() if isinstance(part, list)), [])
                yield from (row for row in loaded if isinstance(row, dict))
            else:
                yield from _lines(path, stream)
    except json.JSONDecodeError as error:
        raise BadInput(f"{path}:{error.lineno} is not valid JSON; mend the file.") from error
    except UnicodeDecodeError as error:
        raise BadInput(f"{path} is not UTF-8 (byte {error.start}); save it as UTF-8.") from error


def shape_of(row: Mapping[str, Any]) -> Shape:
    """Which of the usual layouts a row has, by its column names."""
    names = set(row)
    if {"chosen", "rejected"} <= names:
        return "preference"
    if {"messages", "conversations"} & names:
        return "messages"
    if "instruction" in names and {"output", "response"} & names:
        return "instruction_output"
    if names & set(_PROMPTS):
        return "prompt_completion" if names & set(_ANSWERS) else "prompt"
    return "text" if "text" in names else "unknown"


def question_and_answer(row: Mapping[str, Any], shape: Shape) -> tuple[Any, Any]:
    """What is asked and what is answered; where nothing is asked, the whole row and None."""
    match shape:
        case "messages":
            turns = row.get("messages") or row.get("conversations") or []
            if not isinstance(turns, list) or not turns:
                return row, None
            last = turns[-1]
            said = last.get("content", last.get("value")) if isinstance(last, dict) else last
            return turns[:-1], said
        case "prompt_completion" | "instruction_output":
            asked = [row.get(key) for key in (*_PROMPTS, "input", "system") if key in row]
            answer = next((row[key] for key in _ANSWERS if key in row), None)
            return asked, answer
        case "text":
            return row.get("text"), None
        case "prompt":
            return next(row[key] for key in _PROMPTS if key in row), None
    return row, None


def _lines(path: str, stream: Iterable[str]) -> Iterator[Mapping[str, Any]]:
    for number, line in enumerate(stream, 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except json.JSONDecodeError as error:
            raise BadInput(f"{path}:{number} is not valid JSON; mend the line.") from error
        if not isinstance(row, dict):
            raise BadInput(f"{path}:{number} is no JSON object; mend the line.")
        yield row


def _digest(value: Any) -> bytes:
    text = json.dumps(value, sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=12).digest()
