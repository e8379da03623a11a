"""The report as a page of Markdown."""

from ..protocol import Report, ReportedExperiment, Score


def render(report: Report) -> str:
    """The page that `.intern/reports/<session>.md` holds."""
    kept = [e for e in report.experiments if e.verdict == "keep"]
    parts = [
        f"# Report: {report.session}",
        _headline(report, kept),
        "## Score",
        _scores(report),
        "## Kept",
        _kept(report, kept),
        "## Everything that was tried",
        _tried(report),
        "## Can this be trusted",
        _integrity(report),
        "## Cost",
        _cost(report),
        "## Reproduce",
        "```sh\n" + "\n".join(report.reproduce) + "\n```",
    ]
    return "\n\n".join(parts) + "\n"


def _headline(report: Report, kept: list[ReportedExperiment]) -> str:
    best = report.final.test or report.final.dev
    first = report.baseline.test or report.baseline.dev
    where = "sealed test" if report.final.test else "dev"
    changes = "1 commit" if len(kept) == 1 else f"{len(kept)} commits"
    if not kept:
        return (
            f"No change was kept: {report.metric} stays at {first.mean:.3f} on the {where}. "
            f"{report.stopped_because}"
        )
    return (
        f"{report.metric} {first.mean:.3f} -> {best.mean:.3f} on the {where}, with {changes} on "
        f"`{report.branch}`. {report.stopped_because}"
    )


def _scores(report: Report) -> str:
    lines = [
        f"| {report.metric} | before | after | gain |",
        "| --- | --- | --- | --- |",
        f"| dev | {_cell(report.baseline.dev)} | {_cell(report.final.dev)} | "
        f"{_signed(report.final.dev.mean - report.baseline.dev.mean)} |",
    ]
    if report.baseline.test and report.final.test and report.test_gain is not None:
        gain = report.test_gain if report.direction == "max" else -report.test_gain
        lines.append(
            f"| sealed test | {_cell(report.baseline.test)} | {_cell(report.final.test)} | "
            f"{_signed(gain)} |"
        )
    return "\n".join(lines) + (
        "\n\nIntervals are 95 %: spread over seeds, and over evaluation items where the evaluator "
        "prints `n`. The dev score was used to choose; the sealed test was not."
    )


def _kept(report: Report, kept: list[ReportedExperiment]) -> str:
    if not kept:
        return "Nothing cleared the noise floor."
    blocks = []
    for experiment in kept:
        places = ", ".join(f"`{c.place.path}:{c.place.line}`" for c in experiment.changes)
        blocks.append(
            f"- **{experiment.title}** {_signed(experiment.effect)} (commit "
            f"`{(experiment.commit or '')[:10]}`{', ' + places if places else ''})\n"
            f"  {experiment.hypothesis} Source: {experiment.source}."
        )
    return "\n".join(blocks) + (
        f"\n\nLook: `git log -p {report.branch}`, or `intern review`. Land: `intern land`."
    )


def _tried(report: Report) -> str:
    lines = [
        "| # | what | verdict | effect | noise floor | runs | why |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    for experiment in report.experiments:
        number = experiment.id.rsplit("/", 1)[1]
        lines.append(
            f"| {number} | {_escape(experiment.title)} | {experiment.verdict or '-'} | "
            f"{_signed(experiment.effect)} | {_plain(experiment.noise_floor)} | "
            f"{', '.join(experiment.runs)} | {_escape(experiment.reason)} |"
        )
    return "\n".join(lines)


def _integrity(report: Report) -> str:
    integrity = report.integrity
    state = "unchanged since the session began" if integrity.intact else "CHANGED"
    looks = {0: "never", 1: "once"}.get(integrity.test_looks, f"{integrity.test_looks} times")
    lines = [
        f"- Locked files ({len(integrity.locked)}): {state}.",
        f"- The sealed test was looked at {looks}.",
        _chance(report),
        "- Scores come from a clean checkout of the code at the session's start.",
        *(f"- {note}" for note in integrity.notes),
    ]
    return "\n".join(lines)


def _chance(report: Report) -> str:
    """What the verdicts promise, and what they do not."""
    judged = sum(e.verdict is not None and len(e.runs) > 1 for e in report.experiments)
    return (
        "- A change was kept only above the noise floor of its own verdict (column above), on two "
        "seeds at least. A verdict lets a change without effect through in 5 % of cases at most; "
        f"{judged} were looked at on one dev set, so the sealed test is the number to trust."
    )


def _cost(report: Report) -> str:
    cost = report.cost
    return (
        f"{cost.runs} runs, {cost.seconds / 60:.1f} minutes, {cost.cpu_seconds:.0f} CPU seconds, "
        f"{cost.tokens} tokens, ${cost.usd:.2f}."
    )


def _cell(score: Score) -> str:
    runs = ", ".join(score.runs)
    if score.low is None or score.high is None:
        return f"{score.mean:.3f} ({runs})"
    return f"{score.mean:.3f} [{score.low:.3f}, {score.high:.3f}] ({runs})"


def _signed(value: float | None) -> str:
    return "-" if value is None else f"{value:+.3f}"


def _plain(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


def _escape(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
