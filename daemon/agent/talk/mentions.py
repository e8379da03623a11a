"""What could follow an `@`: files, runs, data sets, findings and experiments of the workspace."""

from collections.abc import Iterator
from pathlib import Path

from ...errors import BadConfig, CannotEdit, GitRefused, NoConfig
from ...protocol import Mention, Run
from ...protocol.talk import Complete
from ...repo import Git
from ...workspace import load
from ...workspace.data_files import data_files, hub_datasets
from ...workspace.discovery import discover
from ...workspace.settings import PythonModule, find_settings
from .figures import rung, score
from .view import View

MOST = 100
"""Mentions of one answer."""


def complete(view: View, wish: Complete) -> list[Mention]:
    """Those whose label fits the prefix, the best fit first."""
    kinds = {
        "experiment": _experiments,
        "run": _runs,
        "finding": _findings,
        "dataset": _datasets,
        "file": _files,
    }
    sources = kinds.values() if wish.kind is None else [kinds[wish.kind]]
    ranked: list[tuple[int, int, Mention]] = []
    for mention in (one for source in sources for one in source(view)):
        fit = fitness(wish.prefix, mention.label)
        if fit is not None:
            ranked.append((fit, len(ranked), mention))
    ranked.sort(key=lambda one: one[:2])
    return [mention for *_, mention in ranked[: min(max(wish.limit, 1), MOST)]]


def fitness(prefix: str, label: str) -> int | None:
    """How well a label fits what was typed, 0 best; None: not at all.

    The start of the label or of its last part is best, then any part of it, then its letters in
    order: `trpy` finds `train.py`.
    """
    typed, text = prefix.lower().replace(" ", ""), label.lower().replace(" ", "")
    if text.startswith(typed) or text.rpartition("/")[2].startswith(typed):
        return 0
    if typed in text:
        return 1
    letters = iter(text)
    if not all(letter in letters for letter in typed):
        return None
    return 2 + len(text) - len(typed)


def _experiments(view: View) -> Iterator[Mention]:
    for one in reversed(view.experiments):
        verdict = one.verdict.name if one.verdict else one.state
        yield Mention(
            kind="experiment",
            ref=one.id,
            label=f"exp {one.number}",
            detail=f"{one.title}, {verdict}",
        )


def _runs(view: View) -> Iterator[Mention]:
    for run in sorted(view.runs.values(), key=lambda one: one.created, reverse=True):
        yield Mention(kind="run", ref=run.id, label=run.id, detail=_told(view, run))


def _told(view: View, run: Run) -> str:
    owner = view.all_experiments.get(run.experiment or "")
    parts = [run.state, f"exp {owner.number}" if owner else "your own", f"seed {run.seed}"]
    if run.rung < 1:
        parts.append(f"rung {rung(run.rung)}")
    parts += [f"{name} {score(value)}" for name, value in (run.dev or {}).items() if name != "n"]
    return ", ".join(parts)


def _findings(view: View) -> Iterator[Mention]:
    for run in sorted(view.runs.values(), key=lambda one: one.created, reverse=True):
        for seen in view.seen_in_run(run.id):
            finding = seen.finding
            yield Mention(
                kind="finding",
                ref=f"{run.id}/{finding.rule}",
                label=f"{finding.rule} {finding.label} ({run.id})",
                detail=finding.title,
            )


def _datasets(view: View) -> Iterator[Mention]:
    """What `intern.toml` shares, and what the training code loads."""
    root = view.layout.root
    found: dict[str, Mention] = {}
    try:
        train = load(view.layout.config).train
        shared, command = train.share, train.command
    except (NoConfig, BadConfig):
        shared, command = [], None
    modules = _modules(root, command)
    if modules is None:
        proposal = discover(root)
        for guess in [*proposal.train_data, *proposal.held_out_data, *proposal.datasets]:
            found.setdefault(guess.value, _dataset(guess.value, guess.source))
    else:
        for file in data_files(root, modules):
            use = "evaluation" if file.held_out else "training"
            told = f"{use}, {file.module}:{file.line}"
            found.setdefault(file.path, _dataset(file.path, told))
        for name, module, line in hub_datasets(modules):
            found.setdefault(name, _dataset(name, f"of the Hub, {module}:{line}"))
    for path in shared:
        found.setdefault(path, _dataset(path, "shared by intern.toml"))
    yield from found.values()


def _modules(root: Path, command: str | None) -> list[PythonModule] | None:
    """The training code; None: no command starts a file of the repository that parses."""
    try:
        return find_settings(root, command).modules if command else None
    except CannotEdit:
        return None


def _dataset(ref: str, detail: str) -> Mention:
    return Mention(kind="dataset", ref=ref, label=ref, detail=detail)


def _files(view: View) -> Iterator[Mention]:
    """Files that git tracks, those near the top first."""
    try:
        paths = Git(view.layout.root).fields("ls-files", "-z", "--deduplicate")
    except GitRefused:
        paths = []
    for path in sorted(paths, key=lambda one: (one.count("/"), one)):
        yield Mention(kind="file", ref=path, label=path)
