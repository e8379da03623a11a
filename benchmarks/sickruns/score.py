"""Scores Intern's diagnosis and its peers on the logs that `make.py` made.

    python benchmarks/sickruns/score.py [--json FILE] [--runs]

On a sick run a contestant is right when it names one of the case's labels, and each label that it
names besides counts as wrong; on a healthy run every label is wrong. Of Intern's findings warnings
and criticals count, roots and echoes alike. All contestants read the same rows.
"""

import argparse
import gzip
import json
import sys
from dataclasses import dataclass, field
from pathlib import Path

from case import Case
from cases import CASES, SEEDS
from intern_daemon.diagnosis.batch import diagnose_rows
from intern_daemon.metrics import Row, read_row
from make import log_of
from peers import PEERS

INTERN = "Intern"


@dataclass
class Tally:
    """What one contestant got right and wrong over all runs."""

    sick: int = 0
    named: int = 0
    """Sick runs of which a right label was given."""
    right: int = 0
    wrong: int = 0
    healthy: int = 0
    accused: int = 0
    """Healthy runs of which anything was said."""
    missed: list[str] = field(default_factory=list)
    false: list[str] = field(default_factory=list)

    def take(self, case: Case, run: str, said: set[str]) -> None:
        right = said & case.labels
        self.right += len(right)
        self.wrong += len(said - case.labels)
        if case.labels:
            self.sick += 1
            self.named += bool(right)
            if not right:
                self.missed.append(f"{run}: {', '.join(sorted(said)) or 'nothing'}")
        else:
            self.healthy += 1
            self.accused += bool(said)
        if said - case.labels:
            self.false.append(f"{run}: {', '.join(sorted(said - case.labels))}")

    def figures(self) -> dict[str, float | int]:
        recall = self.named / max(self.sick, 1)
        precision = self.right / max(self.right + self.wrong, 1)
        return {
            "recall": round(recall, 3),
            "precision": round(precision, 3),
            "f1": round(2 * recall * precision / max(recall + precision, 1e-9), 3),
            "healthy_accused": self.accused,
            "healthy": self.healthy,
            "sick_named": self.named,
            "sick": self.sick,
        }


def read(path: Path) -> tuple[list[dict], dict]:
    """The logged rows of a run and its settings."""
    told = json.loads(gzip.decompress(path.read_bytes()))
    return told["log_history"], told["args"]


def intern_says(rows: list[dict], settings: dict) -> dict[str, str]:
    """Labels with their severities, notes left out."""
    parsed: list[Row] = [row for logged in rows if (row := read_row(logged)) is not None]
    told = diagnose_rows(
        parsed, method=None, config=settings, total_steps=int(settings["max_steps"]), ended=True
    )
    return {f.label: f.severity for f in told.findings if f.severity != "info"}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", type=Path)
    parser.add_argument("--runs", action="store_true", help="what was missed, and what was wrong")
    wanted = parser.parse_args()
    tallies = {name: Tally() for name in (INTERN, *PEERS)}
    false_criticals = 0
    for case in CASES.values():
        for seed in SEEDS:
            if not (path := log_of(case.name, seed)).is_file():
                print(f"{path.name} is missing: run make.py", file=sys.stderr)
                return 1
            rows, settings = read(path)
            run = f"{case.name}-{seed}"
            said = intern_says(rows, settings)
            tallies[INTERN].take(case, run, set(said))
            if not case.labels:
                false_criticals += sum(severity == "critical" for severity in said.values())
            for name, peer in PEERS.items():
                tallies[name].take(case, run, peer(rows))
    print("| | sick runs named | precision of labels | F1 | healthy runs accused |")
    print("| --- | --- | --- | --- | --- |")
    for name, tally in tallies.items():
        got = tally.figures()
        print(
            f"| {name} | {got['sick_named']}/{got['sick']} ({got['recall']:.2f}) "
            f"| {got['precision']:.2f} | {got['f1']:.2f} "
            f"| {got['healthy_accused']}/{got['healthy']} |"
        )
    if wanted.runs:
        for line in (*tallies[INTERN].missed, "", *tallies[INTERN].false):
            print(line)
    if wanted.json:
        result = {name: tally.figures() for name, tally in tallies.items()}
        result[INTERN]["false_criticals"] = false_criticals
        wanted.json.write_text(json.dumps(result, indent=2) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
