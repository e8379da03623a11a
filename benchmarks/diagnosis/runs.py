"""The labelled public runs, and what a set of findings is worth against the labels.

`runs.tsv` names them: where each comes from, what its reader wrote, and what that means in labels.
The metric files themselves are not ours to hand on; they stand in one folder, under the names of
the column `file`.
"""

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from intern_daemon.diagnosis import Engine, Rule
from intern_daemon.diagnosis.files import run_of_file
from intern_daemon.metrics import Row

TABLE = Path(__file__).with_name("runs.tsv")


@dataclass(frozen=True)
class Labelled:
    """A run with its labels.

    Args:
        file: name in the folder of curves.
        reader: the reader's own words.
        expected: troubles that must be told; each is a set of labels of which one is enough.
        also: labels that are neither right nor wrong for it.
    """

    file: str
    reader: str
    expected: tuple[frozenset[str], ...]
    also: frozenset[str]
    rows: list[Row] = field(repr=False, default_factory=list)
    config: Mapping[str, object] = field(repr=False, default_factory=dict)
    total_steps: int | None = None
    ended: bool = True

    @property
    def sick(self) -> bool:
        return bool(self.expected)

    def told(self, rules: Mapping[str, type[Rule]] | None = None) -> list[tuple[str, str, str]]:
        """Rule, label and severity of each warning and critical finding, roots first."""
        engine = Engine(config=self.config, total_steps=self.total_steps, rules=rules)
        for row in self.rows:
            engine.feed(row)
        if self.ended:
            engine.end()
        return [
            (each.rule, each.label, each.severity)
            for each in engine.findings()
            if each.severity != "info"
        ]


@dataclass
class Count:
    """True and false positives, and what was missed."""

    right: int = 0
    wrong: int = 0
    missed: int = 0

    def add(self, right: int, wrong: int, missed: int) -> None:
        self.right += right
        self.wrong += wrong
        self.missed += missed

    @property
    def precision(self) -> float | None:
        told = self.right + self.wrong
        return self.right / told if told else None

    @property
    def recall(self) -> float | None:
        there = self.right + self.missed
        return self.right / there if there else None

    @property
    def f1(self) -> float:
        both = 2 * self.right + self.wrong + self.missed
        return 2 * self.right / both if both else 1.0


def judge(run: Labelled, labels: Iterable[str]) -> Count:
    """A trouble counts once as right or missed; each label that fits none counts as wrong."""
    told = set(labels)
    right = sum(bool(group & told) for group in run.expected)
    wrong = told - run.also - frozenset().union(*run.expected)
    return Count(right, len(wrong), len(run.expected) - right)


def load(folder: Path, table: Path = TABLE) -> list[Labelled]:
    """The labelled runs whose files are in the folder and hold metrics."""
    runs = []
    with table.open(encoding="utf-8", newline="") as opened:
        for line in csv.DictReader(opened, delimiter="\t"):
            path = folder / line["file"]
            if not path.is_file():
                continue
            read = run_of_file(path)
            groups = tuple(frozenset(group.split("|")) for group in line["expected"].split())
            runs.append(
                Labelled(
                    line["file"],
                    line["reader"],
                    groups,
                    frozenset(line["also"].split()),
                    read.rows,
                    read.config,
                    read.total_steps,
                    read.ended,
                )
            )
    return runs
