"""Tune the rules' thresholds by cross-validation over runs, and say what they score on runs that
they were not tuned on.

`python benchmarks/diagnosis/tune.py CURVES [--folds 5] [--repeats 4] [--json FILE]`

The named thresholds of each rule (upper-case numbers in its class) are drawn at random between
half and twice their values, all of a rule at once. Per fold, each rule gets the draws with the
best F1 over labels on the other folds, starting from random draws and not from the shipped
values; of draws that are equally good the geometric mean is taken, so that a rule of which the
training folds show no case stays near its source. The fold held out is then scored. Beside it
stand the scores, on the same folds, of draws that nothing was tuned on and of the shipped values,
which were set with all the runs in view. The sensitivity says which single threshold changes
what.
"""

import argparse
import json
import math
import random
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean

from intern_daemon.diagnosis import REGISTRY, Rule
from runs import Count, Labelled, judge, load

MULTIPLES = (0.5, 0.7, 1.0, 1.4, 2.0)
DRAWS = 32
"""Of the thresholds of each rule."""

Labels = frozenset[str]
Answers = dict[str, dict["Setting", list[Labels]]]
"""By rule and setting, what the rule says of each run on its own."""


@dataclass(frozen=True)
class Setting:
    """A rule with some of its thresholds moved; none: as it is shipped."""

    rule: str
    moved: tuple[tuple[str, float | int], ...] = ()

    def kind(self) -> type[Rule]:
        kind = REGISTRY[self.rule]
        return type(kind.__name__, (kind,), dict(self.moved)) if self.moved else kind

    def place(self) -> dict[str, float]:
        """Logarithms of the multiples, where there are any."""
        shipped = thresholds(REGISTRY[self.rule])
        return {name: math.log(value / shipped[name]) for name, value in self.moved}


def thresholds(kind: type[Rule]) -> dict[str, float | int]:
    """The named positive numbers of a rule."""
    found = {name: getattr(kind, name) for name in dir(kind) if name.isupper()}
    return {
        name: value
        for name, value in found.items()
        if isinstance(value, int | float) and not isinstance(value, bool) and value > 0
    }


def times(value: float | int, multiple: float) -> float | int:
    return max(1, round(value * multiple)) if isinstance(value, int) else value * multiple


def draw(rule: str, dice: random.Random) -> Setting:
    """All thresholds of a rule, moved at random."""
    moved = [
        (name, times(value, dice.choice(MULTIPLES)))
        for name, value in thresholds(REGISTRY[rule]).items()
    ]
    return Setting(rule, tuple(moved))


def single_moves(rule: str) -> list[Setting]:
    """One threshold moved at a time."""
    return [
        Setting(rule, ((name, times(value, multiple)),))
        for name, value in thresholds(REGISTRY[rule]).items()
        for multiple in MULTIPLES
        if times(value, multiple) != value
    ]


def ask(runs: list[Labelled], settings: Iterable[Setting]) -> dict[Setting, list[Labels]]:
    told = {}
    for setting in settings:
        rules: Mapping[str, type[Rule]] = {setting.rule: setting.kind()}
        told[setting] = [frozenset(label for _, label, _ in run.told(rules)) for run in runs]
    return told


def total(
    runs: list[Labelled], told: Answers, chosen: Mapping[str, Setting], places: Iterable[int]
) -> Count:
    """Right, wrong and missed over some runs, all rules together."""
    count = Count()
    for place in places:
        labels = frozenset().union(*(told[rule][each][place] for rule, each in chosen.items()))
        one = judge(runs[place], labels)
        count.add(one.right, one.wrong, one.missed)
    return count


def mean(rule: str, settings: list[Setting]) -> Setting:
    """The geometric mean of each threshold."""
    shipped = thresholds(REGISTRY[rule])
    places = [each.place() for each in settings]
    moved = [
        (name, times(value, math.exp(fmean(place.get(name, 0.0) for place in places))))
        for name, value in shipped.items()
    ]
    return Setting(rule, tuple(moved))


