"""How right the diagnosis is on the labelled public runs: precision and recall, run by run.

`python benchmarks/diagnosis/score.py CURVES [--runs TABLE] [--json FILE] [--markdown FILE]`
reads the metric files of `runs.tsv`, or of another table such as `further.tsv`, from the folder
CURVES. Warnings and criticals count, roots and echoes alike; a note is
no accusation. `labels.md` says how the readers' words became labels, and where we disagree. The
peers of `benchmarks/sickruns/peers.py` are scored on the same rows.
"""

import argparse
import json
import sys
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from runs import TABLE, Count, Labelled, judge, load

sys.path.append(str(Path(__file__).resolve().parents[1] / "sickruns"))

from peers import PEERS


def figures(count: Count) -> dict[str, float | int | None]:
    def rounded(value: float | None) -> float | None:
        return None if value is None else round(value, 3)

    return {
        "right": count.right,
        "wrong": count.wrong,
        "missed": count.missed,
        "precision": rounded(count.precision),
        "recall": rounded(count.recall),
    }


def whole(run: Labelled, labels: Iterable[str]) -> Count:
    """A run counts once: anything said of a sick one is right, of a healthy one wrong."""
    said = set(labels)
    alarmed = bool(said if run.sick else said - run.also)
    return Count(alarmed and run.sick, alarmed and not run.sick, run.sick and not alarmed)


def peers(runs: list[Labelled]) -> dict[str, object]:
    """Scores of the peers, by name."""
    scores: dict[str, object] = {}
    for name, peer in PEERS.items():
        labels, wholes = Count(), Count()
        for run in runs:
            said = peer([{"step": row.step, **row.values} for row in run.rows])
            for sum_of, one in ((labels, judge(run, said)), (wholes, whole(run, said))):
                sum_of.add(one.right, one.wrong, one.missed)
        scores[name] = {"labels": figures(labels), "whole_runs": figures(wholes)}
    return scores


def score(runs: list[Labelled]) -> dict[str, Any]:
    """All scores, for JSON."""
    labels, wholes, by_run = Count(), Count(), []
    per_label: dict[str, Count] = defaultdict(Count)
    false_criticals = 0
    for run in runs:
        told = run.told()
        count = judge(run, (label for _, label, _ in told))
        labels.add(count.right, count.wrong, count.missed)
        said = {label for _, label, _ in told}
        one = whole(run, said)
        wholes.add(one.right, one.wrong, one.missed)
        criticals = [label for _, label, severity in told if severity == "critical"]
        false_criticals += len(criticals) if not run.sick else 0
        named = set().union(*run.expected)
        for group in run.expected:
            hit = group & said
            per_label[min(hit or group)].add(bool(hit), 0, not hit)
        for label in said - named - run.also:
            per_label[label].add(0, 1, 0)
        by_run.append(
            {
                "run": run.file,
                "reader": run.reader,
                "told": [f"{rule} {label} ({severity})" for rule, label, severity in told],
                "right": count.right,
                "wrong": count.wrong,
                "missed": count.missed,
            }
        )
    return {
        "runs": len(runs),
        "sick": sum(run.sick for run in runs),
        "labels": figures(labels),
        "whole_runs": figures(wholes),
        "false_criticals_on_healthy_runs": false_criticals,
        "peers": peers(runs),
        "by_label": {label: figures(count) for label, count in sorted(per_label.items())},
        "by_run": by_run,
    }


def table(scores: dict[str, Any]) -> str:
    """Who is how right, and what we say of each run, in Markdown."""
    ours = {"labels": scores["labels"], "whole_runs": scores["whole_runs"]}
    lines = [
        f"{scores['runs']} public runs, {scores['sick']} of them sick. Precision and recall of the "
        "labels, and of saying anything at all of a run. Intern's thresholds were set with these "
        "runs in view; `tune.py` scores them by cross-validation.",
        "",
        "| | precision, labels | recall, labels | precision, runs | recall, runs |",
        "| --- | --- | --- | --- | --- |",
    ]
    for name, figured in ({"Intern": ours} | scores["peers"]).items():
        cells = [
            "-" if figured[kind][what] is None else f"{figured[kind][what]:.2f}"
            for kind in ("labels", "whole_runs")
            for what in ("precision", "recall")
        ]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    lines += [
        "",
        "| run | reader | told | right | wrong | missed |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for run in scores["by_run"]:
        told = "; ".join(run["told"]) or "-"
        lines.append(
            f"| {run['run']} | {run['reader']} | {told} | {run['right']} | {run['wrong']} "
            f"| {run['missed']} |"
        )
    return "\n".join(lines) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("curves", type=Path, help="folder with the metric files of runs.tsv")
    parser.add_argument("--json", type=Path, help="where the scores go")
    parser.add_argument("--markdown", type=Path, help="where the per-run table goes")
    parser.add_argument("--runs", type=Path, default=TABLE, help="table of labelled runs")
    arguments = parser.parse_args()
    scores = score(load(arguments.curves, arguments.runs))
    if arguments.json:
        arguments.json.write_text(json.dumps(scores, indent=1) + "\n", encoding="utf-8")
    if arguments.markdown:
        arguments.markdown.write_text(table(scores), encoding="utf-8")
    for name in ("runs", "sick", "labels", "whole_runs", "false_criticals_on_healthy_runs"):
        print(f"{name}: {scores[name]}")
    for name, figured in scores["peers"].items():
        print(f"{name}: {figured}")
    for run in scores["by_run"]:
        if run["wrong"] or run["missed"]:
            print(f"{run['run']}: {run['reader']} | told {run['told']}")


if __name__ == "__main__":
    main()
