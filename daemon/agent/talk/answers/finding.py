"""What a finding means: the rule, its numbers, its threshold, the line, what to try."""

import inspect

from ....diagnosis import REGISTRY
from ....protocol import Finding
from ..figures import counted, evidence, listed
from ..links import code, finding_link, place_link, plain, prose, run_link
from ..question import Question
from ..view import Sighting, View

MOST = 3
"""Findings explained in one answer; the others are named."""


def explain(view: View, asked: Question) -> str:
    """The findings that the question names, else those that count now."""
    if asked.subject.findings:
        return "\n\n".join(explained(seen) for seen in asked.subject.findings[:MOST])
    if asked.subject.runs:
        return "\n\n".join(_of_run(view, run.id) for run in asked.subject.runs[:MOST])
    if rules := asked.subject.rules:
        return "\n\n".join(["No run here shows it.", *(_page(rule) for rule in rules[:MOST])])
    seen = view.standing()
    roots = [s for s in seen if s.finding.because_of is None and s.finding.suppressed is None]
    if not roots:
        return _healthy(view)
    return "\n\n".join([*(explained(one) for one in roots[:MOST]), *_rest(roots[MOST:])])


def explained(seen: Sighting) -> str:
    """One finding in full."""
    finding = seen.finding
    first, last = finding.steps
    steps = f"step {first}" if first == last else f"steps {first} to {last}"
    parts = [
        f"{finding_link(seen.run, finding)}, {finding.severity}, in {run_link(seen.run)} at "
        f"{steps}: {prose(finding.title)}{numbers(finding)}.",
        prose(finding.explanation),
    ]
    if finding.suppressed is not None:
        parts.append(f"You said that it is not a problem: {code(finding.suppressed)}.")
    if finding.because_of:
        parts.append(f"It follows from {plain(finding.because_of)}; mend that first.")
    if finding.place:
        parts.append(f"The line: {place_link(finding.place)}.")
    if finding.rule in REGISTRY:
        parts.append(_page(finding.rule))
    if finding.interventions:
        tries = [
            f"- {prose(each.text)} (`/try {each.intervention}`)" for each in finding.interventions
        ]
        parts.append("\n".join(["What to try:\n", *tries]))
    return "\n\n".join(parts)


def numbers(finding: Finding) -> str:
    """Its evidence, to stand after its title; empty when there is none."""
    told = [f"{code(name)} {evidence(value)}" for name, value in finding.evidence.items()]
    return f" ({', '.join(told)})" if told else ""


def _page(rule: str) -> str:
    """What the rule looks for and where its threshold comes from, as its reference says."""
    words = " ".join(inspect.cleandoc(REGISTRY[rule].__doc__ or "").split())
    return f"Rule {rule}, {REGISTRY[rule].label.replace('_', ' ')}: {words}"


def _of_run(view: View, run_id: str) -> str:
    seen = view.seen_in_run(run_id)
    if not seen:
        return f"Nothing was found in {run_link(run_id)} so far; `/diagnose {run_id}` looks again."
    return "\n\n".join([*(explained(one) for one in seen[:MOST]), *_rest(seen[MOST:])])


def _rest(seen: list[Sighting]) -> list[str]:
    if not seen:
        return []
    named = [finding_link(one.run, one.finding) for one in seen]
    return [f"There {'is' if len(seen) == 1 else 'are'} also {listed(named)}."]


def _healthy(view: View) -> str:
    run = view.newest_run()
    if run is None:
        return "There is nothing to explain yet: no run was made in this workspace."
    looked = counted(sum(one.done for one in view.runs.values()), "finished run")
    past = [seen for run in view.session_runs() for seen in view.seen_in_run(run.id)]
    named = dict.fromkeys(finding_link(one.run, one.finding) for one in past)
    before = f" Seen in earlier runs: {listed([*named][:MOST])}." if named else ""
    return f"No finding stands: {looked}, the newest {run_link(run.id)}.{before}"