def tune(
    runs: list[Labelled], told: Answers, start: dict[str, Setting], places: list[int]
) -> dict[str, Setting]:
    """The best thresholds of each rule on these runs, one rule after the other, twice over."""
    chosen, best = dict(start), {}
    for _ in range(2):
        for rule, settings in told.items():
            others = [
                frozenset().union(*(told[r][s][place] for r, s in chosen.items() if r != rule))
                for place in places
            ]
            scored = {}
            for each, answers in settings.items():
                if not each.moved:
                    continue
                count = Count()
                for place, labels in zip(places, others, strict=True):
                    one = judge(runs[place], labels | answers[place])
                    count.add(one.right, one.wrong, one.missed)
                scored[each] = count.f1
            if scored:
                highest = max(scored.values())
                best[rule] = [each for each, f1 in scored.items() if f1 == highest]
                chosen[rule] = best[rule][len(best[rule]) // 2]
    return {rule: mean(rule, best[rule]) if rule in best else chosen[rule] for rule in told}


def folds(runs: list[Labelled], count: int, seed: int) -> list[list[int]]:
    """Places by fold; sick and healthy runs are dealt out separately, and runs of one repository
    stay together."""
    dice = random.Random(seed)
    dealt: list[list[int]] = [[] for _ in range(count)]
    groups: dict[tuple[str, bool], list[int]] = {}
    for place, run in enumerate(runs):
        owner = run.file.split("__")[0]
        # The notebooks of one repository are runs of different models and methods.
        name = run.file if owner == "unslothai" else owner
        groups.setdefault((name, run.sick), []).append(place)
    for sick in (True, False):
        some = [places for (_, kind), places in groups.items() if kind is sick]
        dice.shuffle(some)
        for number, places in enumerate(some):
            dealt[number % count].extend(places)
    return dealt


def cross_validate(
    runs: list[Labelled], told: Answers, count: int, repeats: int
) -> dict[str, object]:
    tuned, untuned, shipped = Count(), Count(), Count()
    as_shipped = {rule: Setting(rule) for rule in told}
    for seed in range(repeats):
        dice = random.Random(seed)
        start = {rule: dice.choice([*settings]) for rule, settings in told.items()}
        dealt = folds(runs, count, seed)
        for held_out in dealt:
            rest = [place for fold in dealt if fold is not held_out for place in fold]
            for sum_of, chosen in ((untuned, start), (shipped, as_shipped)):
                one = total(runs, told, chosen, held_out)
                sum_of.add(one.right, one.wrong, one.missed)
            unseen = [runs[place] for place in held_out]
            chosen = tune(runs, told, start, rest)
            answers: Answers = {rule: ask(unseen, [each]) for rule, each in chosen.items()}
            one = total(unseen, answers, chosen, range(len(unseen)))
            tuned.add(one.right, one.wrong, one.missed)
    return {
        "folds": count,
        "repeats": repeats,
        "held_out_tuned": scores(tuned),
        "held_out_untuned": scores(untuned),
        "shipped": scores(shipped),
    }


def sensitivity(runs: list[Labelled]) -> list[dict[str, object]]:
    """What moving one threshold alone changes over all runs: the thresholds that matter."""
    everything = range(len(runs))
    moves = [move for rule in REGISTRY for move in single_moves(rule)]
    told: Answers = {rule: {} for rule in REGISTRY}
    for setting, answers in ask(runs, [*map(Setting, REGISTRY), *moves]).items():
        told[setting.rule][setting] = answers
    shipped = {rule: Setting(rule) for rule in REGISTRY}
    before = total(runs, told, shipped, everything)
    changes = []
    for move in moves:
        after = total(runs, told, shipped | {move.rule: move}, everything)
        if (after.right, after.wrong) != (before.right, before.wrong):
            (name, value), *_ = move.moved
            changes.append(
                {
                    "threshold": f"{move.rule}.{name}",
                    "shipped": thresholds(REGISTRY[move.rule])[name],
                    "tried": value,
                    "right": after.right - before.right,
                    "wrong": after.wrong - before.wrong,
                }
            )
    return changes


def scores(count: Count) -> dict[str, float | None]:
    def rounded(value: float | None) -> float | None:
        return None if value is None else round(value, 3)

    return {
        "precision": rounded(count.precision),
        "recall": rounded(count.recall),
        "f1": rounded(count.f1),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("curves", type=Path, help="folder with the metric files of runs.tsv")
    parser.add_argument("--folds", type=int, default=5)
    parser.add_argument("--repeats", type=int, default=4)
    parser.add_argument("--json", type=Path, help="where the result goes")
    arguments = parser.parse_args()
    runs = load(arguments.curves)
    dice = random.Random(0)
    told: Answers = {}
    for rule in REGISTRY:
        some = [draw(rule, dice) for _ in range(DRAWS)] if thresholds(REGISTRY[rule]) else []
        told[rule] = ask(runs, [Setting(rule), *some])
    result: dict[str, object] = {
        "runs": len(runs),
        "draws_per_rule": DRAWS,
        **cross_validate(runs, told, arguments.folds, arguments.repeats),
        "sensitivity": sensitivity(runs),
    }
    if arguments.json:
        arguments.json.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    print(json.dumps({name: result[name] for name in result if name != "sensitivity"}, indent=1))


if __name__ == "__main__":
    main()
