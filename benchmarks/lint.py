#!/usr/bin/env python3
"""How long the lint takes for a file, parsing included.

    .venv/bin/python benchmarks/lint.py [PATH ...] [--rounds N]

PATHs are training scripts, notebooks or folders of them; without one, the scripts of the workspace
templates and one that is grown to 1,000 lines. A file's time is the median of its rounds, in CPU
time, for other load on the machine says nothing of the lint. Each round begins with the text.
"""

import argparse
import statistics
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from intern_daemon.errors import InternError
from intern_daemon.lint import Notebook, Samples, lint
from intern_daemon.workspace.settings import TrainingCode
from intern_daemon.workspace.settings.command import TrainCommand

REPOSITORY = Path(__file__).resolve().parents[1]
TEMPLATES = REPOSITORY / "workspace_templates"
LONG = 1000
"""Lines of the grown script."""


def main() -> None:
    """Print the time of each file that trains, and the median, 95th percentile and worst of all."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("paths", nargs="*", type=Path, metavar="PATH")
    parser.add_argument("--rounds", type=int, default=7)
    options = parser.parse_args()
    times: dict[str, float] = {}
    for root, name, text in scripts(options.paths):
        try:
            found = measure(root, name, text, options.rounds)
        except InternError as error:
            print(error, file=sys.stderr)
            continue
        if found is not None:
            seconds, problems = found
            times[name] = seconds
            lines = text.count("\n")
            print(f"{seconds * 1000:7.1f} ms  {lines:5} lines  {problems:3} problems  {name}")
    if not times:
        sys.exit("No file that trains was found; give training scripts.")
    ordered = sorted(times.values())
    middle, worst = statistics.median(ordered), ordered[-1]
    high = ordered[min(len(ordered) - 1, round(0.95 * len(ordered)))]
    print(
        f"{len(ordered)} files, {options.rounds} rounds: median {middle * 1000:.1f} ms, "
        f"95th percentile {high * 1000:.1f} ms, worst {worst * 1000:.1f} ms"
    )


def scripts(paths: list[Path]) -> Iterator[tuple[Path, str, str]]:
    """Root, path relative to it, and source of each file."""
    for path in paths or [TEMPLATES]:
        root = path if path.is_dir() else path.parent
        files = [path] if path.is_file() else sorted([*root.rglob("*.py"), *root.rglob("*.ipynb")])
        for file in files:
            name = file.relative_to(root).as_posix()
            text = file.read_text(encoding="utf-8")
            if file.suffix == ".ipynb":
                text = Notebook.parse(name, text).text
            yield root.resolve(), name, text
    if not paths:
        script = (TEMPLATES / "sft" / "train.py").read_text(encoding="utf-8")
        more = "\n\ndef part_{}(rows):\n    return [row['text'].strip() for row in rows if row]\n"
        count = (LONG - script.count("\n")) // more.count("\n")
        yield TEMPLATES / "sft", "train.py", script + "".join(map(more.format, range(count)))


def measure(root: Path, name: str, text: str, rounds: int) -> tuple[float, int] | None:
    """Median seconds, and the number of problems; None: the file does not train."""
    samples, times, problems = Samples(), [], []
    for _ in range(rounds + 1):
        begin = time.process_time()
        code = TrainingCode(root, TrainCommand(f"python {name}", name), {name: text})
        problems = lint(code, samples=samples)
        times.append(time.process_time() - begin)
        if code.trainer is None:
            return None
    return statistics.median(times[1:]), len(problems)


if __name__ == "__main__":
    main()
